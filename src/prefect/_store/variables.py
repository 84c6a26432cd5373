"""Variables as recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import Order
from prefect._domain.variables import Variable
from prefect._store.conditions import order_by, where
from prefect._store.connection import Connection
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = "id, name, value, tags, created, updated"


def insert_variable(conn: Connection, variable: Variable) -> bool:
    """Add a variable; False where its name is taken."""
    sql = f"INSERT INTO variable ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return conn.change(sql, _row(variable)) > 0


def read_variable(conn: Connection, name: str) -> Variable | None:
    """The variable of that name, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM variable WHERE name = ?", (name,))
    return _variable(rows[0]) if rows else None


def read_variable_by_id(conn: Connection, variable_id: UUID) -> Variable | None:
    """The variable with that id, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM variable WHERE id = ?", (str(variable_id),))
    return _variable(rows[0]) if rows else None


def list_variables(
    conn: Connection, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, order: Order
) -> list[Variable]:
    """The variables that are meant, in this order."""
    meant, values = where(filter, conn.dialect)
    sql = f"SELECT {COLUMNS} FROM variable WHERE {meant} ORDER BY {order_by(order)} LIMIT ? OFFSET ?"
    return [_variable(row) for row in conn.execute(sql, (*values, limit, offset))]


def count_variables(conn: Connection, filter: Filter = EVERYTHING) -> int:
    """How many variables are meant."""
    meant, values = where(filter, conn.dialect)
    return int(conn.execute(f"SELECT COUNT(*) FROM variable WHERE {meant}", values)[0][0])


def replace_variable(conn: Connection, variable: Variable) -> None:
    """Give the variable of that id this name, value and tags."""
    name, value, tags, _, updated = _row(variable)[1:]
    conn.execute(
        "UPDATE variable SET name = ?, value = ?, tags = ?, updated = ? WHERE id = ?",
        (name, value, tags, updated, str(variable.id)),
    )


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
