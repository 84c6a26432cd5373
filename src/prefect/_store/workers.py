"""Workers as recorded, and who is still heard of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.work_pools import Worker
from prefect._store.conditions import where
from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_identity, read_moment

COLUMNS = "id, work_pool_id, name, last_heartbeat_time, heartbeat_interval_seconds, created, updated"


def write_worker(conn: Connection, worker: Worker) -> None:
    """Record a worker's heartbeat; one of that name in its pool keeps its id."""
    row = (
        str(worker.id),
        str(worker.work_pool_id),
        worker.name,
        moment(worker.last_heartbeat_time),
        worker.heartbeat_interval_seconds,
        moment(worker.created),
        moment(worker.updated),
    )
    conn.execute(
        f"INSERT INTO worker ({COLUMNS}, status) VALUES (?, ?, ?, ?, ?, ?, ?, 'ONLINE') "
        "ON CONFLICT (work_pool_id, name) DO UPDATE SET last_heartbeat_time = excluded.last_heartbeat_time, "
        "heartbeat_interval_seconds = excluded.heartbeat_interval_seconds, updated = excluded.updated, "
        "status = 'ONLINE'",
        row,
    )


def list_workers(
    conn: Connection, pool_id: UUID, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING
) -> list[Worker]:
    """The workers of a pool, the last heard of first."""
    meant, values = where(filter, conn.dialect)
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM worker WHERE work_pool_id = ? AND {meant} "
        "ORDER BY last_heartbeat_time DESC, name LIMIT ? OFFSET ?",
        (str(pool_id), *values, limit, offset),
    )
    return [_worker(row) for row in rows]


def online_workers(conn: Connection) -> list[Worker]:
    """The workers that count as there."""
    return [_worker(row) for row in conn.execute(f"SELECT {COLUMNS} FROM worker WHERE status = 'ONLINE' ORDER BY id")]


def mark_offline(conn: Connection, worker_id: UUID, *, unless_after: datetime | None) -> bool:
    """Let a worker count as gone, unless it has been heard of since; whether it does now."""
    sql = "UPDATE worker SET status = 'OFFLINE' WHERE id = ? AND status = 'ONLINE' AND last_heartbeat_time <= ?"
    return conn.change(sql, (str(worker_id), moment(unless_after))) > 0


def delete_worker(conn: Connection, pool_id: UUID, name: str) -> bool:
    """Forget a worker; whether there was one."""
    return conn.change("DELETE FROM worker WHERE work_pool_id = ? AND name = ?", (str(pool_id), name)) > 0


def mark_pools(conn: Connection, *, now: datetime) -> list[UUID]:
    """Give pools the status that they have; those that changed."""
    status = "CASE WHEN is_paused THEN 'PAUSED' WHEN alive_until >= ? THEN 'READY' ELSE 'NOT_READY' END"
    return _marked(conn, "work_pool", status, [moment(now)])


def mark_queues(conn: Connection, *, now: datetime, patience: timedelta) -> list[UUID]:
    """Give queues the status that they have; those that changed."""
    status = "CASE WHEN is_paused THEN 'PAUSED' WHEN last_polled >= ? THEN 'READY' ELSE 'NOT_READY' END"
    return _marked(conn, "work_queue", status, [moment(now - patience)])


def mark_deployments(conn: Connection, *, now: datetime, patience: timedelta) -> list[UUID]:
    """Give deployments the status that they have; those that changed."""
    polled = "work_queue_id IN (SELECT id FROM work_queue WHERE last_polled >= ?)"
    status = f"CASE WHEN last_polled >= ? OR {polled} THEN 'READY' ELSE 'NOT_READY' END"
    return _marked(conn, "deployment", status, [moment(now - patience)] * 2)


def status_written(conn: Connection, deployment_id: UUID) -> str:
    """The status of a deployment as it was written down last."""
    return str(conn.execute("SELECT status FROM deployment WHERE id = ?", (str(deployment_id),))[0][0])


def _marked(conn: Connection, table: str, status: str, values: list[str | None]) -> list[UUID]:
    rows = conn.execute(f"SELECT id FROM {table} WHERE status <> {status}", values)
    if rows:
        conn.execute(f"UPDATE {table} SET status = {status} WHERE status <> {status}", values * 2)
    return [must_read_identity(row[0]) for row in rows]


def _worker(row: tuple[Any, ...]) -> Worker:
    return Worker(
        id=must_read_identity(row[0]),
        work_pool_id=must_read_identity(row[1]),
        name=row[2],
        last_heartbeat_time=read_moment(row[3]),
        heartbeat_interval_seconds=row[4],
        created=read_moment(row[5]),
        updated=read_moment(row[6]),
    )
