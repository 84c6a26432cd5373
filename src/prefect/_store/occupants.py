"""Who holds slots and who waits for them, with the names of their runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prefect._domain.concurrency import Occupant, SlotKind
from prefect._store.concurrency import TAKEN, UNTIL_RETURNED
from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_identity, must_read_moment, read_identity, read_moment

RUNS = (
    "LEFT JOIN flow_run f ON {one}.holder_type = 'flow_run' AND f.id = {one}.holder_id "
    "LEFT JOIN task_run t ON {one}.holder_type = 'task_run' AND t.id = {one}.holder_id"
)
NAMES = "COALESCE(f.name, t.name), COALESCE(f.id, t.flow_run_id)"


def read_holders(conn: Connection, names: Sequence[str], *, now: datetime) -> list[Occupant]:
    """Who holds slots of the limits of these names, the longest first."""
    held = f"({TAKEN}) OR (s.kind = 'decay' AND s.expires_at > ?)"
    rows = conn.execute(
        "SELECT l.id, l.name, s.lease_id, s.slots, s.kind, s.process, s.holder_type, s.holder_id, s.created, "
        f"s.expires_at, {NAMES} FROM concurrency_slot s JOIN concurrency_limit_v2 l ON l.id = s.limit_id "
        f"{RUNS.format(one='s')} WHERE l.name IN ({_marks(names)}) AND ({held}) ORDER BY s.created, s.id",
        (*names, moment(now), moment(now)),
    )
    return [_occupant(row) for row in rows]


def read_waiting(conn: Connection, names: Sequence[str], *, now: datetime) -> list[Occupant]:
    """Who waits for slots of the limits of these names, in order of arrival."""
    rows = conn.execute(
        "SELECT l.id, l.name, a.lease_id, w.slots, NULL, a.process, a.holder_type, a.holder_id, a.created, "
        f"NULL, {NAMES} FROM concurrency_waiter a JOIN concurrency_wanted w ON w.lease_id = a.lease_id "
        f"JOIN concurrency_limit_v2 l ON l.id = w.limit_id {RUNS.format(one='a')} "
        f"WHERE l.name IN ({_marks(names)}) AND a.answer IS NULL AND a.expires_at > ? ORDER BY a.place",
        (*names, moment(now)),
    )
    return [_occupant(row) for row in rows]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _occupant(row: tuple[Any, ...]) -> Occupant:
    ends = read_moment(row[9])
    return Occupant(
        limit_id=must_read_identity(row[0]),
        limit_name=row[1],
        lease_id=must_read_identity(row[2]),
        slots=row[3],
        kind=SlotKind(row[4]) if row[4] is not None else None,
        process=row[5],
        holder_type=row[6],
        holder_id=read_identity(row[7]),
        holder_name=row[10],
        flow_run_id=read_identity(row[11]),
        since=must_read_moment(row[8]),
        expires_at=ends if ends != UNTIL_RETURNED else None,
    )
