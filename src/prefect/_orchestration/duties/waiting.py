"""Runs that wait too long: late ones are called so, and pauses that nobody ends run out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._orchestration.flow_runs import move
from prefect._store import flow_runs
from prefect._store.connection import Connection
from prefect._store.database import Database

NewId = Callable[[], UUID]
MOST = 400
"""How many runs one transaction calls late."""


def call_late(db: Database, *, after: timedelta, now: datetime, new_id: NewId) -> int:
    """Call runs Late whose time has been over for so long; how many."""
    called = 0
    while _are_late(db, now - after) and (some := _call_some_late(db, after, now, new_id)):
        called += some
    return called


def _are_late(db: Database, before: datetime) -> bool:
    with db.read() as conn:
        return bool(flow_runs.late_runs(conn, before, 1))


def _call_some_late(db: Database, after: timedelta, now: datetime, new_id: NewId) -> int:
    with db.write() as conn:
        late = flow_runs.late_runs(conn, now - after, MOST)
        for flow_run_id in late:
            run = flow_runs.lock_flow_run(conn, flow_run_id)
            if run is not None and run.state_name == "Scheduled":
                _call_it_late(conn, run, now, new_id)
        return len(late)


def _call_it_late(conn: Connection, run: FlowRun, now: datetime, new_id: NewId) -> None:
    details = StateDetails(scheduled_time=run.next_scheduled_start_time)
    state = State(StateType.SCHEDULED, "Late", id=new_id(), timestamp=now, state_details=details)
    move(conn, run, state, now=now, spare_id=new_id())


def end_expired_pauses(db: Database, *, now: datetime, new_id: NewId) -> int:
    """Fail paused runs whose pause ran out; how many."""
    with db.read() as conn:
        expired = [run.id for run in flow_runs.runs_in_state(conn, StateType.PAUSED) if _has_run_out(run.state, now)]
    for flow_run_id in expired:
        with db.write() as conn:
            run = flow_runs.lock_flow_run(conn, flow_run_id)
            if run is not None and _has_run_out(run.state, now):
                message = "The run was paused and never resumed."
                failed = State(StateType.FAILED, "Failed", id=new_id(), timestamp=now, message=message)
                move(conn, run, failed, now=now, spare_id=new_id())
    return len(expired)


def _has_run_out(state: State | None, now: datetime) -> bool:
    if state is None or not state.is_paused():
        return False
    timeout = state.state_details.pause_timeout
    return timeout is not None and timeout < now
