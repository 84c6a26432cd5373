"""Work pools, their queues, and the runs that wait in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.work_pools import DEFAULT_QUEUE, WorkPool, WorkQueue
from prefect._store.database import Connection
from prefect._store.values import identity, json_text, moment, must_read_identity, read_identity, read_json, read_moment
from prefect._store.watching import announce

POOL_COLUMNS = (
    "id, name, type, description, base_job_template, is_paused, concurrency_limit, default_queue_id, status, "
    "storage_configuration, created, updated"
)
QUEUE_COLUMNS = (
    "id, work_pool_id, name, description, is_paused, concurrency_limit, priority, status, last_polled, created, updated"
)
HOLDS_A_SLOT = "('PENDING', 'RUNNING')"
"""The types of states in which a run counts for the limits of its queue and pool."""


def insert_work_pool(conn: Connection, pool: WorkPool) -> bool:
    """Record a new pool; whether its name was free."""
    row = (
        str(pool.id),
        pool.name,
        pool.type,
        pool.description,
        json_text(pool.base_job_template),
        pool.is_paused,
        pool.concurrency_limit,
        identity(pool.default_queue_id),
        pool.status,
        json_text(pool.storage_configuration),
        moment(pool.created),
        moment(pool.updated),
    )
    marks = ", ".join("?" * len(row))
    sql = f"INSERT INTO work_pool ({POOL_COLUMNS}) VALUES ({marks}) ON CONFLICT DO NOTHING"
    return conn.change(sql, row) > 0


def read_work_pool(conn: Connection, name: str) -> WorkPool | None:
    """The pool of that name, or None."""
    rows = conn.execute(f"SELECT {POOL_COLUMNS} FROM work_pool WHERE name = ?", (name,))
    return _pool(rows[0]) if rows else None


def list_work_pools(conn: Connection, *, limit: int, offset: int = 0) -> list[WorkPool]:
    """Pools by name."""
    rows = conn.execute(f"SELECT {POOL_COLUMNS} FROM work_pool ORDER BY name LIMIT ? OFFSET ?", (limit, offset))
    return [_pool(row) for row in rows]


def update_work_pool(conn: Connection, name: str, changes: dict[str, Any], *, now: datetime) -> bool:
    """Change some columns of a pool; whether there is one."""
    return _update(conn, "work_pool", "name = ?", (name,), changes, now)


def delete_work_pool(conn: Connection, name: str) -> bool:
    """Remove a pool with its queues and workers; whether there was one."""
    return conn.change("DELETE FROM work_pool WHERE name = ?", (name,)) > 0


def insert_work_queue(conn: Connection, queue: WorkQueue) -> bool:
    """Record a new queue; whether its name was free in its pool."""
    row = (
        str(queue.id),
        str(queue.work_pool_id),
        queue.name,
        queue.description,
        queue.is_paused,
        queue.concurrency_limit,
        queue.priority,
        queue.status,
        moment(queue.last_polled),
        moment(queue.created),
        moment(queue.updated),
    )
    marks = ", ".join("?" * len(row))
    sql = f"INSERT INTO work_queue ({QUEUE_COLUMNS}) VALUES ({marks}) ON CONFLICT DO NOTHING"
    return conn.change(sql, row) > 0


def read_work_queue(conn: Connection, pool_id: UUID, name: str) -> WorkQueue | None:
    """The queue of that name in a pool, or None."""
    sql = f"SELECT {QUEUE_COLUMNS} FROM work_queue WHERE work_pool_id = ? AND name = ?"
    rows = conn.execute(sql, (str(pool_id), name))
    return _queue(rows[0]) if rows else None


def list_work_queues(conn: Connection, pool_id: UUID) -> list[WorkQueue]:
    """A pool's queues in the order in which they are served."""
    sql = f"SELECT {QUEUE_COLUMNS} FROM work_queue WHERE work_pool_id = ? ORDER BY priority, name"
    return [_queue(row) for row in conn.execute(sql, (str(pool_id),))]


def update_work_queue(conn: Connection, pool_id: UUID, name: str, changes: dict[str, Any], *, now: datetime) -> bool:
    """Change some columns of a queue; whether there is one."""
    return _update(conn, "work_queue", "work_pool_id = ? AND name = ?", (str(pool_id), name), changes, now)


def delete_work_queue(conn: Connection, pool_id: UUID, name: str) -> bool:
    """Remove a queue; whether there was one."""
    return conn.change("DELETE FROM work_queue WHERE work_pool_id = ? AND name = ?", (str(pool_id), name)) > 0


