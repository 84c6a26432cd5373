"""Concurrency limits and their slots as recorded. How many slots are taken is counted, never kept in a number.

The slot of a flow run counts while the run is in a state that needs one, whatever became of the process that took it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.concurrency import CollisionStrategy, ConcurrencyLimit, ConcurrencyOptions
from prefect._store.database import Connection
from prefect._store.values import moment, must_read_identity, read_identity, read_json, read_moment

FLOW_RUN = "flow_run"
"""The kind of holder whose slot is bound to its state."""
WHILE_IT_RUNS = datetime(9999, 12, 31, tzinfo=timezone.utc)
"""The end of a slot that its holder gives back."""
COLUMNS = "id, name, slots, active, slot_decay_per_second, avg_slot_occupancy_seconds, created, updated"
TAKEN = (
    "s.expires_at > ? AND (s.holder_type IS NULL OR s.holder_type <> 'flow_run' OR EXISTS (SELECT 1 FROM flow_run r "
    "WHERE r.id = s.holder_id AND r.state_type IN ('PENDING', 'RUNNING', 'CANCELLING')))"
)
"""Whether a slot `s` is taken at a moment."""


class LimitOf(NamedTuple):
    """The limit that a deployment has, and how it is kept."""

    limit_id: UUID | None
    options: ConcurrencyOptions


def read_limit_of(conn: Connection, deployment_id: UUID) -> LimitOf | None:
    """The limit of the deployment with that id; None where there is no such deployment."""
    sql = "SELECT concurrency_limit_id, concurrency_options FROM deployment WHERE id = ?"
    rows = conn.execute(sql, (str(deployment_id),))
    if not rows:
        return None
    return LimitOf(read_identity(rows[0][0]), read_options(read_json(rows[0][1])) or ConcurrencyOptions())


def read_options(held: dict[str, Any] | None) -> ConcurrencyOptions | None:
    """How a deployment's limit is kept, as its column says."""
    if held is None:
        return None
    return ConcurrencyOptions(CollisionStrategy(held["collision_strategy"]), held.get("grace_period_seconds"))


def write_limit(conn: Connection, limit: ConcurrencyLimit) -> ConcurrencyLimit:
    """Record a limit; where there is one of that name, that one takes its number of slots and keeps its id."""
    conn.execute(
        f"INSERT INTO concurrency_limit_v2 ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, updated = excluded.updated",
        (
            str(limit.id),
            limit.name,
            limit.limit,
            limit.active,
            limit.slot_decay_per_second,
            limit.avg_slot_occupancy_seconds,
            moment(limit.created),
            moment(limit.updated),
        ),
    )
    rows = conn.execute(f"SELECT {COLUMNS} FROM concurrency_limit_v2 WHERE name = ?", (limit.name,))
    return _limit(rows[0], 0)


def delete_limit(conn: Connection, name: str) -> bool:
    """Remove the limit of that name with its slots; whether there was one."""
    return conn.change("DELETE FROM concurrency_limit_v2 WHERE name = ?", (name,)) > 0


def read_limits(conn: Connection, limit_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, ConcurrencyLimit]:
    """Some limits by their ids, with how many of their slots are taken."""
    ids = [str(id) for id in limit_ids]
    if not ids:
        return {}
    active = f"(SELECT COALESCE(SUM(s.slots), 0) FROM concurrency_slot s WHERE s.limit_id = l.id AND {TAKEN})"
    columns = ", ".join(f"l.{column}" for column in COLUMNS.split(", "))
    marks = ", ".join("?" * len(ids))
    rows = conn.execute(
        f"SELECT {columns}, {active} FROM concurrency_limit_v2 l WHERE l.id IN ({marks})", (moment(now), *ids)
    )
    return {limit.id: limit for limit in (_limit(row[:-1], int(row[-1])) for row in rows)}


def lock_limits(conn: Connection, deployment_ids: Sequence[UUID]) -> None:
    """Keep the limits of some deployments for this transaction alone, in one order for everybody."""
    if conn.dialect == "postgresql" and deployment_ids:
        marks = ", ".join("?" * len(deployment_ids))
        conn.execute(
            "SELECT id FROM concurrency_limit_v2 WHERE id IN (SELECT concurrency_limit_id FROM deployment "
            f"WHERE id IN ({marks})) ORDER BY id FOR UPDATE",
            [str(id) for id in deployment_ids],
        )


def take_slot(
    conn: Connection, slot_id: UUID, limit_id: UUID, flow_run_id: UUID, *, now: datetime, until: datetime
) -> None:
    """Take a slot for a flow run."""
    conn.execute(
        "INSERT INTO concurrency_slot (id, created, limit_id, slots, holder_type, holder_id, expires_at) "
        "VALUES (?, ?, ?, 1, ?, ?, ?)",
        (str(slot_id), moment(now), str(limit_id), FLOW_RUN, str(flow_run_id), moment(until)),
    )


def bind_slot(conn: Connection, flow_run_id: UUID) -> None:
    """Let a run's slot last for as long as the run needs it."""
    sql = "UPDATE concurrency_slot SET expires_at = ? WHERE holder_id = ? AND holder_type = 'flow_run'"
    conn.execute(sql, (moment(WHILE_IT_RUNS), str(flow_run_id)))


def holds_slot(conn: Connection, limit_id: UUID, flow_run_id: UUID, *, now: datetime) -> bool:
    """Whether a run has a slot of a limit."""
    sql = f"SELECT 1 FROM concurrency_slot s WHERE s.limit_id = ? AND s.holder_id = ? AND {TAKEN}"
    return bool(conn.execute(sql, (str(limit_id), str(flow_run_id), moment(now))))


def free_slots(conn: Connection, flow_run_id: UUID) -> list[UUID]:
    """Give back what a run has taken; the limits that have room again."""
    rows = conn.execute(
        "DELETE FROM concurrency_slot WHERE holder_id = ? AND holder_type = 'flow_run' RETURNING limit_id",
        (str(flow_run_id),),
    )
    return [must_read_identity(row[0]) for row in rows]


def longest_waiting(conn: Connection, limit_id: UUID, count: int) -> list[UUID]:
    """The runs that wait for a slot of a limit, the longest due first."""
    rows = conn.execute(
        "SELECT r.id FROM flow_run r JOIN deployment d ON d.id = r.deployment_id "
        "WHERE d.concurrency_limit_id = ? AND r.state_type = 'SCHEDULED' AND r.state_name = 'AwaitingConcurrencySlot' "
        "ORDER BY r.expected_start_time, r.created, r.id LIMIT ?",
        (str(limit_id), count),
    )
    return [must_read_identity(row[0]) for row in rows]


def _limit(row: tuple[Any, ...], active_slots: int) -> ConcurrencyLimit:
    return ConcurrencyLimit(
        id=must_read_identity(row[0]),
        name=row[1],
        limit=row[2],
        active=bool(row[3]),
        slot_decay_per_second=row[4],
        avg_slot_occupancy_seconds=row[5],
        created=read_moment(row[6]),
        updated=read_moment(row[7]),
        active_slots=active_slots,
    )
