"""Flows as recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.flow_runs import Flow
from prefect._store.database import Connection
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


def list_flows(conn: Connection, *, limit: int, offset: int = 0) -> list[Flow]:
    """The latest flows first."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM flow ORDER BY created DESC LIMIT ? OFFSET ?", (limit, offset))
    return [_flow(row) for row in rows]


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
