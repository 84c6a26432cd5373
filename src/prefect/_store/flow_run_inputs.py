"""What is sent to a flow run while it runs: texts under keys."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from prefect._domain.flow_runs import FlowRunInput
from prefect._store.connection import Connection, Row
from prefect._store.values import moment, must_read_identity, read_moment

COLUMNS = "id, flow_run_id, key, value, sender, created, updated"


def insert_input(conn: Connection, given: FlowRunInput) -> bool:
    """Record an input; False where the run has one under that key already."""
    row = (
        str(given.id),
        str(given.flow_run_id),
        given.key,
        given.value,
        given.sender,
        moment(given.created),
        moment(given.updated),
    )
    return (
        conn.change(f"INSERT INTO flow_run_input ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
        > 0
    )


def read_input(conn: Connection, flow_run_id: UUID, key: str) -> FlowRunInput | None:
    """The input of a run under that key, or None."""
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM flow_run_input WHERE flow_run_id = ? AND key = ?", (str(flow_run_id), key)
    )
    return _input(rows[0]) if rows else None


def list_inputs(
    conn: Connection, flow_run_id: UUID, prefix: str, *, without: Sequence[str] = (), limit: int
) -> list[FlowRunInput]:
    """The inputs of a run whose keys begin so, but those under some keys, the oldest first."""
    marks = ", ".join("?" * len(without))
    others = f"AND key NOT IN ({marks})" if without else ""
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM flow_run_input WHERE flow_run_id = ? "
        f"AND SUBSTR(key, 1, LENGTH(CAST(? AS TEXT))) = ? {others} ORDER BY created, id LIMIT ?",
        (str(flow_run_id), prefix, prefix, *without, limit),
    )
    return [_input(row) for row in rows]


def count_inputs(conn: Connection, flow_run_id: UUID, prefix: str) -> int:
    """How many inputs a run has whose keys begin so."""
    rows = conn.execute(
        "SELECT COUNT(*) FROM flow_run_input WHERE flow_run_id = ? AND SUBSTR(key, 1, LENGTH(CAST(? AS TEXT))) = ?",
        (str(flow_run_id), prefix, prefix),
    )
    return int(rows[0][0])


def delete_input(conn: Connection, flow_run_id: UUID, key: str) -> bool:
    """Remove the input of a run under that key; whether there was one."""
    return conn.change("DELETE FROM flow_run_input WHERE flow_run_id = ? AND key = ?", (str(flow_run_id), key)) > 0


def _input(row: Row) -> FlowRunInput:
    return FlowRunInput(
        id=must_read_identity(row[0]),
        flow_run_id=must_read_identity(row[1]),
        key=row[2],
        value=row[3],
        sender=row[4],
        created=read_moment(row[5]),
        updated=read_moment(row[6]),
    )
