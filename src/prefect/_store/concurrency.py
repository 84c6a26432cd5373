"""Concurrency limits and their slots as recorded. How many slots are taken is counted, never kept in a number.

A slot counts until its lease is over. That of a flow run counts while the run is in a state that needs one, and that of
a task run until the run has ended, whatever became of the process that took it. Slots that were taken to keep to a pace
end one after another. Who waits for slots stands in `waiters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.concurrency import (
    CollisionStrategy,
    ConcurrencyLimit,
    ConcurrencyOptions,
    Holder,
    SlotKind,
    Taker,
    decayed,
)
from prefect._store.connection import Connection
from prefect._store.values import (
    identity,
    moment,
    must_read_identity,
    must_read_moment,
    read_identity,
    read_json,
    read_moment,
)

FLOW_RUN = "flow_run"
"""The kind of holder of a deployment's slots."""
UNTIL_RETURNED = datetime(9999, 12, 31, tzinfo=timezone.utc)
"""The end of a slot that its holder gives back."""
COLUMNS = "id, name, slots, active, slot_decay_per_second, avg_slot_occupancy_seconds, created, updated"
TAKEN = (
    "s.kind <> 'decay' AND s.expires_at > ? AND (s.kind <> 'run' OR (s.holder_type = 'flow_run' AND EXISTS "
    "(SELECT 1 FROM flow_run r WHERE r.id = s.holder_id AND r.state_type IN ('PENDING', 'RUNNING', 'CANCELLING'))) "
    "OR (s.holder_type = 'task_run' AND NOT EXISTS (SELECT 1 FROM task_run r WHERE r.id = s.holder_id "
    "AND r.state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'))))"
)
"""Whether a slot `s` is held at a moment."""
ACTIVE = (
    f"SELECT {', '.join(f'l.{column}' for column in COLUMNS.split(', '))}, "
    f"(SELECT COALESCE(SUM(s.slots), 0) FROM concurrency_slot s WHERE s.limit_id = l.id AND {TAKEN}), "
    "(SELECT MAX(s.expires_at) FROM concurrency_slot s WHERE s.limit_id = l.id AND s.kind = 'decay' "
    "AND s.expires_at > ?) FROM concurrency_limit_v2 l"
)
"""Limits with how many of their slots are held at a moment, and when the last of those ends that end by time."""
SLOT_COLUMNS = "id, created, limit_id, lease_id, slots, kind, process, holder_type, holder_id, expires_at"


class LimitsWanted(NamedTuple):
    """Limits whose names begin with one text, not with another, and have a third in them, whatever its case."""

    prefix: str = ""
    without: str = ""
    like: str = ""


EVERY = LimitsWanted()


class Slot(NamedTuple):
    """Slots of one limit that were taken together."""

    id: UUID
    created: datetime
    limit_id: UUID
    lease_id: UUID
    slots: int
    kind: SlotKind
    taker: Taker
    expires_at: datetime


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
        _row(limit),
    )
    rows = conn.execute(f"SELECT {COLUMNS} FROM concurrency_limit_v2 WHERE name = ?", (limit.name,))
    return _limit(rows[0])


def insert_limit(conn: Connection, limit: ConcurrencyLimit) -> bool:
    """Add a limit; False where its name is taken."""
    sql = f"INSERT INTO concurrency_limit_v2 ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return conn.change(sql, _row(limit)) > 0


def replace_limit(conn: Connection, limit: ConcurrencyLimit) -> None:
    """Give the limit of that id this name, number of slots, pace and activity."""
    conn.execute(
        "UPDATE concurrency_limit_v2 SET name = ?, slots = ?, active = ?, slot_decay_per_second = ?, updated = ? "
        "WHERE id = ?",
        (
            limit.name,
            limit.limit,
            limit.active,
            limit.slot_decay_per_second,
            moment(limit.updated),
            str(limit.id),
        ),
    )


def write_occupancy(conn: Connection, limit_id: UUID, seconds: float) -> None:
    """Record how long slots of a limit are held on average."""
    sql = "UPDATE concurrency_limit_v2 SET avg_slot_occupancy_seconds = ? WHERE id = ?"
    conn.execute(sql, (seconds, str(limit_id)))


def delete_limit(conn: Connection, name: str) -> bool:
    """Remove the limit of that name with its slots; whether there was one."""
    return conn.change("DELETE FROM concurrency_limit_v2 WHERE name = ?", (name,)) > 0


def read_limits(conn: Connection, limit_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, ConcurrencyLimit]:
    """Some limits by their ids, with how many of their slots are taken."""
    ids = [str(id) for id in limit_ids]
    return {limit.id: limit for limit in _limits(conn, f"l.id IN ({_marks(ids)})", ids, now)} if ids else {}


