"""Backfills, and their slots that have been seen to, as recorded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.backfills import Again, Backfill, BackfillStatus, Earlier, Progress, SlotOrder, SlotStatus
from prefect._domain.states import FINAL, StateType
from prefect._store.connection import Connection, Row
from prefect._store.schedules import read_schedule, schedule_fields
from prefect._store.values import (
    identity,
    json_text,
    moment,
    must_read_identity,
    must_read_moment,
    read_identity,
    read_json,
    read_moment,
)
from prefect._store.watching import announce

COLUMNS = (
    "id, deployment_id, name, schedule, schedule_id, starts, ends, slot_order, slots, max_active, parameters, again, "
    "position, status, created, updated, work_queue_name, tags, job_variables"
)
ENDED = f"({', '.join(sorted(repr(type.value) for type in FINAL))})"
FAILED = f"('{StateType.FAILED.value}', '{StateType.CRASHED.value}')"


def write_backfill(conn: Connection, backfill: Backfill) -> None:
    """Record a backfill; one that is known takes the new values."""
    named = COLUMNS.split(", ")
    marks = ", ".join("?" * len(named))
    news = ", ".join(f"{column} = excluded.{column}" for column in named[2:] if column != "created")
    conn.execute(
        f"INSERT INTO backfill ({COLUMNS}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {news}", _row(backfill)
    )
    announce(conn)


def read_backfill(conn: Connection, backfill_id: UUID) -> Backfill | None:
    """The backfill with that id, or None."""
    return _first(conn.execute(f"SELECT {COLUMNS} FROM backfill WHERE id = ?", (str(backfill_id),)))


def lock_backfill(conn: Connection, backfill_id: UUID) -> Backfill | None:
    """The backfill with that id, kept for this transaction alone; call it in a write transaction."""
    sql = f"SELECT {COLUMNS} FROM backfill WHERE id = ?{conn.for_update}"
    return _first(conn.execute(sql, (str(backfill_id),)))


def read_backfill_by_name(conn: Connection, name: str) -> Backfill | None:
    """The backfill of that name, or None."""
    return _first(conn.execute(f"SELECT {COLUMNS} FROM backfill WHERE name = ?", (name,)))


class Meant(NamedTuple):
    """Which backfills are meant: those of a deployment, in some states; None asks for nothing."""

    deployment_id: UUID | None = None
    status: Collection[BackfillStatus] | None = None

    def clause(self) -> tuple[str, list[str]]:
        """The condition of a WHERE clause, and its parameters."""
        status = None if self.status is None else [one.value for one in self.status]
        parts = [] if self.deployment_id is None else ["deployment_id = ?"]
        if status is not None:
            parts.append(f"status IN ({', '.join('?' * len(status))})" if status else "1 = 0")
        values = [] if self.deployment_id is None else [str(self.deployment_id)]
        return " AND ".join(parts) or "1 = 1", values + (status or [])


def list_backfills(conn: Connection, meant: Meant, *, limit: int, offset: int = 0) -> list[Backfill]:
    """The backfills that are meant, the latest first."""
    condition, values = meant.clause()
    sql = f"SELECT {COLUMNS} FROM backfill WHERE {condition} ORDER BY created DESC, id DESC LIMIT ? OFFSET ?"
    return [_backfill(row) for row in conn.execute(sql, (*values, limit, offset))]


def count_backfills(conn: Connection, meant: Meant) -> int:
    """How many backfills are meant."""
    condition, values = meant.clause()
    return int(conn.execute(f"SELECT COUNT(*) FROM backfill WHERE {condition}", values)[0][0])


def delete_backfill(conn: Connection, backfill_id: UUID) -> bool:
    """Remove a backfill; its runs stay. Whether there was one."""
    return conn.change("DELETE FROM backfill WHERE id = ?", (str(backfill_id),)) > 0


def running_backfills(conn: Connection) -> list[UUID]:
    """The backfills that go on, the oldest first."""
    rows = conn.execute("SELECT id FROM backfill WHERE status = 'RUNNING' ORDER BY id")
    return [must_read_identity(row[0]) for row in rows]


def standings(conn: Connection) -> list[Row]:
    """What changes of the backfills that go on when there is something to be done: their own values, open runs."""
    rows = conn.execute("SELECT id, updated FROM backfill WHERE status = 'RUNNING' ORDER BY id")
    return [(id, updated, active_runs(conn, must_read_identity(id))) for id, updated in rows]


def note_slot(conn: Connection, backfill_id: UUID, slot: datetime, flow_run_id: UUID, status: SlotStatus) -> None:
    """Remember that a slot has been seen to."""
    conn.execute(
        "INSERT INTO backfill_slot (backfill_id, slot, flow_run_id, status) VALUES (?, ?, ?, ?)",
        (str(backfill_id), moment(slot), str(flow_run_id), status.value),
    )


def active_runs(conn: Connection, backfill_id: UUID) -> int:
    """How many runs of a backfill have not ended."""
    sql = (
        "SELECT COUNT(*) FROM backfill_slot s JOIN flow_run r ON r.id = s.flow_run_id "
        f"WHERE s.backfill_id = ? AND s.status = 'OPEN' AND r.state_type NOT IN {ENDED}"
    )
    return int(conn.execute(sql, (str(backfill_id),))[0][0])


def open_runs(conn: Connection, backfill_id: UUID) -> list[UUID]:
    """The runs of a backfill that have not ended, in the order of their slots."""
    sql = (
        "SELECT r.id FROM backfill_slot s JOIN flow_run r ON r.id = s.flow_run_id "
        f"WHERE s.backfill_id = ? AND s.status = 'OPEN' AND r.state_type NOT IN {ENDED} ORDER BY s.slot"
    )
    return [must_read_identity(row[0]) for row in conn.execute(sql, (str(backfill_id),))]


def close_ended(conn: Connection, backfill_id: UUID) -> None:
    """Remember of slots that their runs have ended, or are gone."""
    goes_on = f"SELECT 1 FROM flow_run r WHERE r.id = flow_run_id AND r.state_type NOT IN {ENDED}"
    sql = "UPDATE backfill_slot SET status = 'ENDED' WHERE backfill_id = ? AND status = 'OPEN'"
    conn.execute(f"{sql} AND NOT EXISTS ({goes_on})", (str(backfill_id),))


def want_failed_again(conn: Connection, backfill_id: UUID) -> int:
    """Have the slots run again whose runs failed or crashed; how many."""
    failed = f"SELECT 1 FROM flow_run r WHERE r.id = flow_run_id AND r.state_type IN {FAILED}"
    sql = (
        "UPDATE backfill_slot SET status = 'RETRY' "
        f"WHERE backfill_id = ? AND status IN ('OPEN', 'ENDED') AND EXISTS ({failed})"
    )
    return conn.change(sql, (str(backfill_id),))


def wanted_again(conn: Connection, backfill_id: UUID, order: SlotOrder, *, limit: int) -> list[UUID]:
    """Runs whose slots are to be run again, in an order."""
    direction = "ASC" if order is SlotOrder.OLDEST else "DESC"
    sql = (
        "SELECT flow_run_id FROM backfill_slot WHERE backfill_id = ? AND status = 'RETRY' "
        f"ORDER BY slot {direction} LIMIT ?"
    )
    return [must_read_identity(row[0]) for row in conn.execute(sql, (str(backfill_id), limit))]


def open_again(conn: Connection, backfill_id: UUID, flow_run_id: UUID) -> None:
    """Remember that the run of a slot is under way again."""
    conn.execute(
        "UPDATE backfill_slot SET status = 'OPEN' WHERE backfill_id = ? AND flow_run_id = ? AND status = 'RETRY'",
        (str(backfill_id), str(flow_run_id)),
    )


def earlier_run(conn: Connection, deployment_id: UUID, slot: datetime) -> Earlier | None:
    """The latest run of a deployment that was expected at a slot, or None."""
    rows = conn.execute(
        "SELECT id, state_type, run_count FROM flow_run WHERE deployment_id = ? AND expected_start_time = ? "
        "ORDER BY created DESC, id DESC LIMIT 1",
        (str(deployment_id), moment(slot)),
    )
    if not rows:
        return None
    id, state_type, run_count = rows[0]
    return Earlier(must_read_identity(id), StateType(state_type) if state_type else None, run_count)


GROUPS = {
    StateType.COMPLETED: "completed",
    StateType.FAILED: "failed",
    StateType.CRASHED: "failed",
    StateType.CANCELLED: "cancelled",
}


def progress_of(conn: Connection, backfill: Backfill) -> Progress:
    """How far a backfill is."""
    rows = conn.execute(
        "SELECT s.status, r.state_type, COUNT(*) FROM backfill_slot s LEFT JOIN flow_run r ON r.id = s.flow_run_id "
        "WHERE s.backfill_id = ? GROUP BY s.status, r.state_type",
        (str(backfill.id),),
    )
    counts = dict.fromkeys(Progress._fields, 0)
    for status, state_type, count in rows:
        counts[_group(SlotStatus(status), state_type)] += count
    seen = sum(counts.values()) - counts["waiting"]
    return Progress(**{**counts, "waiting": max(backfill.slots - seen, 0)})


def _group(status: SlotStatus, state_type: str | None) -> str:
    match status:
        case SlotStatus.BEFORE:
            return "skipped"
        case SlotStatus.RETRY:
            return "waiting"
        case SlotStatus.OPEN | SlotStatus.ENDED:
            return "gone" if state_type is None else GROUPS.get(StateType(state_type), "active")


def _row(backfill: Backfill) -> Row:
    return (
        str(backfill.id),
        str(backfill.deployment_id),
        backfill.name,
        json_text(schedule_fields(backfill.schedule)),
        identity(backfill.schedule_id),
        moment(backfill.start),
        moment(backfill.end),
        backfill.order.value,
        backfill.slots,
        backfill.max_active,
        json_text(backfill.parameters),
        backfill.again.value,
        moment(backfill.position),
        backfill.status.value,
        moment(backfill.created),
        moment(backfill.updated),
        backfill.work_queue_name,
        json_text(backfill.tags),
        json_text(backfill.job_variables),
    )


def _first(rows: list[Row]) -> Backfill | None:
    return _backfill(rows[0]) if rows else None


def _backfill(row: tuple[Any, ...]) -> Backfill:
    return Backfill(
        id=must_read_identity(row[0]),
        deployment_id=must_read_identity(row[1]),
        name=row[2],
        schedule=read_schedule(read_json(row[3])),
        schedule_id=read_identity(row[4]),
        start=must_read_moment(row[5]),
        end=must_read_moment(row[6]),
        order=SlotOrder(row[7]),
        slots=row[8],
        max_active=row[9],
        parameters=read_json(row[10]),
        again=Again(row[11]),
        position=read_moment(row[12]),
        status=BackfillStatus(row[13]),
        created=read_moment(row[14]),
        updated=read_moment(row[15]),
        work_queue_name=row[16],
        tags=read_json(row[17]),
        job_variables=read_json(row[18]),
    )
