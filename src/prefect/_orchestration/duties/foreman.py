"""Noticing that somebody looks after pools, queues and deployments, or does no longer.

What they are is said by the last sign of life, whoever asks; this duty writes it down, so that a change is noticed
once. It compares what is written with what is so, and may be run as often as one likes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect._domain.work_pools import POLLED_WITHIN
from prefect._orchestration.telling import status_word, told_of_deployment, told_of_pool, told_of_queue
from prefect._store import deployments, work_pools
from prefect._store import workers as store
from prefect._store.connection import Connection
from prefect._store.database import Database


class Noticed(NamedTuple):
    """What has another status than was written: workers that went offline, and pools, queues and deployments."""

    workers_gone: tuple[UUID, ...] = ()
    pools: tuple[UUID, ...] = ()
    queues: tuple[UUID, ...] = ()
    deployments: tuple[UUID, ...] = ()


def take_stock(db: Database, *, now: datetime) -> Noticed:
    """Write down the status of workers, pools, queues and deployments where it has changed; those that changed."""
    gone = mark_those_gone(db, now=now)
    with db.write() as conn:
        return write_status(conn, now=now)._replace(workers_gone=gone)


def write_status(conn: Connection, *, now: datetime) -> Noticed:
    """Write down and tell the status of pools, queues and deployments that have another; those that do."""
    patience = timedelta(seconds=POLLED_WITHIN)
    noticed = Noticed(
        pools=tuple(store.mark_pools(conn, now=now)),
        queues=tuple(store.mark_queues(conn, now=now, patience=patience)),
        deployments=tuple(store.mark_deployments(conn, now=now, patience=patience)),
    )
    for id in noticed.pools:
        if (pool := work_pools.read_work_pool_by_id(conn, id)) is not None:
            told_of_pool(conn, status_word(pool.status(now)), pool, now=now)
    for id in noticed.queues:
        if (queue := work_pools.read_work_queue_by_id(conn, id)) is not None:
            told_of_queue(conn, status_word(queue.status(now)), queue, now=now)
    for id in noticed.deployments:
        if (deployment := deployments.read_deployment(conn, id)) is not None:
            told_of_deployment(conn, status_word(store.status_written(conn, id)), deployment, now=now)
    return noticed


def mark_those_gone(db: Database, *, now: datetime) -> tuple[UUID, ...]:
    """Let workers count as gone that missed three heartbeats; those that did."""
    with db.read() as conn:
        silent = [worker for worker in store.online_workers(conn) if worker.status(now) == "OFFLINE"]
    if not silent:
        return ()
    with db.write() as conn:
        return tuple(
            worker.id
            for worker in silent
            if store.mark_offline(conn, worker.id, unless_after=worker.last_heartbeat_time)
        )
