"""Task workers, and the task runs that they have claimed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from prefect._domain.task_workers import TaskWorker
from prefect._store.connection import Connection, Row
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

ENDED = "('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')"


def write_task_worker(conn: Connection, worker: TaskWorker) -> None:
    """Note that a worker was heard of."""
    conn.execute(
        "INSERT INTO task_worker (id, task_keys, heard_at, expires_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET task_keys = excluded.task_keys, heard_at = excluded.heard_at, "
        "expires_at = excluded.expires_at",
        (worker.id, json_text(list(worker.task_keys)), moment(worker.heard_at), moment(worker.expires_at)),
    )


def read_task_worker(conn: Connection, id: str) -> TaskWorker | None:
    """The worker with that id, or None."""
    rows = conn.execute("SELECT id, task_keys, heard_at, expires_at FROM task_worker WHERE id = ?", (id,))
    return _worker(rows[0]) if rows else None


def living_task_workers(conn: Connection, *, now: datetime) -> list[TaskWorker]:
    """The workers that are believed to be alive."""
    sql = "SELECT id, task_keys, heard_at, expires_at FROM task_worker WHERE expires_at >= ? ORDER BY id"
    return [_worker(row) for row in conn.execute(sql, (moment(now),))]


def spare_task_workers(conn: Connection, until: datetime) -> None:
    """Believe every worker until then at least."""
    conn.execute("UPDATE task_worker SET expires_at = ? WHERE expires_at < ?", (moment(until), moment(until)))


def drop_idle_task_worker(conn: Connection, id: str) -> None:
    """Forget a worker, unless it has runs."""
    conn.execute(
        "DELETE FROM task_worker WHERE id = ? AND NOT EXISTS (SELECT 1 FROM task_run_claim c WHERE c.worker_id = ?)",
        (id, id),
    )


def waiting_task_runs(conn: Connection, task_keys: Collection[str], *, now: datetime, limit: int) -> list[UUID]:
    """The runs of some tasks that are due and that nobody has claimed, those first that wait longest."""
    marks = ", ".join("?" * len(task_keys))
    rows = conn.execute(
        "SELECT r.id FROM task_run r WHERE r.flow_run_id IS NULL AND r.state_type = 'SCHEDULED' "
        f"AND r.task_key IN ({marks}) AND r.state_name = 'Scheduled' "
        "AND (r.next_scheduled_start_time IS NULL OR r.next_scheduled_start_time <= ?) "
        "AND NOT EXISTS (SELECT 1 FROM task_run_claim c WHERE c.task_run_id = r.id) "
        "ORDER BY r.next_scheduled_start_time, r.id LIMIT ?",
        (*task_keys, moment(now), limit),
    )
    return [must_read_identity(row[0]) for row in rows]


def claim_task_run(conn: Connection, task_run_id: UUID, worker_id: str) -> bool:
    """Claim a run for a worker; whether nobody else had."""
    sql = "INSERT INTO task_run_claim (task_run_id, worker_id) VALUES (?, ?) ON CONFLICT (task_run_id) DO NOTHING"
    return conn.change(sql, (str(task_run_id), worker_id)) > 0


def claims_not_begun(conn: Connection, worker_id: str) -> list[UUID]:
    """The runs that a worker has claimed and that have not begun."""
    rows = conn.execute(
        "SELECT c.task_run_id FROM task_run_claim c JOIN task_run r ON r.id = c.task_run_id "
        "WHERE c.worker_id = ? AND r.state_type = 'SCHEDULED'",
        (worker_id,),
    )
    return [must_read_identity(row[0]) for row in rows]


def lost_claims(conn: Connection, *, now: datetime) -> list[UUID]:
    """The claimed runs whose worker is not believed to be alive any more."""
    rows = conn.execute(
        "SELECT c.task_run_id FROM task_run_claim c WHERE NOT EXISTS "
        "(SELECT 1 FROM task_worker w WHERE w.id = c.worker_id AND w.expires_at >= ?)",
        (moment(now),),
    )
    return [must_read_identity(row[0]) for row in rows]


def drop_claim(conn: Connection, task_run_id: UUID) -> None:
    """Let a run go."""
    conn.execute("DELETE FROM task_run_claim WHERE task_run_id = ?", (str(task_run_id),))


def drop_ended_claims(conn: Connection, worker_id: str) -> None:
    """Let a worker's runs go that have ended."""
    conn.execute(
        "DELETE FROM task_run_claim WHERE worker_id = ? AND task_run_id IN "
        f"(SELECT r.id FROM task_run r WHERE r.id = task_run_id AND r.state_type IN {ENDED})",
        (worker_id,),
    )


def _worker(row: Row) -> TaskWorker:
    heard_at, expires_at = read_moment(row[2]), read_moment(row[3])
    assert heard_at is not None
    assert expires_at is not None
    return TaskWorker(row[0], read_json(row[1]), heard_at, expires_at)
