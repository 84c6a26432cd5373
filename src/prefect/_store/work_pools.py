"""Work pools and their queues, and the runs that wait in them. Workers are in `workers.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.work_pools import DEFAULT_QUEUE, WorkPool, WorkQueue
from prefect._store.conditions import where
from prefect._store.connection import Connection
from prefect._store.values import identity, json_text, moment, must_read_identity, read_identity, read_json, read_moment
from prefect._store.watching import announce

POOL_COLUMNS = (
    "id, name, type, description, base_job_template, is_paused, concurrency_limit, default_queue_id, "
    "storage_configuration, alive_until, created, updated"
)
QUEUE_COLUMNS = (
    "id, work_pool_id, name, description, is_paused, concurrency_limit, priority, filter, last_polled, created, updated"
)
HOLDS_A_SLOT = "('PENDING', 'RUNNING')"
"""The types of states in which a run counts for the limits of its queue and pool."""


class Place(NamedTuple):
    """Where the runs of a deployment wait."""

    pool_name: str
    queue_name: str
    last_polled: datetime | None


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
        json_text(pool.storage_configuration),
        moment(pool.alive_until),
        moment(pool.created),
        moment(pool.updated),
    )
    marks = ", ".join("?" * len(row))
    sql = f"INSERT INTO work_pool ({POOL_COLUMNS}, status) VALUES ({marks}, 'NOT_READY') ON CONFLICT DO NOTHING"
    return conn.change(sql, row) > 0


def read_work_pool(conn: Connection, name: str) -> WorkPool | None:
    """The pool of that name, or None."""
    rows = conn.execute(f"SELECT {POOL_COLUMNS} FROM work_pool WHERE name = ?", (name,))
    return _pool(rows[0]) if rows else None


def read_work_pool_by_id(conn: Connection, pool_id: UUID) -> WorkPool | None:
    """The pool with that id, or None."""
    rows = conn.execute(f"SELECT {POOL_COLUMNS} FROM work_pool WHERE id = ?", (str(pool_id),))
    return _pool(rows[0]) if rows else None


def lock_work_pool(conn: Connection, name: str) -> WorkPool | None:
    """The pool of that name, kept for this transaction alone; call it in a write transaction."""
    rows = conn.execute(f"SELECT {POOL_COLUMNS} FROM work_pool WHERE name = ?{conn.for_update}", (name,))
    return _pool(rows[0]) if rows else None


def list_work_pools(conn: Connection, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING) -> list[WorkPool]:
    """Pools by name."""
    meant, values = where(filter, conn.dialect)
    sql = f"SELECT {POOL_COLUMNS} FROM work_pool WHERE {meant} ORDER BY name LIMIT ? OFFSET ?"
    return [_pool(row) for row in conn.execute(sql, (*values, limit, offset))]


def count_work_pools(conn: Connection, filter: Filter = EVERYTHING) -> int:
    """How many pools are meant."""
    meant, values = where(filter, conn.dialect)
    return int(conn.execute(f"SELECT COUNT(*) FROM work_pool WHERE {meant}", values)[0][0])


def update_work_pool(conn: Connection, name: str, changes: dict[str, Any], *, now: datetime) -> bool:
    """Change some columns of a pool; whether there is one."""
    return _update(conn, "work_pool", "name = ?", (name,), changes, now)


def pool_of_queue(conn: Connection, queue_id: UUID) -> WorkPool | None:
    """The pool of a queue, or None."""
    queue = read_work_queue_by_id(conn, queue_id)
    return read_work_pool_by_id(conn, queue.work_pool_id) if queue is not None else None


def delete_work_pool(conn: Connection, name: str) -> bool:
    """Remove a pool with its queues and workers; whether there was one."""
    return conn.change("DELETE FROM work_pool WHERE name = ?", (name,)) > 0


def keep_alive(conn: Connection, pool_id: UUID, until: datetime) -> None:
    """Remember that somebody looks after a pool, until a moment at least."""
    conn.execute(
        "UPDATE work_pool SET alive_until = ? WHERE id = ? AND (alive_until IS NULL OR alive_until < ?)",
        (moment(until), str(pool_id), moment(until)),
    )


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
        None if queue.filter is None else json_text(queue.filter),
        moment(queue.last_polled),
        moment(queue.created),
        moment(queue.updated),
    )
    marks = ", ".join("?" * len(row))
    sql = f"INSERT INTO work_queue ({QUEUE_COLUMNS}, status) VALUES ({marks}, 'NOT_READY') ON CONFLICT DO NOTHING"
    return conn.change(sql, row) > 0


def read_work_queue(conn: Connection, pool_id: UUID, name: str) -> WorkQueue | None:
    """The queue of that name in a pool, or None."""
    sql = f"SELECT {QUEUE_COLUMNS} FROM work_queue WHERE work_pool_id = ? AND name = ?"
    rows = conn.execute(sql, (str(pool_id), name))
    return _queue(rows[0]) if rows else None


def read_work_queue_by_id(conn: Connection, queue_id: UUID) -> WorkQueue | None:
    """The queue with that id, or None."""
    rows = conn.execute(f"SELECT {QUEUE_COLUMNS} FROM work_queue WHERE id = ?", (str(queue_id),))
    return _queue(rows[0]) if rows else None


def list_work_queues(conn: Connection, pool_id: UUID) -> list[WorkQueue]:
    """A pool's queues in the order in which they are served."""
    sql = f"SELECT {QUEUE_COLUMNS} FROM work_queue WHERE work_pool_id = ? ORDER BY priority, name"
    return [_queue(row) for row in conn.execute(sql, (str(pool_id),))]


