"""Noticing runs whose process died: their lease ran out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.entering import enter
from prefect._store import flow_runs, leases, task_runs
from prefect._store.database import Connection, Database

NewId = Callable[[], UUID]


def crash_abandoned_runs(db: Database, *, now: datetime, new_id: NewId) -> list[UUID]:
    """Mark runs Crashed whose lease ran out, with their open task runs and subflows; the ids of those runs.

    Safe to call from many processes at once: each run is marked once.
    """
    with db.read() as conn:
        if not leases.expired_leases(conn, now):
            return []
    with db.write() as conn:
        abandoned = leases.expired_leases(conn, now)
        for flow_run_id in abandoned:
            _crash_flow_run(conn, flow_run_id, now, new_id)
        return abandoned


def _crash_flow_run(conn: Connection, flow_run_id: UUID, now: datetime, new_id: NewId) -> None:
    run = flow_runs.lock_flow_run(conn, flow_run_id)
    leases.drop_lease(conn, flow_run_id)
    if run is None or (run.state is not None and run.state.is_final()):
        return
    _crash_task_runs(conn, run, now, new_id)
    state = _crashed(now, new_id, StateDetails(flow_run_id=run.id))
    enter(run, state)
    flow_runs.write_flow_run(conn, run)
    flow_runs.insert_flow_run_state(conn, run.id, state)


def _crash_task_runs(conn: Connection, run: FlowRun, now: datetime, new_id: NewId) -> None:
    for task_run in task_runs.open_task_runs(conn, run.id):
        child = task_run.state.state_details.child_flow_run_id if task_run.state else None
        if child is not None:
            _crash_flow_run(conn, child, now, new_id)
        state = _crashed(
            now, new_id, StateDetails(flow_run_id=run.id, task_run_id=task_run.id, child_flow_run_id=child)
        )
        enter(task_run, state)
        task_runs.write_task_run(conn, task_run)
        task_runs.insert_task_run_state(conn, task_run.id, state)


def _crashed(now: datetime, new_id: NewId, details: StateDetails) -> State:
    return State(
        type=StateType.CRASHED,
        name="Crashed",
        id=new_id(),
        timestamp=now,
        message="The process that ran it died: it stopped renewing its lease.",
        state_details=details,
    )
