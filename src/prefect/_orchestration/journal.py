"""Writing what other processes journaled."""

from __future__ import annotations

from collections.abc import Sequence

from prefect._domain.leases import Tenures
from prefect._domain.logs import Log
from prefect._domain.task_runs import TaskRun
from prefect._store.database import Database
from prefect._store.journal import write_batch
from prefect._store.task_runs import Moment


def write(db: Database, task_runs: Sequence[TaskRun], logs: Sequence[Log], tenures: Tenures) -> None:
    """Record task runs, each in the state that it entered, and log lines; what is there already stays as it is."""
    with db.write() as conn:
        write_batch(conn, [*(Moment.of(run) for run in task_runs), *logs], tenures)
