"""Asking how things stand with flows and deployments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from prefect._domain.latest_runs import COUNTED, Standing, standing_of
from prefect._store import latest_runs as store
from prefect._store.database import Database


def of_flows(db: Database, flow_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Standing]:
    """How the last runs of each flow went."""
    with db.read() as conn:
        return {id: standing_of(store.of_flow(conn, id, now=now, limit=COUNTED)) for id in flow_ids}


def of_deployments(db: Database, deployment_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Standing]:
    """How the last runs of each deployment went."""
    with db.read() as conn:
        return {id: standing_of(store.of_deployment(conn, id, now=now, limit=COUNTED)) for id in deployment_ids}
