"""What a database remembers about itself: values under keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._store.connection import Connection
from prefect._store.values import json_text, moment, read_json


def read_configuration(conn: Connection, key: str) -> Any:
    """The value under that key, or None."""
    rows = conn.execute("SELECT value FROM configuration WHERE key = ?", (key,))
    return read_json(rows[0][0]) if rows else None


def write_configuration(conn: Connection, key: str, value: Any, *, id: UUID, now: datetime) -> None:
    """Give a key a value; `id` names a new one."""
    conn.execute(
        "INSERT INTO configuration (id, created, updated, key, value) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated = excluded.updated",
        (str(id), moment(now), moment(now), key, json_text(value)),
    )


def delete_configuration(conn: Connection, key: str) -> None:
    """Forget a key."""
    conn.execute("DELETE FROM configuration WHERE key = ?", (key,))
