"""Telling of what becomes of things: that they are made, changed, removed, ready or not; see `events.py`.

An event has an id that follows from what it tells and from the turn of its transaction. Such ids sort in the order in
which things are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from prefect._domain.deployments import Deployment
from prefect._domain.events import ROLE, Event, Resource, related, resource
from prefect._domain.flow_runs import Flow
from prefect._domain.work_pools import WorkPool, WorkQueue
from prefect._orchestration.events import tell
from prefect._store import flows, work_pools
from prefect._store.connection import Connection

UNTOLD = frozenset({"id", "created", "updated", "updated_by", "last_polled", "parameter_openapi_schema"})
"""What is not told of a change."""


def told_of(
    conn: Connection,
    what: str,
    thing: Resource,
    *,
    now: datetime,
    around: Sequence[Resource] = (),
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Tell of a thing that something became of it: `told_of(conn, "created", resource("variable", id, name), ...)`."""
    id = thing["prefect.resource.id"]
    kind = id.split(".")[1]
    event = Event(
        id=_id(conn, f"{id}/{what}", now),
        occurred=now,
        event=f"prefect.{kind}.{what}",
        resource=thing,
        related=tuple(around),
        payload=payload or {},
        received=now,
    )
    tell(conn, event)


def _id(conn: Connection, told: str, now: datetime) -> UUID:
    """An id of version 7: the time in milliseconds, how many events this turn has, and what follows from the rest."""
    number = conn.execute("SELECT COUNT(*) FROM events WHERE turn = ?", (conn.turn,))[0][0]
    rest = uuid5(NAMESPACE_URL, f"{told}/{conn.turn}").int & (1 << 62) - 1
    milliseconds = int(now.timestamp() * 1_000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | rest)


def changes(before: Any, after: Any) -> dict[str, Any]:
    """What is told of a thing that changed, `updated_fields` and under `updates` what they were and are; or nothing."""
    told = [field.name for field in fields(before) if field.name not in UNTOLD]
    different = {name: (getattr(before, name), getattr(after, name)) for name in told}
    updates = {name: {"from": was, "to": now} for name, (was, now) in different.items() if was != now}
    return {"updated_fields": list(updates), "updates": updates} if updates else {}


def told_of_flow(conn: Connection, what: str, flow: Flow, *, now: datetime) -> None:
    """Tell what became of a flow."""
    payload = {"name": flow.name, "tags": flow.tags, "labels": flow.labels}
    told_of(conn, what, resource("flow", flow.id, flow.name), now=now, payload=payload)


def told_of_pool(conn: Connection, what: str, pool: WorkPool, *, now: datetime, payload: Any = None) -> None:
    """Tell what became of a work pool."""
    queue = pool.default_queue_id
    around = [{**resource("work-queue", queue), ROLE: "default-queue"}] if queue is not None else []
    told_of(conn, what, of_pool(pool), now=now, around=around, payload=payload)


def of_pool(pool: WorkPool) -> dict[str, str]:
    """A work pool as a resource."""
    return resource("work-pool", pool.id, pool.name, **{"prefect.work-pool.type": pool.type})


def told_of_queue(conn: Connection, what: str, queue: WorkQueue, *, now: datetime, payload: Any = None) -> None:
    """Tell what became of a queue."""
    around = _pool_around(conn, queue)
    told_of(conn, what, resource("work-queue", queue.id, queue.name), now=now, around=around, payload=payload)


def _pool_around(conn: Connection, queue: WorkQueue) -> list[Resource]:
    pool = work_pools.read_work_pool_by_id(conn, queue.work_pool_id)
    return [{**of_pool(pool), ROLE: "work-pool"}] if pool is not None else []


def told_of_deployment(
    conn: Connection,
    what: str,
    deployment: Deployment,
    *,
    now: datetime,
    payload: Any = None,
    around: Sequence[Resource] = (),
) -> None:
    """Tell what became of a deployment."""
    flow = flows.read_flow(conn, deployment.flow_id)
    around = [*around, *([related("flow", flow.id, flow.name)] if flow is not None else [])]
    queue = work_pools.read_work_queue_by_id(conn, deployment.work_queue_id) if deployment.work_queue_id else None
    if queue is not None:
        around += [related("work-queue", queue.id, queue.name), *_pool_around(conn, queue)]
    around += [related("tag", tag) for tag in sorted(deployment.tags)]
    told_of(conn, what, resource("deployment", deployment.id, deployment.name), now=now, around=around, payload=payload)


def status_word(status: str) -> str:
    """How the name of an event tells a status: `not-ready`."""
    return status.lower().replace("_", "-")


__all__ = [
    "changes",
    "of_pool",
    "status_word",
    "told_of",
    "told_of_deployment",
    "told_of_flow",
    "told_of_pool",
    "told_of_queue",
]
