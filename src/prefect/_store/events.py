"""Events as recorded, and the feed of all that happened: the states of runs and the events of everything else.

What the feed gives is read by a position. In which order it comes is the same for everybody, and nothing is ever
recorded before a position that has been read (`turns.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter
from typing import Any, NamedTuple

from prefect._domain.event_filters import Concern, NameFilter
from prefect._domain.events import ID, ROLE, Event, Position
from prefect._store import state_events
from prefect._store.conditions import NEVER, Clause
from prefect._store.connection import Connection, Row
from prefect._store.event_sources import EventSource, all_of, one_of, sources
from prefect._store.turns import between, settled, values_of
from prefect._store.values import (
    identity,
    json_text,
    moment,
    must_read_identity,
    must_read_moment,
    read_identity,
    read_json,
    read_moment,
)
from prefect._store.watching import announce

COLUMNS = ("turn", "occurred", "id", "event", "resource_id", "resource", "related", "payload", "received", "follows")
INSERT = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT DO NOTHING"
INSERT_RESOURCE = (
    "INSERT INTO event_resources (event_id, resource_id, resource_role, occurred) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
SELECT = f"SELECT {', '.join(f's.{column}' for column in COLUMNS)} FROM events s"
MOST_IDS = 1_000
"""How many ids are looked up in one statement."""


def insert_events(conn: Connection, events: Sequence[Event]) -> None:
    """Record events in this transaction's turn; one whose id is known already stays as it is."""
    fresh = _unknown(conn, events)
    if not fresh:
        return
    conn.insert(INSERT, [_row(event, conn.turn) for event in fresh])
    resources = {row for event in fresh for row in _resource_rows(event)}
    conn.insert(INSERT_RESOURCE, sorted(resources))
    announce(conn)


def delete_old_events(conn: Connection, *, before: datetime, limit: int) -> int:
    """Remove so many of the events that happened before a moment, the oldest first; how many those were."""
    oldest = "SELECT id FROM events WHERE occurred < ? ORDER BY occurred LIMIT ?"
    return conn.change(f"DELETE FROM events WHERE id IN ({oldest})", (moment(before), limit))


def _unknown(conn: Connection, events: Iterable[Event]) -> list[Event]:
    """Those events that are not recorded, each once."""
    by_id = {str(event.id): event for event in reversed(list(events))}
    ids = list(by_id)
    for start in range(0, len(ids), MOST_IDS):
        some = ids[start : start + MOST_IDS]
        for (known,) in conn.execute(f"SELECT id FROM events WHERE id IN ({', '.join('?' * len(some))})", some):
            del by_id[str(known)]
    return list(reversed(by_id.values()))


def _row(event: Event, turn: int) -> Row:
    return (
        turn,
        moment(event.occurred),
        str(event.id),
        event.event,
        event.resource_id,
        json_text(event.resource),
        json_text(event.related),
        json_text(event.payload),
        moment(event.received or event.occurred),
        identity(event.follows),
    )


def _resource_rows(event: Event) -> list[tuple[str, str, str, Any]]:
    occurred = moment(event.occurred)
    return [(str(event.id), one[ID], one.get(ROLE, ""), occurred) for one in event.involved()]


def read(row: Row) -> tuple[Position, Event]:
    """An event from the columns above, and its place."""
    held = dict(zip(COLUMNS, row, strict=True))
    event = Event(
        id=must_read_identity(held["id"]),
        occurred=must_read_moment(held["occurred"]),
        event=held["event"],
        resource=read_json(held["resource"]),
        related=tuple(read_json(held["related"])),
        payload=read_json(held["payload"]),
        follows=read_identity(held["follows"]),
        received=read_moment(held["received"]),
    )
    return Position(held["turn"], event.occurred, event.id), event


def feed(conn: Connection, after: Position, limit: int) -> list[tuple[Position, Event]]:
    """So many events after a position, in the order that all readers share, each with its own position.

    Read in a transaction that has taken its turn, it gives nothing of that turn.
    """
    return feed_of(conn, after, limit, NameFilter())[0]


