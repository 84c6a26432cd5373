"""Flows as recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.filters import Filters
from prefect._domain.flow_runs import Flow
from prefect._domain.sorting import Order
from prefect._store.conditions import meant, order_by
from prefect._store.connection import Connection
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = "id, name, tags, labels, created, updated"


def upsert_flow(
    conn: Connection, name: str, *, id: UUID, tags: list[str], labels: dict[str, Any], now: datetime
) -> Flow:
    """The flow of that name, recorded under `id` if it is new."""
    known = read_flow_by_name(conn, name)
    if known is not None:
        return known
    row = (str(id), name, json_text(tags), json_text(labels), moment(now), moment(now))
    conn.execute(f"INSERT INTO flow ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING", row)
    recorded = read_flow_by_name(conn, name)
    assert recorded is not None
    return recorded


def read_flow_by_name(conn: Connection, name: str) -> Flow | None:
    """The flow of that name, or None."""
    return _first(conn.execute(f"SELECT {COLUMNS} FROM flow WHERE name = ?", (name,)))


def read_flow(conn: Connection, flow_id: UUID) -> Flow | None:
    """The flow with that id, or None."""
    return _first(conn.execute(f"SELECT {COLUMNS} FROM flow WHERE id = ?", (str(flow_id),)))


def list_flows(conn: Connection, wanted: Filters, order: Order, *, limit: int, offset: int = 0) -> list[Flow]:
    """The flows that are meant, in this order."""
    sql, values = meant("flow", wanted, conn.dialect, "f.")
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM flow f WHERE {sql} ORDER BY {order_by(order, 'f.')} LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_flow(row) for row in rows]


def count_flows(conn: Connection, wanted: Filters) -> int:
    """How many flows are meant."""
    sql, values = meant("flow", wanted, conn.dialect, "f.")
    return int(conn.execute(f"SELECT COUNT(*) FROM flow f WHERE {sql}", values)[0][0])


def write_tags(conn: Connection, flow_id: UUID, tags: list[str], *, now: datetime) -> None:
    """Give a flow these tags and no other."""
    conn.execute("UPDATE flow SET tags = ?, updated = ? WHERE id = ?", (json_text(tags), moment(now), str(flow_id)))


OF_ITS_RUNS = "flow_run_id IN (SELECT id FROM flow_run WHERE flow_id = ?)"


def delete_flow(conn: Connection, flow_id: UUID) -> None:
    """Remove a flow with its deployments, and its runs with all that is theirs."""
    flow = (str(flow_id),)
    conn.execute(f"DELETE FROM artifact WHERE key IS NULL AND {OF_ITS_RUNS}", flow)
    conn.execute(f"DELETE FROM log WHERE {OF_ITS_RUNS}", flow)
    conn.execute(f"DELETE FROM task_run_state WHERE task_run_id IN (SELECT id FROM task_run WHERE {OF_ITS_RUNS})", flow)
    conn.execute(f"DELETE FROM task_run WHERE {OF_ITS_RUNS}", flow)
    conn.execute("DELETE FROM flow WHERE id = ?", flow)


def _first(rows: list[tuple[Any, ...]]) -> Flow | None:
    return _flow(rows[0]) if rows else None


def _flow(row: tuple[Any, ...]) -> Flow:
    return Flow(
        id=must_read_identity(row[0]),
        name=row[1],
        tags=read_json(row[2]),
        labels=read_json(row[3]),
        created=read_moment(row[4]),
        updated=read_moment(row[5]),
    )
