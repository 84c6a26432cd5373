"""Noticing that automations fire: reading the feed from where each of them stands, and waiting for what does not come.

Anybody may look, and several at once. What an automation knows and how far it has read is one row, which is moved in
the transaction that records its firings; who comes second moves nothing and records nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect._domain.automations import Automation
from prefect._domain.automations.acts import LEASE, Fired, fired
from prefect._domain.automations.firings import Firing
from prefect._domain.automations.folding import Progress, advance, begun, count
from prefect._domain.automations.matching import (
    TOLD_BY_ACTING,
    beginnings_of_names,
    concerns_of,
    counted_together,
    may_lead_to_something,
)
from prefect._domain.automations.telling import begun as begun_event
from prefect._domain.automations.telling import triggered
from prefect._domain.event_filters import Concern, NameFilter
from prefect._domain.events import ID, Event, Position, resource
from prefect._domain.triggers import EventTrigger
from prefect._orchestration.events import feed_of, latest, tally, tell
from prefect._store import automation_progress as progress
from prefect._store import automations, firings
from prefect._store.connection import Connection
from prefect._store.database import Database

PORTION = 500
"""How many events are read at once."""
LARGEST_GAP = 5_000
"""How many turns an automation passes over before it is written down that they did not concern it."""
WRITTEN_EVERY = timedelta(seconds=1)
"""How often what an automation knows is written down while it only counts: who dies has others count that again."""

MOST_CONCERNS = 20
"""How many concerns are told to the database, so that it passes over what is none of them."""
MOST_TAKEN = 20
"""How many firings that somebody has left are taken over at once."""


class Looked(NamedTuple):
    """What somebody saw who looked: what has fired, whether there is more to read, and when to look again at last."""

    fired: Sequence[Fired] = ()
    is_more: bool = False
    due: datetime | None = None


class Listener(NamedTuple):
    """An automation, where it stands, how far it has read, and when of that something was written or read."""

    automation: Automation
    standing: progress.Standing
    seen: Position
    written: datetime


class Moved(NamedTuple):
    """A listener after a portion of the feed, and whether that is to be written."""

    listener: Listener
    before: progress.Standing
    fired: list[Fired]
    is_changed: bool


class Lookout:
    """Looks for firings; keeps between two looks what need not be read again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._listeners: dict[UUID, Listener] = {}
        self._end: Position | None = None

    def look(self, *, now: datetime) -> Looked:
        """Read the next portion of the feed, and see what is due; what has fired is recorded and under way."""
        with self._db.read() as conn:
            end = latest(conn)
            self._update(conn, now)
            due = min((one.standing.progress.due for one in self._all() if one.standing.progress.due), default=None)
            if not self._listeners or (end == self._end and (due is None or due > now)):
                self._end = end
                return Looked(due=due)
            counted = [each for one in self._all() if (each := self._counted(conn, one, now)) is not None]
            known = {one.listener.automation.id for one in counted}
            others = [one for one in self._all() if one.automation.id not in known]
            portion, after = list[tuple[Position, Event]](), end
            if others:
                since = min(one.seen for one in others)
                portion, after = feed_of(conn, since, PORTION, _heard(others), _concerns_of(others))
        is_more = len(portion) == PORTION
        moved = [*counted, *(self._moved(one, portion, after, now) for one in others)]
        found = self._written([one for one in moved if one.is_changed], now)
        for one in moved:
            if not one.is_changed:
                self._listeners[one.listener.automation.id] = one.listener
        self._end = None if is_more else after
        soonest = min((one.standing.progress.due for one in self._all() if one.standing.progress.due), default=None)
        return Looked(found, is_more, soonest)

    def _all(self) -> list[Listener]:
        return list(self._listeners.values())

    def _update(self, conn: Connection, now: datetime) -> None:
        """Read again what others have written since, and forget what is off or gone."""
        versions = progress.versions(conn)
        for id in self._listeners.keys() - versions.keys():
            del self._listeners[id]
        for id, version in versions.items():
            known = self._listeners.get(id)
            if known is not None and known.standing.version == version:
                continue
            automation, standing = automations.read_automation(conn, id), progress.read(conn, id)
            if automation is not None and standing is not None:
                self._listeners[id] = Listener(automation, standing, standing.seen, now)
                self._end = None

    def _counted(self, conn: Connection, one: Listener, now: datetime) -> Moved | None:
        """What becomes of one that only counts the states of runs, where they lead to nothing; None for all others."""
        trigger, before = one.automation.trigger, one.standing.progress
        beginning = counted_together(trigger)
        found = tally(conn, one.seen, beginning) if beginning is not None else None
        if found is None or found.first is None or found.last is None:
            return None
        assert isinstance(trigger, EventTrigger)
        progressed = count(trigger, before.kept, found.number, found.first, found.last)
        return None if progressed is None else _moved_to(one, progressed, found.until, [], now)

    def _moved(self, one: Listener, portion: Sequence[tuple[Position, Event]], after: Position, now: datetime) -> Moved:
        events = [event for position, event in portion if position > one.seen and _concerns(one.automation, event)]
        before, seen = one.standing.progress, max(one.seen, after)
        progressed, found = before, list[Firing]()
        if events or (before.due is not None and now >= before.due):
            progressed, found = advance(one.automation.trigger, before.kept, events, now=now)
        acts = [fired(one.automation, firing, now=now) for firing in found]
        return _moved_to(one, progressed, seen, acts, now)

    def _written(self, moved: Iterable[Moved], now: datetime) -> list[Fired]:
        """Write what has changed, unless somebody else has; what fired by that."""
        in_order = sorted(moved, key=lambda one: one.listener.automation.id)
        if not in_order:
            return []
        with self._db.write() as conn:
            won = [one for one in in_order if _is_moved(conn, one)]
            found = [one for each in won for one in each.fired]
            if found:
                _record(conn, found, now)
        for one in in_order:
            self._listeners.pop(one.listener.automation.id)
        for one in won:
            standing = one.listener.standing
            at = standing._replace(version=standing.version + 1, seen=one.listener.seen)
            self._listeners[one.listener.automation.id] = one.listener._replace(standing=at, written=now)
        return found


