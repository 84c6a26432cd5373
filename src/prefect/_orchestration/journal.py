"""Writing what other processes journaled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from prefect._domain.events import Event
from prefect._domain.leases import Tenures
from prefect._orchestration.duties.leases import end_late_task_runs
from prefect._orchestration.events import placed
from prefect._store.database import Database
from prefect._store.journal import Entry, write_batch


def write(db: Database, batch: list[Entry], tenures: Tenures, *, now: datetime, new_id: Callable[[], UUID]) -> None:
    """Record task runs, each in the state that it entered, and log lines; what is there already stays as it is.

    In a flow run that others have ended meanwhile no task run stays open.
    """
    with db.write() as conn:
        ended = write_batch(
            conn, [placed(conn, entry) if isinstance(entry, Event) else entry for entry in batch], tenures
        )
        end_late_task_runs(conn, ended, now=now, new_id=new_id)