def feed_of(
    conn: Connection, after: Position, limit: int, wanted: NameFilter, concerns: Sequence[Concern] = ()
) -> tuple[list[tuple[Position, Event]], Position]:
    """So many events of some names after a position, and up to where one has read with them.

    Events of other names cost little: they are passed over where they stand. Of task runs nothing is looked at by who
    does not ask for them; and with `concerns`, their states are passed over that are none of them.
    """
    last = Position.at_end_of(settled(conn))
    clauses = [(source, _meant(source, wanted, concerns)) for source in sources(conn.dialect)]
    meant = [(source, clause) for source, clause in clauses if clause[0] != NEVER]
    places = nsmallest(limit, (each for one in meant for each in _places(conn, *one, after, last, limit)))
    if not places:
        return [], last
    until = places[-1]
    found = [each for source, clause in meant for each in _between(conn, source, clause, after, until)]
    found.sort(key=itemgetter(0))
    return found, until if len(places) == limit else last


def _meant(source: EventSource, wanted: NameFilter, concerns: Sequence[Concern]) -> Clause:
    """The condition on a table's events; there are many states of task runs, and SQL knows all that is told of them."""
    if source.table != "task_run_state" or not concerns:
        return source.names(wanted)
    return all_of([source.names(wanted), one_of([_is_concern(source, one) for one in concerns])])


def _is_concern(source: EventSource, one: Concern) -> Clause:
    related = (one_of(source.related(each)) for each in one.related)
    return all_of([source.names(one.name), source.resource(one.resource), *related])


class Tally(NamedTuple):
    """How many events there are up to a position, and when the first and the last of them occurred."""

    number: int
    first: datetime | None
    last: datetime | None
    until: Position


def tally(conn: Connection, after: Position, beginning: str) -> Tally | None:
    """Count the states of runs after a position whose events' names begin so.

    None where other events have such names, or the position is amid a turn: who wants to know has to read then.
    """
    if after != Position.at_end_of(after.turn):
        return None
    until = latest(conn)
    number, first, last = 0, None, None
    for source in sources(conn.dialect):
        named, values = source.names(NameFilter(prefixes=(beginning,)))
        if named == NEVER:
            continue
        [(count, *times)] = conn.execute(
            f"SELECT COUNT(*), MIN({source.time}), MAX({source.time}) FROM {source.table} s "
            f"WHERE s.turn > ? AND s.turn <= ? AND {named}",
            (after.turn, until.turn, *values),
        )
        if count and source.table == "events":
            return None
        if count:
            number, (first, last) = count, map(must_read_moment, times)
    return Tally(number, first, last, until)


def latest(conn: Connection) -> Position:
    """The end of the feed as it is now: what is recorded from now on comes after it."""
    return Position.at_end_of(settled(conn))


def _places(
    conn: Connection, source: EventSource, names: Clause, after: Position, last: Position, limit: int
) -> list[Position]:
    """The positions of the first events of a table between two positions."""
    key, (named, values) = f"s.turn, {source.time}, s.id", names
    rows = conn.execute(
        f"SELECT {key} FROM {source.table} s {source.joins(named)} WHERE s.turn <= ? AND ({key}) > (?, ?, ?) "
        f"AND ({named}) ORDER BY {key} LIMIT ?",
        (last.turn, *values_of(after), *values, limit),
    )
    return [Position(turn, must_read_moment(time), must_read_identity(id)) for turn, time, id in rows]


def _between(
    conn: Connection, source: EventSource, names: Clause, after: Position, until: Position
) -> list[tuple[Position, Event]]:
    """The events of a table after a position and up to another."""
    select, read_row = READERS[source.table]
    sql, values = between(f"s.turn, {source.time}, s.id", after, until)
    rows = conn.execute(f"{select} WHERE {sql} AND ({names[0]})", (*values, *names[1]))
    return [read_row(row) for row in rows]


READERS: dict[str, tuple[str, Callable[[Row], tuple[Position, Event]]]] = {
    "events": (SELECT, read),
    "flow_run_state": (state_events.SELECT_OF_FLOW_RUNS, state_events.read_flow_run),
    "task_run_state": (state_events.SELECT_OF_TASK_RUNS, state_events.read_task_run),
}
"""How the events of each table are read."""
