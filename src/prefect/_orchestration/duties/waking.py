"""Having runs go on for which what they wait for has come: an input, or an event.

What a run waits for stands in its state. Nothing is noted when it comes: whoever looks compares, so that nothing is
missed, and looking twice does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from prefect._domain.awaiting import AwaitedEvent, AwaitedInput, awaited
from prefect._domain.event_filters import EventFilter
from prefect._domain.events import LAST_MOMENT
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._orchestration.flow_runs import move
from prefect._store import flow_run_inputs, flow_runs
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.event_queries import find_events

NewId = Callable[[], UUID]


def what_may_go_on(db: Database) -> list[UUID]:
    """The runs for which what they wait for has come."""
    with db.read() as conn:
        return [run.id for run in flow_runs.runs_named(conn, "Waiting") if _has_come(conn, run)]


def wake(db: Database, *, now: datetime, new_id: NewId) -> list[UUID]:
    """Have those runs be due now; which."""
    woken = []
    for flow_run_id in what_may_go_on(db):
        with db.write() as conn:
            run = flow_runs.lock_flow_run(conn, flow_run_id)
            if run is not None and _has_come(conn, run):
                details = StateDetails(scheduled_time=now)
                message = "What it waited for has come."
                due = State(StateType.SCHEDULED, "Resuming", new_id(), now, message=message, state_details=details)
                move(conn, run, due, now=now, spare_id=new_id())
                woken.append(run.id)
    return woken


def _has_come(conn: Connection, run: FlowRun) -> bool:
    if run.state is None or run.state.name != "Waiting":
        return False
    match awaited(run.state):
        case AwaitedInput(prefix, known):
            return flow_run_inputs.count_inputs(conn, run.id, prefix) > known
        case AwaitedEvent() as event:
            return bool(find_events(conn, _meant(event), limit=1, descending=False))
        case None:
            return False


def _meant(event: AwaitedEvent) -> EventFilter:
    return EventFilter(since=event.since, until=LAST_MOMENT, name=event.name_filter, resource=event.resource_filter)