def queue_places(conn: Connection, deployment_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """For deployments that have a queue: the names of its pool and of itself."""
    if not deployment_ids:
        return {}
    rows = conn.execute(
        "SELECT d.id, p.name, q.name FROM deployment d JOIN work_queue q ON q.id = d.work_queue_id "
        f"JOIN work_pool p ON p.id = q.work_pool_id WHERE d.id IN ({', '.join('?' * len(deployment_ids))})",
        [str(id) for id in deployment_ids],
    )
    return {must_read_identity(row[0]): (row[1], row[2]) for row in rows}


def slots_in_use(conn: Connection, pool_id: UUID) -> dict[UUID, int]:
    """How many runs of each queue of a pool have been claimed or are running."""
    rows = conn.execute(
        "SELECT q.id, COUNT(*) FROM flow_run r JOIN work_queue q ON q.id = r.work_queue_id "
        f"WHERE q.work_pool_id = ? AND r.state_type IN {HOLDS_A_SLOT} GROUP BY q.id",
        (str(pool_id),),
    )
    return {must_read_identity(row[0]): int(row[1]) for row in rows}


def due_in_queue(conn: Connection, queue_id: UUID, *, before: datetime, limit: int) -> list[UUID]:
    """The runs that wait in a queue and are due, the longest due first."""
    return _due(conn, "work_queue_id = ?", [str(queue_id)], before, limit)


def due_of_deployments(conn: Connection, deployment_ids: Sequence[UUID], *, before: datetime, limit: int) -> list[UUID]:
    """The runs of some deployments that are due, the longest due first."""
    if not deployment_ids:
        return []
    marks = ", ".join("?" * len(deployment_ids))
    return _due(conn, f"deployment_id IN ({marks})", [str(id) for id in deployment_ids], before, limit)


def _due(conn: Connection, place: str, values: list[str], before: datetime, limit: int) -> list[UUID]:
    rows = conn.execute(
        f"SELECT id FROM flow_run WHERE {place} AND state_type = 'SCHEDULED' AND next_scheduled_start_time <= ? "
        "ORDER BY next_scheduled_start_time, id LIMIT ?",
        (*values, moment(before), limit),
    )
    return [must_read_identity(row[0]) for row in rows]


def next_due(conn: Connection, *, after: datetime) -> datetime | None:
    """When the next scheduled run of a deployment is due after a moment, or None."""
    rows = conn.execute(
        "SELECT MIN(next_scheduled_start_time) FROM flow_run "
        "WHERE next_scheduled_start_time > ? AND state_type = 'SCHEDULED'",
        (moment(after),),
    )
    return read_moment(rows[0][0])


def ensure_queue(
    conn: Connection, pool: WorkPool, queue_name: str = DEFAULT_QUEUE, *, id: UUID, now: datetime
) -> WorkQueue:
    """The queue of that name in a pool, made where it is not there; `id` names a new one."""
    others = list_work_queues(conn, pool.id)
    lowest = max((queue.priority for queue in others), default=0)
    insert_work_queue(conn, WorkQueue(id, pool.id, queue_name, priority=lowest + 1, created=now, updated=now))
    queue = read_work_queue(conn, pool.id, queue_name)
    assert queue is not None
    if pool.default_queue_id is None:
        pool.default_queue_id = queue.id
        conn.execute("UPDATE work_pool SET default_queue_id = ? WHERE id = ?", (str(queue.id), str(pool.id)))
    return queue


def _update(
    conn: Connection, table: str, place: str, values: Sequence[str], changes: dict[str, Any], now: datetime
) -> bool:
    written = {column: json_text(value) if isinstance(value, dict) else value for column, value in changes.items()}
    news = ", ".join(f"{column} = ?" for column in (*written, "updated"))
    announce(conn)
    return conn.change(f"UPDATE {table} SET {news} WHERE {place}", (*written.values(), moment(now), *values)) > 0


def _pool(row: tuple[Any, ...]) -> WorkPool:
    return WorkPool(
        id=must_read_identity(row[0]),
        name=row[1],
        type=row[2],
        description=row[3],
        base_job_template=read_json(row[4]),
        is_paused=bool(row[5]),
        concurrency_limit=row[6],
        default_queue_id=read_identity(row[7]),
        status=row[8],
        storage_configuration=read_json(row[9]),
        created=read_moment(row[10]),
        updated=read_moment(row[11]),
    )


def _queue(row: tuple[Any, ...]) -> WorkQueue:
    return WorkQueue(
        id=must_read_identity(row[0]),
        work_pool_id=must_read_identity(row[1]),
        name=row[2],
        description=row[3],
        is_paused=bool(row[4]),
        concurrency_limit=row[5],
        priority=row[6],
        status=row[7],
        last_polled=read_moment(row[8]),
        created=read_moment(row[9]),
        updated=read_moment(row[10]),
    )
