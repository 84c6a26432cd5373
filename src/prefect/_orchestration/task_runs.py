"""What can be done with task runs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

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
    flow_run_id: UUID | None = None,
    state_types: Sequence[str] = (),
    state_names: Sequence[str] = (),
) -> list[TaskRun]:
    """Runs, latest first; an empty condition lets all through."""
    conditions = {"state_types": state_types, "state_names": state_names}
    with db.read() as conn:
        return store.list_task_runs(conn, limit=limit, offset=offset, flow_run_id=flow_run_id, **conditions)


def history(db: Database, task_run_id: UUID) -> list[State]:
    """The states that a run went through, oldest first."""
    with db.read() as conn:
        return store.task_run_states(conn, task_run_id)
