"""What is told of what happens, and who reads it.

Whoever changes something that is no run tells of it in the same transaction (`tell`). The states of runs need no
telling: they are events as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._domain.event_filters import EventFilter
from prefect._domain.events import LAST_MOMENT, NAME, ROLE, Event, Position, id_of, related
from prefect._store import deployments, flow_runs, work_pools
from prefect._store import event_queries as queries
from prefect._store import events as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.event_queries import Count, Key

AT_ONCE = 200
"""How many events are looked through in one go for the first of each resource."""
OF_WHO_STARTS_RUNS = ("prefect.worker.", "prefect.runner.")
"""How the names of the events begin by which workers and runners tell of runs."""
feed = store.feed
feed_of = store.feed_of
tally = store.tally
latest = store.latest


def tell(conn: Connection, *events: Event) -> None:
    """Record events in the transaction of what they tell."""
    store.insert_events(conn, events)


def record(db: Database, events: Sequence[Event]) -> None:
    """Record events that others tell of; one that is known already stays as it is."""
    if events:
        with db.write() as conn:
            store.insert_events(conn, events)


def placed(conn: Connection, event: Event) -> Event:
    """An event that a program told, with what it did not know of the run of which it tells."""
    if event.event.startswith(OF_WHO_STARTS_RUNS):
        return _with_owners(conn, event)
    return _with_place(conn, event)


def _with_owners(conn: Connection, event: Event) -> Event:
    """An event that a worker or runner told of a run, with the deployment, flow and tags of the run."""
    ids = [id_of(one, "flow-run") for one in event.related if one.get(ROLE) == "flow-run"]
    told = flow_runs.read_placed(conn, ids[0]) if ids and ids[0] is not None else None
    if told is None:
        return event
    run = told.run
    deployment = deployments.read_deployment(conn, run.deployment_id) if run.deployment_id is not None else None
    of_deployment = [related("deployment", deployment.id, deployment.name)] if deployment is not None else []
    owners = (*of_deployment, related("flow", run.flow_id, told.flow_name))
    return replace(event, related=(*owners, *event.related, *(related("tag", tag) for tag in sorted(run.tags))))


def _with_place(conn: Connection, event: Event) -> Event:
    """An event that a run of a deployment told, with the names that the run did not know, and with its work pool."""
    unnamed = next((one for one in event.related if one.get(ROLE) == "deployment" and NAME not in one), None)
    id = id_of(unnamed, "deployment") if unnamed is not None else None
    deployment = deployments.read_deployment(conn, id) if id is not None else None
    if deployment is None:
        return event
    around = [related("deployment", deployment.id, deployment.name) if one is unnamed else one for one in event.related]
    queue_ids = [id_of(one, "work-queue") for one in around if one.get(ROLE) == "work-queue"]
    pool = work_pools.pool_of_queue(conn, queue_ids[0]) if queue_ids and queue_ids[0] is not None else None
    if pool is not None:
        around.append(related("work-pool", pool.id, pool.name))
    return replace(event, related=tuple(around))


def read_feed(db: Database, after: Position, *, limit: int) -> list[tuple[Position, Event]]:
    """So many events after a position, in the order that all readers share."""
    with db.read() as conn:
        return store.feed(conn, after, limit)


def end_of_feed(db: Database) -> Position:
    """Where the feed ends now."""
    with db.read() as conn:
        return store.latest(conn)


class Page(NamedTuple):
    """Some of the events that are meant; how many are meant in all, as far as one counts; whether there are more."""

    events: list[Event]
    total: int
    is_last: bool


def find(
    db: Database,
    wanted: EventFilter,
    *,
    limit: int,
    descending: bool = True,
    after: Key | None = None,
    total: int | None = None,
) -> Page:
    """So many of the events that are meant, in the order of time, behind a key; they are counted where nobody has."""
    with db.read() as conn:
        if wanted.distinct:
            found = _first_of_each(conn, wanted, limit + 1, descending, after)
            total = queries.count_resources(conn, wanted) if total is None else total
        else:
            found = queries.find_events(conn, wanted, limit=limit + 1, descending=descending, after=after)
            total = queries.count_events(conn, wanted) if total is None else total
    return Page(found[:limit], total, len(found) <= limit)


def _first_of_each(
    conn: Connection, wanted: EventFilter, limit: int, descending: bool, after: Key | None
) -> list[Event]:
    """So many events, of each resource only the first in this order."""
    found: list[Event] = []
    while len(found) < limit:
        some = queries.find_events(conn, wanted, limit=AT_ONCE, descending=descending, after=after)
        found += [event for event in some if _is_first(conn, wanted, event, descending)]
        if len(some) < AT_ONCE:
            break
        after = key_of(some[-1])
    return found[:limit]


def _is_first(conn: Connection, wanted: EventFilter, event: Event, descending: bool) -> bool:
    """Whether no event of the same resource that is meant comes before one."""
    same = replace(wanted, resource=replace(wanted.resource, ids=(event.resource_id,), prefixes=None))
    return [one.id for one in queries.find_events(conn, same, limit=1, descending=descending)] == [event.id]


class Cursor(NamedTuple):
    """How far somebody who follows events has come: up to a position, or still among the older ones, behind a key."""

    position: Position
    older: Key | None = None

    def __str__(self) -> str:
        behind = "" if self.older is None else f" {self.older.occurred.isoformat()} {self.older.id}"
        return f"{self.position}{behind}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that was written so. Raises `ValueError`."""
        position, *older = text.split(" ")
        if not older:
            return cls(Position.read(position))
        occurred, id = older
        return cls(Position.read(position), Key(datetime.fromisoformat(occurred), UUID(id)))


