"""What can be done with flows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.filters import Filter, Filters
from prefect._domain.flow_runs import Flow
from prefect._domain.sorting import SORTS, Order
from prefect._orchestration.telling import told_of_deployment, told_of_flow
from prefect._store import flows as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.deployments import deployments_of_flow
from prefect.exceptions import ObjectNotFound

LATEST_FIRST = SORTS["flow"]["CREATED_DESC"]


def create(db: Database, name: str, tags: list[str], labels: dict[str, Any], *, id: UUID, now: datetime) -> Flow:
    """The flow of that name, recorded under `id` if it is new."""
    with db.write() as conn:
        return ensure_flow(conn, name, id=id, tags=tags, labels=labels, now=now)


def ensure_flow(
    conn: Connection, name: str, *, id: UUID, tags: list[str], labels: dict[str, Any], now: datetime
) -> Flow:
    """The flow of that name, recorded under `id` if it is new, which is told."""
    flow = store.upsert_flow(conn, name, id=id, tags=tags, labels=labels, now=now)
    if flow.id == id and flow.created == now:
        told_of_flow(conn, "created", flow, now=now)
    return flow


def read(db: Database, flow_id: UUID) -> Flow | None:
    """The flow with that id, or None."""
    with db.read() as conn:
        return store.read_flow(conn, flow_id)


def must_read(db: Database, key: UUID | str) -> Flow:
    """The flow of that id or name. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _flow(conn, key)


def list_flows(
    db: Database, *, limit: int, offset: int = 0, wanted: Filters | None = None, order: Order = LATEST_FIRST
) -> list[Flow]:
    """The flows that are meant, the latest first unless another order is asked for."""
    with db.read() as conn:
        return store.list_flows(conn, wanted or {}, order, limit=limit, offset=offset)


def count(db: Database, wanted: Filters) -> int:
    """How many flows are meant."""
    with db.read() as conn:
        return store.count_flows(conn, wanted)


def set_tags(db: Database, flow_id: UUID, tags: list[str], *, now: datetime) -> None:
    """Give a flow these tags and no other. Raises `ObjectNotFound`."""
    with db.write() as conn:
        flow = _flow(conn, flow_id)
        store.write_tags(conn, flow.id, tags, now=now)
        if flow.tags != tags:
            told_of_flow(conn, "updated", replace(flow, tags=tags), now=now)


def delete(db: Database, flow_id: UUID, *, now: datetime) -> None:
    """Remove a flow with its runs and deployments. Raises `ObjectNotFound`."""
    with db.write() as conn:
        _delete(conn, _flow(conn, flow_id), now)


def _delete(conn: Connection, flow: Flow, now: datetime) -> None:
    for deployment in deployments_of_flow(conn, flow.id):
        told_of_deployment(conn, "deleted", deployment, now=now)
    store.delete_flow(conn, flow.id)
    told_of_flow(conn, "deleted", flow, now=now)


def delete_many(db: Database, filter: Filter, *, limit: int, now: datetime) -> list[UUID]:
    """Remove so many of the flows that are meant; which ones."""
    with db.write() as conn:
        found = store.list_flows(conn, {"flow": filter}, LATEST_FIRST, limit=limit)
        for flow in found:
            _delete(conn, flow, now)
        return [flow.id for flow in found]


def _flow(conn: Connection, key: UUID | str) -> Flow:
    found = store.read_flow(conn, key) if isinstance(key, UUID) else store.read_flow_by_name(conn, key)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no flow {str(key)!r}.")
    return found
