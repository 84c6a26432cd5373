"""Noticing runs whose process died: their lease ran out, or whoever started it saw it end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.entering import enter
from prefect._orchestration.flow_runs import move
from prefect._store import flow_runs, leases, task_runs
from prefect._store.database import Connection, Database

NewId = Callable[[], UUID]
OPEN = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
"""The types of states in which somebody is expected to carry a run out."""
DIED = "The process that ran it died: it stopped renewing its lease."


def end_abandoned_runs(db: Database, *, now: datetime, new_id: NewId) -> list[UUID]:
    """End runs whose lease ran out, with their open task runs and subflows; the ids of those runs.

    One that was running becomes Crashed, one that was being cancelled Cancelled, and one that was only claimed waits
    again to be started. Safe to call from many processes at once: each run is ended once.
    """
    with db.read() as conn:
        if not leases.expired_leases(conn, now):
            return []
    with db.write() as conn:
        abandoned = leases.expired_leases(conn, now)
        for flow_run_id in abandoned:
            end_run(conn, flow_run_id, DIED, now, new_id)
        return abandoned


def end_of_process(
    db: Database, flow_run_id: UUID, holders: Sequence[str], message: str, *, now: datetime, new_id: NewId
) -> bool:
    """End a run whose process is known to be gone; whether it was still open and that process's own.

    `holders` are the beginnings of the names under which that process and its starter may hold the run's lease.
    """
    with db.write() as conn:
        holder = leases.holder_of(conn, flow_run_id)
        if holder is not None and not holder.startswith(tuple(holders)):
            return False
        return end_run(conn, flow_run_id, message, now, new_id, claimed_again=False)


def end_run(
    conn: Connection, flow_run_id: UUID, message: str, now: datetime, new_id: NewId, *, claimed_again: bool = True
) -> bool:
    """End a run that nobody carries out any more, or have it started again; whether there was anything to end."""
    run = flow_runs.lock_flow_run(conn, flow_run_id)
    leases.drop_lease(conn, flow_run_id)
    if run is None or run.state is None or run.state.type not in OPEN:
        return False
    if run.state.is_pending() and run.deployment_id is not None and claimed_again:
        waiting = _state(StateType.SCHEDULED, "Whoever claimed it died; it waits to be started again.", now, new_id)
        waiting.state_details = StateDetails(flow_run_id=run.id, scheduled_time=now)
        move(conn, run, waiting, now=now, spare_id=new_id(), forced=True)
        return True
    if run.state.is_cancelling():
        _end_task_runs(conn, run, StateType.CANCELLED, "The flow run was cancelled.", now, new_id)
        move(conn, run, _state(StateType.CANCELLED, run.state.message, now, new_id), now=now, spare_id=new_id())
        return True
    _end_task_runs(conn, run, StateType.CRASHED, message, now, new_id)
    move(conn, run, _state(StateType.CRASHED, message, now, new_id), now=now, spare_id=new_id(), forced=True)
    return True


def _end_task_runs(conn: Connection, run: FlowRun, type: StateType, message: str, now: datetime, new_id: NewId) -> None:
    for task_run in task_runs.open_task_runs(conn, run.id):
        child = task_run.state.state_details.child_flow_run_id if task_run.state else None
        if child is not None:
            end_run(conn, child, message, now, new_id)
        state = _state(type, message, now, new_id)
        state.state_details = StateDetails(flow_run_id=run.id, task_run_id=task_run.id, child_flow_run_id=child)
        enter(task_run, state)
        task_runs.write_task_run(conn, task_run)
        task_runs.insert_task_run_state(conn, task_run.id, state)


def _state(type: StateType, message: str | None, now: datetime, new_id: NewId) -> State:
    return State(type=type, name=type.value.capitalize(), id=new_id(), timestamp=now, message=message)