def _moved_to(one: Listener, progressed: Progress, seen: Position, acts: list[Fired], now: datetime) -> Moved:
    before = one.standing.progress
    listener = one._replace(standing=one.standing._replace(progress=progressed), seen=seen)
    is_far = seen.turn - one.standing.seen.turn > LARGEST_GAP
    is_old = progressed != before and now - one.written >= WRITTEN_EVERY
    return Moved(listener, one.standing, acts, bool(acts) or progressed.due != before.due or is_far or is_old)


def _heard(listeners: Iterable[Listener]) -> NameFilter:
    """The names of events that may concern somebody; those that concern nobody are passed over where they stand."""
    beginnings = [beginnings_of_names(one.automation.trigger) for one in listeners]
    if None in beginnings:
        return NameFilter()
    return NameFilter(prefixes=tuple(sorted({one for each in beginnings if each is not None for one in each})))


def _concerns_of(listeners: Iterable[Listener]) -> Sequence[Concern]:
    """What concerns somebody; nothing where that is more than a statement should say, and each has to look itself."""
    concerns = dict.fromkeys(one for each in listeners for one in concerns_of(each.automation.trigger))
    return tuple(concerns) if len(concerns) <= MOST_CONCERNS else ()


def _is_moved(conn: Connection, one: Moved) -> bool:
    return progress.move(conn, one.before, one.listener.seen, one.listener.standing.progress)


def _record(conn: Connection, found: Sequence[Fired], now: datetime) -> None:
    firings.insert(conn, found, leased_until=now + LEASE)
    for automation_id in {one.automation.id for one in found}:
        firings.forget_old(conn, automation_id)
    tell(conn, *(event for one in found for event in (triggered(one), *(begun_event(one, act) for act in one.acts))))


def _concerns(automation: Automation, event: Event) -> bool:
    """Whether an event may change what an automation knows; what it tells itself of its acting does not."""
    if event.event.startswith(TOLD_BY_ACTING) and event.resource_id == resource("automation", automation.id)[ID]:
        return False
    return may_lead_to_something(automation.trigger, event)


def begin(conn: Connection, automation: Automation, *, now: datetime) -> None:
    """Have an automation listen from now on, whatever it knew, within the transaction that makes or changes it."""
    progress.begin(conn, automation.id, latest(conn), begun(automation.trigger, now=now))


def keep_under_way(db: Database, firing_ids: Sequence[UUID], *, now: datetime) -> None:
    """Say that somebody is at work on the acts of these firings."""
    if firing_ids:
        with db.write() as conn:
            for id in firing_ids:
                firings.keep(conn, id, until=now + LEASE)


def taken_over(db: Database, *, now: datetime) -> list[Fired]:
    """Take the acts that somebody has begun and left, a few of them; nobody else gets those."""
    with db.read() as conn:
        left = firings.left_open(conn, now=now, limit=MOST_TAKEN)
    if not left:
        return []
    with db.write() as conn:
        ours = [id for id in left if firings.begin_again(conn, id, now=now, until=now + LEASE)]
        return [fired for id in ours if (fired := _left(conn, id)) is not None]


def _left(conn: Connection, firing_id: UUID) -> Fired | None:
    """A firing with the acts that are still open."""
    recorded = firings.read(conn, firing_id)
    automation = automations.read_automation(conn, recorded.automation_id) if recorded is not None else None
    if recorded is None or automation is None:
        return None
    acts = tuple(act for act in recorded.acts if act.status == "open")
    return Fired(automation=automation, firing=recorded.firing, acts=acts, recorded=recorded.recorded)
