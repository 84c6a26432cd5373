"""What can be done with background tasks: take their runs, and let a worker leave.

A run waits in the database, SCHEDULED and deferred; a worker claims it before it begins. A worker is believed for a
while after it was heard of; the duty `end_lost_tasks` looks after the runs of one that is not heard of any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun
from prefect._domain.task_workers import TaskWorker, is_in_background
from prefect._domain.transitions.entering import enter
from prefect._store import task_runs
from prefect._store import task_workers as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.watching import announce

NewId = Callable[[], UUID]
LOST = "The task worker that ran it died: it was not heard of any more."


def take(
    db: Database,
    worker_id: str,
    task_keys: Sequence[str],
    *,
    known: Collection[UUID],
    limit: int,
    now: datetime,
    ttl: timedelta,
) -> list[TaskRun]:
    """Claim runs for a worker, at most `limit`; those first that it has claimed without knowing it.

    Nothing is written where there is nothing to take and the worker was heard of not long ago.
    """
    worker = TaskWorker.heard(worker_id, task_keys, now=now, ttl=ttl)
    with db.read() as conn:
        heard = store.read_task_worker(conn, worker_id)
        is_known = heard is not None and heard.task_keys == list(task_keys) and heard.is_fresh(now)
        if is_known and not _unknown(conn, worker_id, known) and not _waiting(conn, worker, now, limit):
            return []
    with db.write() as conn:
        store.write_task_worker(conn, worker)
        store.drop_ended_claims(conn, worker_id)
        unknown = _unknown(conn, worker_id, known)
        waiting = _waiting(conn, worker, now, limit)
        return unknown + [run for run in waiting if store.claim_task_run(conn, run.id, worker_id)]


def _unknown(conn: Connection, worker_id: str, known: Collection[UUID]) -> list[TaskRun]:
    return _read(conn, [id for id in store.claims_not_begun(conn, worker_id) if id not in known])


def _waiting(conn: Connection, worker: TaskWorker, now: datetime, limit: int) -> list[TaskRun]:
    found = store.waiting_task_runs(conn, worker.task_keys, now=now, limit=limit) if limit > 0 else []
    return [run for run in _read(conn, found) if is_in_background(run)]


def _read(conn: Connection, ids: Sequence[UUID]) -> list[TaskRun]:
    return [run for run in (task_runs.read_task_run(conn, id) for id in ids) if run is not None]


def leave(db: Database, worker_id: str) -> None:
    """A worker takes no more: what it claimed and did not begin waits for others at once."""
    with db.write() as conn:
        store.drop_ended_claims(conn, worker_id)
        for task_run_id in store.claims_not_begun(conn, worker_id):
            store.drop_claim(conn, task_run_id)
        store.drop_idle_task_worker(conn, worker_id)
        announce(conn)


def list_living(db: Database, task_keys: Collection[str] | None, *, now: datetime) -> list[TaskWorker]:
    """The workers that are alive; with keys, those that carry out any of these tasks."""
    with db.read() as conn:
        living = store.living_task_workers(conn, now=now)
    return [worker for worker in living if task_keys is None or set(worker.task_keys) & set(task_keys)]


def end_lost_tasks(db: Database, *, now: datetime, new_id: NewId) -> list[UUID]:
    """Let the runs go whose worker died: one that had not begun waits for another worker, the others end as Crashed."""
    with db.read() as conn:
        if not store.lost_claims(conn, now=now):
            return []
    with db.write() as conn:
        lost = store.lost_claims(conn, now=now)
        for run in _read(conn, lost):
            if run.state is not None and not run.state.is_final() and not is_in_background(run):
                _crash(conn, run, now, new_id)
        for id in lost:
            store.drop_claim(conn, id)
        announce(conn)
        return lost


def _crash(conn: Connection, run: TaskRun, now: datetime, new_id: NewId) -> None:
    state = State(StateType.CRASHED, "Crashed", id=new_id(), timestamp=now, message=LOST)
    state.state_details = StateDetails(task_run_id=run.id)
    enter(run, state)
    task_runs.write_task_run(conn, run)
    task_runs.insert_task_run_state(conn, run.id, state)