def read_limits_named(conn: Connection, names: Sequence[str], *, now: datetime) -> list[ConcurrencyLimit]:
    """Those limits that there are of some names, with how many of their slots are taken."""
    return _limits(conn, f"l.name IN ({_marks(names)})", names, now) if names else []


def list_limits(
    conn: Connection, wanted: LimitsWanted, *, limit: int, offset: int = 0, now: datetime
) -> list[ConcurrencyLimit]:
    """Those limits that are wanted, by name, with how many of their slots are taken."""
    meant, values = _meant(wanted)
    return _limits(conn, f"{meant} ORDER BY l.name LIMIT ? OFFSET ?", (*values, limit, offset), now)


def count_limits(conn: Connection, wanted: LimitsWanted) -> int:
    """How many limits are wanted."""
    meant, values = _meant(wanted)
    return int(conn.execute(f"SELECT COUNT(*) FROM concurrency_limit_v2 l WHERE {meant}", values)[0][0])


def _meant(wanted: LimitsWanted) -> tuple[str, list[Any]]:
    clauses = ["SUBSTR(l.name, 1, ?) = ?"]
    values: list[Any] = [len(wanted.prefix), wanted.prefix]
    if wanted.without:
        clauses.append("SUBSTR(l.name, 1, ?) <> ?")
        values += [len(wanted.without), wanted.without]
    if wanted.like:
        escaped = wanted.like.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        clauses.append("LOWER(l.name) LIKE ? ESCAPE '!'")
        values.append(f"%{escaped}%")
    return " AND ".join(clauses), values


def names_beginning(conn: Connection, prefix: str) -> list[str]:
    """The names of the active limits that begin in that way."""
    sql = "SELECT name FROM concurrency_limit_v2 WHERE SUBSTR(name, 1, ?) = ? AND active = ?"
    return [name for (name,) in conn.execute(sql, (len(prefix), prefix, True))]


def _limits(conn: Connection, meant: str, values: Sequence[Any], now: datetime) -> list[ConcurrencyLimit]:
    rows = conn.execute(f"{ACTIVE} WHERE {meant}", (moment(now), moment(now), *values))
    return [_with_slots(_limit(row), int(row[8]), read_moment(row[9]), now) for row in rows]


def _with_slots(limit: ConcurrencyLimit, held: int, decays_until: datetime | None, now: datetime) -> ConcurrencyLimit:
    limit.active_slots = held + decayed(decays_until, limit.slot_decay_per_second, now=now)
    limit.decays_until = decays_until
    return limit


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def lock_slots(conn: Connection) -> None:
    """Have the slots for this transaction alone."""
    if conn.dialect == "postgresql":
        conn.execute("SELECT pg_advisory_xact_lock(4201)")


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
    taker = Taker(holder=Holder(FLOW_RUN, flow_run_id))
    insert_slots(conn, [Slot(slot_id, now, limit_id, slot_id, 1, SlotKind.RUN, taker, until)])


def insert_slots(conn: Connection, slots: Sequence[Slot]) -> None:
    """Take slots."""
    if slots:
        conn.insert(
            f"INSERT INTO concurrency_slot ({SLOT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_slot_row(slot) for slot in slots],
        )


def read_lease(conn: Connection, lease_id: UUID) -> list[Slot]:
    """The slots that were taken together under a lease, whether it is over or not."""
    rows = conn.execute(f"SELECT {SLOT_COLUMNS} FROM concurrency_slot WHERE lease_id = ?", (str(lease_id),))
    return [_slot(row) for row in rows]


def held_slots(conn: Connection, limit_ids: Sequence[UUID], *, now: datetime) -> list[Slot]:
    """The slots of some limits that are held, the oldest first."""
    columns = ", ".join(f"s.{column}" for column in SLOT_COLUMNS.split(", "))
    rows = conn.execute(
        f"SELECT {columns} FROM concurrency_slot s WHERE s.limit_id IN ({_marks(limit_ids)}) AND {TAKEN} "
        "ORDER BY s.created, s.id",
        (*map(str, limit_ids), moment(now)),
    )
    return [_slot(row) for row in rows]


def resize_slot(conn: Connection, slot_id: UUID, slots: int) -> None:
    """Let a slot stand for so many."""
    conn.execute("UPDATE concurrency_slot SET slots = ? WHERE id = ?", (slots, str(slot_id)))


def delete_slot(conn: Connection, slot_id: UUID) -> None:
    """End a slot."""
    conn.execute("DELETE FROM concurrency_slot WHERE id = ?", (str(slot_id),))


