"""Log lines as recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from prefect._domain.filters import Filter
from prefect._domain.logs import Log
from prefect._domain.sorting import Order
from prefect._domain.texts import mended
from prefect._store.conditions import order_by, where
from prefect._store.connection import Connection
from prefect._store.values import identity, moment, must_read_identity, read_identity, read_moment

COLUMNS = "id, name, level, message, timestamp, flow_run_id, task_run_id"
INSERT = f"INSERT INTO log ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"


def _log_row(log: Log) -> tuple[Any, ...]:
    """A line, for `INSERT`."""
    return (
        str(log.id),
        log.name,
        log.level,
        mended(log.message),
        moment(log.timestamp),
        identity(log.flow_run_id),
        identity(log.task_run_id),
    )


def insert_logs(conn: Connection, logs: Iterable[Log]) -> None:
    """Add lines; one that is there already stays as it is."""
    rows = [_log_row(log) for log in logs]
    if rows:
        conn.insert(INSERT, rows)


def list_logs(
    conn: Connection,
    *,
    flow_run_id: UUID | None = None,
    task_run_id: UUID | None = None,
    least_level: int = 0,
    newest_first: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> list[Log]:
    """The lines of a run in the order of time."""
    column, run_id = ("flow_run_id", flow_run_id) if flow_run_id is not None else ("task_run_id", task_run_id)
    order = "DESC" if newest_first else "ASC"
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM log WHERE {column} = ? AND level >= ? ORDER BY timestamp {order}, id {order} "
        "LIMIT ? OFFSET ?",
        (str(run_id), least_level, limit, offset),
    )
    return [_log(row) for row in rows]


def find_logs(conn: Connection, filter: Filter, order: Order, *, limit: int, offset: int = 0) -> list[Log]:
    """The lines that are meant, in this order."""
    sql, values = where(filter, conn.dialect)
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM log WHERE {sql} ORDER BY {order_by(order)} LIMIT ? OFFSET ?", (*values, limit, offset)
    )
    return [_log(row) for row in rows]


def follow_logs(conn: Connection, filter: Filter, *, since: datetime, known: Collection[UUID], limit: int) -> list[Log]:
    """The first of the lines that are meant, written since a moment, that are not known."""
    sql, values = where(filter, conn.dialect)
    others = f"AND id NOT IN ({', '.join('?' * len(known))}) " if known else ""
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM log WHERE {sql} AND timestamp >= ? {others}ORDER BY timestamp, id LIMIT ?",
        (*values, moment(since), *map(str, known), limit),
    )
    return [_log(row) for row in rows]


Side = Literal["from", "after", "before"]
"""Which lines are meant beside one: it and those after it, those after it, or those before it."""
BESIDE = {"from": ">=", "after": ">", "before": "<"}


def read_log(conn: Connection, id: UUID) -> Log | None:
    """The line with that id."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM log WHERE id = ?", (str(id),))
    return _log(rows[0]) if rows else None


def logs_beside(conn: Connection, filter: Filter, line: Log | None, side: Side, *, limit: int) -> list[Log]:
    """The nearest of the lines that are meant on one side of another, in the order of time; without one, of an end."""
    sql, values = where(filter, conn.dialect)
    if line is not None:
        sign, at = BESIDE[side], moment(line.timestamp)
        sql += f" AND timestamp {sign[0]}= ? AND (timestamp, id) {sign} (?, ?)"
        values = [*values, at, at, str(line.id)]
    order = "DESC" if side == "before" else "ASC"
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM log WHERE {sql} ORDER BY timestamp {order}, id {order} LIMIT ?", (*values, limit)
    )
    found = [_log(row) for row in rows]
    return found[::-1] if side == "before" else found


def count_logs(conn: Connection, filter: Filter, until: Log | None) -> tuple[int, int]:
    """How many lines are meant, and how many of them come until one, that one included."""
    sql, values = where(filter, conn.dialect)
    if until is None:
        return conn.execute(f"SELECT COUNT(*) FROM log WHERE {sql}", values)[0][0], 0
    places = (moment(until.timestamp), str(until.id))
    counted = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN (timestamp, id) <= (?, ?) THEN 1 ELSE 0 END), 0)"
    rows = conn.execute(f"{counted} FROM log WHERE {sql}", (*places, *values))
    return rows[0][0], int(rows[0][1])


def _log(row: tuple[Any, ...]) -> Log:
    timestamp = read_moment(row[4])
    assert timestamp is not None
    return Log(
        must_read_identity(row[0]), row[1], row[2], row[3], timestamp, read_identity(row[5]), read_identity(row[6])
    )
