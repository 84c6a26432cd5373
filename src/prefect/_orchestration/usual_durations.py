"""Asking how long the runs of a flow or of a task usually take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from prefect._domain.usual_durations import Usual, usual_of
from prefect._orchestration import task_runs
from prefect._store import flow_runs
from prefect._store import usual_durations as store
from prefect._store.database import Database


def of_flows(db: Database, flow_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Usual | None]:
    """How long the runs of each flow usually take; None where too few have completed."""
    with db.read() as conn:
        return {id: usual_of(store.of_flow(conn, id, now=now)) for id in flow_ids}


def of_task(db: Database, task_run_id: UUID, *, now: datetime) -> Usual | None:
    """How long the runs of a run's task usually take in its flow. Raises `ObjectNotFound`."""
    run = task_runs.must_read(db, task_run_id)
    if run.flow_run_id is None:
        return None
    with db.read() as conn:
        flow_run = flow_runs.read_flow_run(conn, run.flow_run_id)
        return usual_of(store.of_task(conn, flow_run.flow_id, run.task_key, now=now)) if flow_run is not None else None