def end_lease(conn: Connection, lease_id: UUID) -> list[Slot]:
    """End the slots of a lease; those that it had."""
    sql = f"DELETE FROM concurrency_slot WHERE lease_id = ? RETURNING {SLOT_COLUMNS}"
    return [_slot(row) for row in conn.execute(sql, (str(lease_id),))]


def leases_of_process(conn: Connection, beginning: str) -> list[UUID]:
    """The leases of processes whose names begin in that way."""
    sql = "SELECT DISTINCT lease_id FROM concurrency_slot WHERE kind = 'lease' AND SUBSTR(process, 1, ?) = ?"
    return [must_read_identity(lease_id) for (lease_id,) in conn.execute(sql, (len(beginning), beginning))]


def end_slots_of_limit(conn: Connection, limit_id: UUID) -> None:
    """End every slot of a limit."""
    conn.execute("DELETE FROM concurrency_slot WHERE limit_id = ?", (str(limit_id),))


def end_slots_of_holder(conn: Connection, limit_ids: Sequence[UUID], holder: Holder) -> list[Slot]:
    """End the slots of some limits that a run holds; those that it had."""
    sql = (
        f"DELETE FROM concurrency_slot WHERE holder_type = ? AND holder_id = ? AND limit_id IN ({_marks(limit_ids)}) "
        f"RETURNING {SLOT_COLUMNS}"
    )
    return [_slot(row) for row in conn.execute(sql, (holder.type, str(holder.id), *map(str, limit_ids)))]


def end_decaying_slots(conn: Connection, limit_id: UUID) -> None:
    """End the slots of a limit that end by time."""
    conn.execute("DELETE FROM concurrency_slot WHERE limit_id = ? AND kind = 'decay'", (str(limit_id),))


def end_expired_slots(conn: Connection, limit_ids: Sequence[UUID], *, now: datetime) -> None:
    """Remove the slots of some limits whose time is over."""
    sql = f"DELETE FROM concurrency_slot WHERE expires_at <= ? AND limit_id IN ({_marks(limit_ids)})"
    conn.execute(sql, (moment(now), *map(str, limit_ids)))


def renew_lease(conn: Connection, lease_id: UUID, *, now: datetime, ttl: timedelta) -> bool:
    """Lengthen a lease that is not over; whether there was one."""
    sql = "UPDATE concurrency_slot SET expires_at = ? WHERE lease_id = ? AND kind = 'lease' AND expires_at > ?"
    return conn.change(sql, (moment(now + ttl), str(lease_id), moment(now))) > 0


def bind_slot(conn: Connection, flow_run_id: UUID) -> None:
    """Let a run's slot last for as long as the run needs it."""
    sql = "UPDATE concurrency_slot SET expires_at = ? WHERE holder_id = ? AND holder_type = 'flow_run'"
    conn.execute(sql, (moment(UNTIL_RETURNED), str(flow_run_id)))


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


def _row(limit: ConcurrencyLimit) -> tuple[Any, ...]:
    return (
        str(limit.id),
        limit.name,
        limit.limit,
        limit.active,
        limit.slot_decay_per_second,
        limit.avg_slot_occupancy_seconds,
        moment(limit.created),
        moment(limit.updated),
    )


def _limit(row: tuple[Any, ...]) -> ConcurrencyLimit:
    return ConcurrencyLimit(
        id=must_read_identity(row[0]),
        name=row[1],
        limit=row[2],
        active=bool(row[3]),
        slot_decay_per_second=row[4],
        avg_slot_occupancy_seconds=row[5],
        created=read_moment(row[6]),
        updated=read_moment(row[7]),
    )


def _slot_row(slot: Slot) -> tuple[Any, ...]:
    holder = slot.taker.holder
    return (
        str(slot.id),
        moment(slot.created),
        str(slot.limit_id),
        str(slot.lease_id),
        slot.slots,
        slot.kind.value,
        slot.taker.process,
        holder.type if holder is not None else None,
        identity(holder.id) if holder is not None else None,
        moment(slot.expires_at),
    )


def _slot(row: tuple[Any, ...]) -> Slot:
    return Slot(
        id=must_read_identity(row[0]),
        created=must_read_moment(row[1]),
        limit_id=must_read_identity(row[2]),
        lease_id=must_read_identity(row[3]),
        slots=row[4],
        kind=SlotKind(row[5]),
        taker=Taker(row[6], Holder(row[7], must_read_identity(row[8])) if row[7] is not None else None),
        expires_at=must_read_moment(row[9]),
    )
