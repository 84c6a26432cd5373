"""What can be done with deployments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.deployments import Deployment, DeploymentSchedule, checked_name
from prefect._domain.schedules import Schedule
from prefect._store import deployments as store
from prefect._store.database import Database
from prefect._store.flows import read_flow_by_name, upsert_flow


def apply(
    db: Database,
    flow_name: str,
    name: str,
    schedules: Sequence[Schedule],
    *,
    active: bool = True,
    now: datetime,
    new_id: Callable[[], UUID],
    **fields: Any,
) -> Deployment:
    """Record a deployment of a flow with its schedules; one of that name takes the new values and keeps its id."""
    checked_name(name)
    with db.write() as conn:
        flow = upsert_flow(conn, flow_name, id=new_id(), tags=[], labels={}, now=now)
        wanted = Deployment(new_id(), flow.id, name, created=now, updated=now, **fields)
        kept = store.write_deployment(conn, wanted)
        held = [DeploymentSchedule(new_id(), kept.id, schedule, active, now, now) for schedule in schedules]
        store.replace_schedules(conn, kept.id, held)
        return kept


def read_by_name(db: Database, flow_name: str, name: str) -> tuple[Deployment, list[DeploymentSchedule]] | None:
    """The deployment `flow/name` with its schedules, or None."""
    with db.read() as conn:
        flow = read_flow_by_name(conn, flow_name)
        found = flow and store.read_deployment_by_name(conn, flow.id, name)
        return (found, store.list_schedules(conn, found.id)) if found else None
