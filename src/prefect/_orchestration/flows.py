"""What can be done with flows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.filters import Filter, Filters
from prefect._domain.flow_runs import Flow
from prefect._domain.sorting import SORTS, Order
from prefect._store import flows as store
from prefect._store.database import Connection, Database
from prefect.exceptions import ObjectNotFound

LATEST_FIRST = SORTS["flow"]["CREATED_DESC"]


def create(db: Database, name: str, tags: list[str], labels: dict[str, Any], *, id: UUID, now: datetime) -> Flow:
    """The flow of that name, recorded under `id` if it is new."""
    with db.write() as conn:
        return store.upsert_flow(conn, name, id=id, tags=tags, labels=labels, now=now)


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
        store.write_tags(conn, _flow(conn, flow_id).id, tags, now=now)


def delete(db: Database, flow_id: UUID) -> None:
    """Remove a flow with its runs and deployments. Raises `ObjectNotFound`."""
    with db.write() as conn:
        store.delete_flow(conn, _flow(conn, flow_id).id)


def delete_many(db: Database, filter: Filter, *, limit: int) -> list[UUID]:
    """Remove so many of the flows that are meant; which ones."""
    with db.write() as conn:
        found = store.list_flows(conn, {"flow": filter}, LATEST_FIRST, limit=limit)
        for flow in found:
            store.delete_flow(conn, flow.id)
        return [flow.id for flow in found]


def _flow(conn: Connection, key: UUID | str) -> Flow:
    found = store.read_flow(conn, key) if isinstance(key, UUID) else store.read_flow_by_name(conn, key)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no flow {str(key)!r}.")
    return found
