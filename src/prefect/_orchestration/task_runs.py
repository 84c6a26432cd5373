"""What can be done with task runs."""

from __future__ import annotations

from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import Order
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._store import task_runs as store
from prefect._store.database import Database


def read(db: Database, task_run_id: UUID) -> TaskRun | None:
    """The run with that id, or None."""
    with db.read() as conn:
        return store.read_task_run(conn, task_run_id)


def list_runs(
    db: Database,
    *,
    limit: int,
    offset: int = 0,
    filter: Filter = EVERYTHING,
    order: Order = store.LATEST_FIRST,
) -> list[TaskRun]:
    """Those task runs that are meant, in this order."""
    with db.read() as conn:
        return store.list_task_runs(conn, limit=limit, offset=offset, filter=filter, order=order)


def history(db: Database, task_run_id: UUID) -> list[State]:
    """The states that a run went through, oldest first."""
    with db.read() as conn:
        return store.task_run_states(conn, task_run_id)
