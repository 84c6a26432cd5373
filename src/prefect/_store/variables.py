"""Variables as recorded."""

from __future__ import annotations

from typing import Any

from prefect._domain.variables import Variable
from prefect._store.database import Connection
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = "id, name, value, tags, created, updated"


def insert_variable(conn: Connection, variable: Variable) -> bool:
    """Add a variable; False where its name is taken."""
    sql = f"INSERT INTO variable ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return conn.change(sql, _row(variable)) > 0


def write_variable(conn: Connection, variable: Variable) -> None:
    """Add a variable, or give the one of that name this value and these tags."""
    conn.execute(
        f"INSERT INTO variable ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "value = excluded.value, tags = excluded.tags, updated = excluded.updated",
        _row(variable),
    )


def read_variable(conn: Connection, name: str) -> Variable | None:
    """The variable of that name, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM variable WHERE name = ?", (name,))
    return _variable(rows[0]) if rows else None


def list_variables(conn: Connection, *, limit: int = 200, offset: int = 0) -> list[Variable]:
    """Variables by name."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM variable ORDER BY name LIMIT ? OFFSET ?", (limit, offset))
    return [_variable(row) for row in rows]


def delete_variable(conn: Connection, name: str) -> bool:
    """Remove a variable; whether there was one."""
    return conn.change("DELETE FROM variable WHERE name = ?", (name,)) > 0


def _row(variable: Variable) -> tuple[Any, ...]:
    return (
        str(variable.id),
        variable.name,
        json_text(variable.value),
        json_text(variable.tags),
        moment(variable.created),
        moment(variable.updated),
    )


def _variable(row: tuple[Any, ...]) -> Variable:
    return Variable(
        id=must_read_identity(row[0]),
        name=row[1],
        value=read_json(row[2]),
        tags=read_json(row[3]),
        created=read_moment(row[4]),
        updated=read_moment(row[5]),
    )
