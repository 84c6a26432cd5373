"""Having runs go on for which what they wait for has come: an input, or an event.

What a run waits for stands in its state. An input has its run go on where it is recorded. Of all else the feed of
events tells: that a run has begun to wait, upon which one looks once whether it has come already, and what comes then.
So what it costs is counted in what happens, not in how many runs wait. Whoever begins to look looks at all that wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID
from weakref import WeakKeyDictionary

from prefect._domain.awaiting import AwaitedEvent, AwaitedInput, awaited
from prefect._domain.event_filters import EventFilter, NameFilter
from prefect._domain.events import LAST_MOMENT, Event, Position, id_of
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._orchestration.events import feed_of, latest
from prefect._orchestration.flow_runs import move
from prefect._store import flow_run_inputs, flow_runs
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.event_queries import find_events

NewId = Callable[[], UUID]
WAITING = "Waiting"
BEGINS = f"prefect.flow-run.{WAITING}"
"""The name of the event that tells that a run has begun to wait."""
PORTION = 500
"""How many events are read at once."""
MOST_NAMES = 200
"""With more names that are waited for all events are read."""
LOOK_ANEW_EVERY = timedelta(hours=1)
"""After which those are forgotten that wait no more."""


class Waker:
    """Has runs go on, of whatever databases; keeps between two looks what need not be read again."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Database, Waits] = WeakKeyDictionary()
        self._looking = Lock()

    def wake(self, db: Database, *, now: datetime, new_id: NewId) -> list[UUID]:
        """Have runs be due now for which what they wait for has come since the last look; which."""
        woken = list[UUID]()
        with self._looking:
            known = self._known.get(db)
            if known is None or now >= known.anew_at:
                with db.read() as conn:
                    known, come = _all_waits(conn, known, now)
                woken += _have_go_on(db, come, now, new_id)
                self._known[db] = known
            is_more = True
            while is_more:
                with db.read() as conn:
                    portion, after = feed_of(conn, known.seen, PORTION, known.names())
                    come = known.concerned(conn, (event for _, event in portion))
                woken += _have_go_on(db, come, now, new_id)
                known.seen, is_more = after, len(portion) == PORTION
        return woken


class Waits:
    """The runs of a database that wait for events, as far as the feed has been read."""

    def __init__(self, seen: Position, anew_at: datetime) -> None:
        self.seen = seen
        self.anew_at = anew_at
        self._of: dict[UUID, AwaitedEvent] = {}
        self._at: dict[tuple[str | None, str | None], set[UUID]] = {}

    def add(self, flow_run_id: UUID, event: AwaitedEvent) -> None:
        self.drop(flow_run_id)
        self._of[flow_run_id] = event
        self._at.setdefault(_place(event), set()).add(flow_run_id)

    def drop(self, flow_run_id: UUID) -> None:
        known = self._of.pop(flow_run_id, None)
        if known is not None:
            place = _place(known)
            self._at[place].discard(flow_run_id)
            if not self._at[place]:
                del self._at[place]

    def knows(self, flow_run_id: UUID, event: AwaitedEvent) -> bool:
        return self._of.get(flow_run_id) == event

    def names(self) -> NameFilter:
        """The names of the events that may concern somebody."""
        names = {event.name.removesuffix("*") for event in self._of.values()}
        return NameFilter(prefixes=(BEGINS, *sorted(names))) if len(names) <= MOST_NAMES else NameFilter()

    def concerned(self, conn: Connection, events: Iterable[Event]) -> list[UUID]:
        """The runs for which, by these events, what they wait for has come."""
        come = dict[UUID, None]()
        for event in events:
            come.update(dict.fromkeys(self._who_waits_for(event)))
            begins = id_of(event.resource, "flow-run") if event.event == BEGINS else None
            if begins is not None and self._has_come_before(conn, begins):
                come[begins] = None
        return list(come)

    def _who_waits_for(self, event: Event) -> list[UUID]:
        places = ((name, resource) for name in (event.event, None) for resource in (event.resource_id, None))
        return [id for place in places for id in self._at.get(place, ()) if _meant(self._of[id]).includes(event)]

    def _has_come_before(self, conn: Connection, flow_run_id: UUID) -> bool:
        """Whether what a run begins to wait for has come already; it is known from now on."""
        run = flow_runs.read_flow_run(conn, flow_run_id)
        what = awaited(run.state) if run is not None and run.state is not None else None
        if isinstance(what, AwaitedEvent):
            self.add(flow_run_id, what)
        return run is not None and _has_come(conn, run)


def _all_waits(conn: Connection, known: Waits | None, now: datetime) -> tuple[Waits, list[UUID]]:
    """All that wait, and those among them that nobody knew, and for which what they wait for has come."""
    found, come = Waits(latest(conn) if known is None else known.seen, now + LOOK_ANEW_EVERY), list[UUID]()
    for run in flow_runs.runs_named(conn, WAITING):
        what = awaited(run.state) if run.state is not None else None
        if isinstance(what, AwaitedEvent):
            found.add(run.id, what)
            if known is not None and known.knows(run.id, what):
                continue
        if _has_come(conn, run):
            come.append(run.id)
    return found, come


def _have_go_on(db: Database, flow_run_ids: Iterable[UUID], now: datetime, new_id: NewId) -> list[UUID]:
    return [id for id in flow_run_ids if _goes_on(db, id, now, new_id)]


def _goes_on(db: Database, flow_run_id: UUID, now: datetime, new_id: NewId) -> bool:
    with db.write() as conn:
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        return run is not None and go_on_if_come(conn, run, now=now, new_id=new_id)


def go_on_if_come(conn: Connection, run: FlowRun, *, now: datetime, new_id: NewId) -> bool:
    """Have a run, which is locked, be due now if what it waits for has come; whether it has."""
    if not _has_come(conn, run):
        return False
    details = StateDetails(scheduled_time=now)
    message = "What it waited for has come."
    due = State(StateType.SCHEDULED, "Resuming", new_id(), now, message=message, state_details=details)
    move(conn, run, due, now=now, spare_id=new_id())
    return True


def _has_come(conn: Connection, run: FlowRun) -> bool:
    if run.state is None or run.state.name != WAITING:
        return False
    match awaited(run.state):
        case AwaitedInput(prefix, known):
            return flow_run_inputs.count_inputs(conn, run.id, prefix) > known
        case AwaitedEvent() as event:
            return bool(find_events(conn, _meant(event), limit=1, descending=False))
        case None:
            return False


def _place(event: AwaitedEvent) -> tuple[str | None, str | None]:
    """Where it is looked up: by its name and resource, as far as they are no patterns."""
    name = None if event.name.endswith("*") else event.name
    resource = None if event.resource is None or event.resource.endswith("*") else event.resource
    return name, resource


def _meant(event: AwaitedEvent) -> EventFilter:
    return EventFilter(since=event.since, until=LAST_MOMENT, name=event.name_filter, resource=event.resource_filter)
