"""What can be done with log lines."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from prefect._domain.logs import Log
from prefect._store import logs as store
from prefect._store.database import Database


def list_logs(
    db: Database,
    *,
    flow_run_id: UUID | None = None,
    task_run_id: UUID | None = None,
    newest_first: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> list[Log]:
    """The lines of a run in the order of time."""
    with db.read() as conn:
        return store.list_logs(
            conn,
            flow_run_id=flow_run_id,
            task_run_id=task_run_id,
            newest_first=newest_first,
            limit=limit,
            offset=offset,
        )


def write(db: Database, lines: Sequence[Log]) -> None:
    """Keep lines; one whose id is known already stays as it is."""
    with db.write() as conn:
        store.insert_logs(conn, lines)
