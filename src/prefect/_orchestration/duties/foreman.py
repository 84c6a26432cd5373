"""Noticing that somebody looks after pools, queues and deployments, or does no longer.

What they are is said by the last sign of life, whoever asks; this duty writes it down, so that a change is noticed
once. It compares what is written with what is so, and may be run as often as one likes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect._domain.work_pools import POLLED_WITHIN
from prefect._store import workers as store
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
    patience = timedelta(seconds=POLLED_WITHIN)
    with db.write() as conn:
        return Noticed(
            gone,
            tuple(store.mark_pools(conn, now=now)),
            tuple(store.mark_queues(conn, now=now, patience=patience)),
            tuple(store.mark_deployments(conn, now=now, patience=patience)),
        )


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
