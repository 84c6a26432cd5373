"""What can be done with flows."""

from __future__ import annotations

from uuid import UUID

from prefect._domain.flow_runs import Flow
from prefect._store import flows as store
from prefect._store.database import Database


def read(db: Database, flow_id: UUID) -> Flow | None:
    """The flow with that id, or None."""
    with db.read() as conn:
        return store.read_flow(conn, flow_id)


def list_flows(db: Database, *, limit: int, offset: int = 0) -> list[Flow]:
    """The latest flows first."""
    with db.read() as conn:
        return store.list_flows(conn, limit=limit, offset=offset)