def find_work_queues(
    conn: Connection, *, pool_id: UUID | None = None, filter: Filter = EVERYTHING, limit: int, offset: int = 0
) -> list[tuple[WorkQueue, str]]:
    """Queues with the names of their pools, in the order in which they are served."""
    meant, values = where(filter, conn.dialect, "q.")
    columns = ", ".join(f"q.{column}" for column in QUEUE_COLUMNS.split(", "))
    pool, of_pool = ("", []) if pool_id is None else (" AND q.work_pool_id = ?", [str(pool_id)])
    rows = conn.execute(
        f"SELECT {columns}, p.name FROM work_queue q JOIN work_pool p ON p.id = q.work_pool_id WHERE {meant}{pool} "
        "ORDER BY p.name, q.priority, q.name LIMIT ? OFFSET ?",
        (*values, *of_pool, limit, offset),
    )
    return [(_queue(row[:-1]), row[-1]) for row in rows]


def update_work_queue(conn: Connection, queue_id: UUID, changes: dict[str, Any], *, now: datetime) -> bool:
    """Change some columns of a queue; whether there is one."""
    return _update(conn, "work_queue", "id = ?", (str(queue_id),), changes, now)


def delete_work_queue(conn: Connection, queue_id: UUID) -> bool:
    """Remove a queue; whether there was one."""
    return conn.change("DELETE FROM work_queue WHERE id = ?", (str(queue_id),)) > 0


def make_room(conn: Connection, pool_id: UUID, priority: int) -> None:
    """Move the queues from a priority on back by one."""
    sql = "UPDATE work_queue SET priority = priority + 1 WHERE work_pool_id = ? AND priority >= ?"
    conn.execute(sql, (str(pool_id), priority))


def touch_queues(conn: Connection, queue_ids: Sequence[UUID], *, now: datetime) -> None:
    """Remember that somebody asks for the runs of these queues."""
    if queue_ids:
        marks = ", ".join("?" * len(queue_ids))
        conn.execute(
            f"UPDATE work_queue SET last_polled = ? WHERE id IN ({marks})",
            (moment(now), *(str(id) for id in queue_ids)),
        )


