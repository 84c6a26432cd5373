"""Hooks of runs that ended with their process, which wait for somebody to call them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_identity

Place = Literal["work_queue_id", "deployment_id"]


def leave_hooks(conn: Connection, flow_run_id: UUID, *, until: datetime) -> None:
    """Have the hooks of an ended run wait for somebody to call them, where it belongs to a deployment."""
    conn.execute(
        "INSERT INTO missed_hooks (flow_run_id, epoch, expires_at) "
        "SELECT id, epoch, ? FROM flow_run WHERE id = ? AND deployment_id IS NOT NULL "
        "ON CONFLICT (flow_run_id) DO UPDATE SET epoch = excluded.epoch, expires_at = excluded.expires_at",
        (moment(until), str(flow_run_id)),
    )


def hooks_wait(conn: Connection) -> bool:
    """Whether hooks of any run wait to be called."""
    return bool(conn.execute("SELECT 1 FROM missed_hooks LIMIT 1"))


def take_hooks(conn: Connection, place: Place, ids: Sequence[UUID], *, limit: int) -> list[UUID]:
    """Take the hooks of runs in some places to call them; nobody else gets them.

    A run that somebody has started again since has others to call its hooks.
    """
    if not ids:
        return []
    waiting = (
        "SELECT h.flow_run_id FROM missed_hooks h JOIN flow_run r ON r.id = h.flow_run_id AND r.epoch = h.epoch "
        f"WHERE r.state_type IN ('CRASHED', 'CANCELLED') AND r.{place} IN ({', '.join('?' * len(ids))}) LIMIT ?"
    )
    rows = conn.execute(
        f"DELETE FROM missed_hooks WHERE flow_run_id IN ({waiting}) RETURNING flow_run_id", (*map(str, ids), limit)
    )
    return [must_read_identity(row[0]) for row in rows]


def drop_expired_hooks(conn: Connection, now: datetime) -> None:
    """Let be what nobody came to call."""
    conn.execute("DELETE FROM missed_hooks WHERE expires_at < ?", (moment(now),))