class Followed(NamedTuple):
    """Some events, how far one has come with them, and whether there may be more at once."""

    events: list[Event]
    cursor: Cursor
    is_behind: bool


def begin_to_follow(db: Database, *, since: datetime | None) -> Cursor:
    """The cursor of who wants events that are recorded from now on, after those that happened `since` a moment."""
    older = None if since is None else Key(since, UUID(int=0))
    return Cursor(end_of_feed(db), older)


def follow(db: Database, wanted: EventFilter, cursor: Cursor, *, limit: int) -> Followed:
    """The next events that are meant behind a cursor: the older ones in the order of time, then all as they come."""
    with db.read() as conn:
        if cursor.older is None:
            found, reached = store.feed_of(conn, cursor.position, limit, wanted.name)
            meant = [event for _, event in found if wanted.includes_at_any_time(event)]
            return Followed(meant, Cursor(reached), len(found) == limit)
        until = replace(wanted, since=max(wanted.since, cursor.older.occurred), until=LAST_MOMENT)
        older = queries.find_events(
            conn, until, limit=limit, descending=False, after=cursor.older, up_to=cursor.position.turn
        )
    if len(older) < limit:
        return Followed(older, Cursor(cursor.position), is_behind=True)
    return Followed(older, Cursor(cursor.position, key_of(older[-1])), is_behind=True)


def key_of(event: Event) -> Key:
    """The place of an event in the order of time."""
    return Key(event.occurred, event.id)


def count_by_name(db: Database, wanted: EventFilter) -> list[Count]:
    """How many events there are of each name, most first."""
    with db.read() as conn:
        return queries.count_by_name(conn, wanted)


def count_by_resource(db: Database, wanted: EventFilter, *, limit: int) -> list[Count]:
    """How many events there are of each resource, most first."""
    with db.read() as conn:
        return queries.count_by_resource(conn, wanted, limit=limit)


def count_by_time(db: Database, wanted: EventFilter, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """How many events there are in each of some spans of time."""
    with db.read() as conn:
        return queries.count_in(conn, wanted, spans)


__all__ = [
    "begin_to_follow",
    "Count",
    "Cursor",
    "Event",
    "Followed",
    "Key",
    "Page",
    "Position",
    "count_by_name",
    "count_by_resource",
    "count_by_time",
    "end_of_feed",
    "feed",
    "feed_of",
    "find",
    "follow",
    "key_of",
    "latest",
    "placed",
    "read_feed",
    "record",
    "tally",
    "tell",
]