def places_of(conn: Connection, deployment_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Where the runs of deployments wait, for those that have a queue."""
    if not deployment_ids:
        return {}
    rows = conn.execute(
        "SELECT d.id, p.name, q.name, q.last_polled FROM deployment d JOIN work_queue q ON q.id = d.work_queue_id "
        f"JOIN work_pool p ON p.id = q.work_pool_id WHERE d.id IN ({', '.join('?' * len(deployment_ids))})",
        [str(id) for id in deployment_ids],
    )
    return {must_read_identity(row[0]): Place(row[1], row[2], read_moment(row[3])) for row in rows}


def slots_in_use(conn: Connection, pool_id: UUID) -> dict[UUID, int]:
    """How many runs of each queue of a pool have been claimed or are running."""
    rows = conn.execute(
        "SELECT q.id, COUNT(*) FROM flow_run r JOIN work_queue q ON q.id = r.work_queue_id "
        f"WHERE q.work_pool_id = ? AND r.state_type IN {HOLDS_A_SLOT} GROUP BY q.id",
        (str(pool_id),),
    )
    return {must_read_identity(row[0]): int(row[1]) for row in rows}


def slot_holders(conn: Connection, queue_id: UUID, *, limit: int, offset: int = 0) -> list[UUID]:
    """The runs of a queue that have been claimed or are running, the longest first."""
    rows = conn.execute(
        f"SELECT id FROM flow_run WHERE work_queue_id = ? AND state_type IN {HOLDS_A_SLOT} "
        "ORDER BY state_timestamp, id LIMIT ? OFFSET ?",
        (str(queue_id), limit, offset),
    )
    return [must_read_identity(row[0]) for row in rows]


class Window(NamedTuple):
    """The times between which runs are looked for: until the first, and from the second on.

    With `taking`, they are kept for this transaction alone, and those that another one is about to take are left out.
    """

    before: datetime
    after: datetime | None = None
    taking: bool = False


def due_in_queue(conn: Connection, queue_id: UUID, window: Window, *, limit: int) -> list[UUID]:
    """The runs that wait in a queue and are due, the longest due first."""
    return _due(conn, "work_queue_id = ?", [str(queue_id)], window, limit)


def due_of_deployments(conn: Connection, deployment_ids: Sequence[UUID], window: Window, *, limit: int) -> list[UUID]:
    """The runs of some deployments that are due, the longest due first."""
    if not deployment_ids:
        return []
    marks = ", ".join("?" * len(deployment_ids))
    return _due(conn, f"deployment_id IN ({marks})", [str(id) for id in deployment_ids], window, limit)


def _due(conn: Connection, place: str, values: list[str], window: Window, limit: int) -> list[UUID]:
    """Those that no process is about to try again by itself; a run of a backfill is due since it was made."""
    on_postgres = conn.dialect == "postgresql"
    of_backfill = "EXISTS (SELECT 1 FROM backfill_slot b WHERE b.flow_run_id = flow_run.id)"
    policy = "empirical_policy ->> 'retry_type'" if on_postgres else "json_extract(empirical_policy, '$.retry_type')"
    from_then_on = [] if window.after is None else [moment(window.after)]
    rows = conn.execute(
        f"SELECT id FROM flow_run WHERE {place} AND state_type = 'SCHEDULED' AND next_scheduled_start_time <= ? "
        f"{'AND next_scheduled_start_time >= ? ' * len(from_then_on)}AND COALESCE({policy}, '') <> 'in_process' "
        f"ORDER BY CASE WHEN {of_backfill} THEN created ELSE expected_start_time END, next_scheduled_start_time, id "
        "LIMIT ?"
        f"{' FOR UPDATE SKIP LOCKED' if on_postgres and window.taking else ''}",
        (*values, moment(window.before), *from_then_on, limit),
    )
    return [must_read_identity(row[0]) for row in rows]


def late_in_queue(conn: Connection, queue_id: UUID) -> int:
    """How many runs of a queue are late."""
    sql = "SELECT COUNT(*) FROM flow_run WHERE work_queue_id = ? AND state_type = 'SCHEDULED' AND state_name = 'Late'"
    return int(conn.execute(sql, (str(queue_id),))[0][0])


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
    known = read_work_queue(conn, pool.id, queue_name)
    if known is None:
        lowest = max((queue.priority for queue in list_work_queues(conn, pool.id)), default=0)
        insert_work_queue(conn, WorkQueue(id, pool.id, queue_name, priority=lowest + 1, created=now, updated=now))
        known = read_work_queue(conn, pool.id, queue_name)
    assert known is not None
    if pool.default_queue_id is None:
        pool.default_queue_id = known.id
        conn.execute("UPDATE work_pool SET default_queue_id = ? WHERE id = ?", (str(known.id), str(pool.id)))
    return known


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
        storage_configuration=read_json(row[8]),
        alive_until=read_moment(row[9]),
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
        filter=read_json(row[7]),
        last_polled=read_moment(row[8]),
        created=read_moment(row[9]),
        updated=read_moment(row[10]),
    )
