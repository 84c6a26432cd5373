"""What can be done with the workers of work pools: hear of them, list and forget them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.work_pools import Worker, checked_name, patience_with
from prefect._orchestration.duties.foreman import mark_those_gone, write_status
from prefect._orchestration.work_pools import pool_named
from prefect._store import workers as store
from prefect._store.database import Database
from prefect._store.work_pools import keep_alive
from prefect.exceptions import ObjectNotFound


class FoundWorker(NamedTuple):
    """A worker, and whether it is there."""

    worker: Worker
    status: str


def heartbeat(
    db: Database,
    pool_name: str,
    name: str,
    interval_seconds: float | None = None,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> None:
    """Hear of a worker, a new one or a known one: it is there, and so its pool is ready. Raises `ObjectNotFound`."""
    checked_name(name)
    with db.write() as conn:
        pool = pool_named(conn, pool_name)
        store.write_worker(conn, Worker(new_id(), pool.id, name, now, interval_seconds, now, now))
        keep_alive(conn, pool.id, now + patience_with(interval_seconds))
        write_status(conn, now=now)


def list_workers(
    db: Database, pool_name: str, *, filter: Filter = EVERYTHING, limit: int, offset: int = 0, now: datetime
) -> list[FoundWorker]:
    """The workers of a pool, the last heard of first. Raises `ObjectNotFound`."""
    mark_those_gone(db, now=now)
    with db.read() as conn:
        pool = pool_named(conn, pool_name)
        found = store.list_workers(conn, pool.id, filter=filter, limit=limit, offset=offset)
        return [FoundWorker(worker, worker.status(now)) for worker in found]


def delete(db: Database, pool_name: str, name: str) -> None:
    """Forget a worker. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.delete_worker(conn, pool_named(conn, pool_name).id, name):
            raise ObjectNotFound(help_message=f"The work pool {pool_name!r} has no worker {name!r}.")
