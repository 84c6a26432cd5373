"""Block types as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.blocks import BlockType
from prefect._domain.filters import EVERYTHING, Filter
from prefect._store.conditions import ALWAYS, Clause, where
from prefect._store.connection import Connection, Row
from prefect._store.values import moment, must_read_identity, read_moment

COLUMNS = (
    "id",
    "name",
    "slug",
    "logo_url",
    "documentation_url",
    "description",
    "code_example",
    "is_protected",
    "created",
    "updated",
)
INSERT = f"INSERT INTO block_type ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
TOLD = ("name", "logo_url", "documentation_url", "description", "code_example", "updated")
"""What a type that is there already takes of a new one; its id and its protection stay."""


def columns(alias: str) -> str:
    """The columns of a type in a statement, where its table has that name."""
    return ", ".join(f"{alias}.{name}" for name in COLUMNS)


SELECT = f"SELECT {columns('t')} FROM block_type t"


def insert_type(conn: Connection, block_type: BlockType) -> bool:
    """Add a type; whether its slug was free."""
    return conn.change(f"{INSERT} ON CONFLICT DO NOTHING", _row(block_type)) > 0


def write_type(conn: Connection, block_type: BlockType) -> None:
    """Add a type, or have the one of that slug say the same."""
    taken = ", ".join(f"{name} = excluded.{name}" for name in TOLD)
    conn.execute(f"{INSERT} ON CONFLICT (slug) DO UPDATE SET {taken}", _row(block_type))


def read_type(conn: Connection, type_id: UUID) -> BlockType | None:
    """The type of that id, or None."""
    rows = conn.execute(f"{SELECT} WHERE t.id = ?", (str(type_id),))
    return read_row(rows[0]) if rows else None


def read_type_by_slug(conn: Connection, slug: str) -> BlockType | None:
    """The type of that slug, or None."""
    rows = conn.execute(f"{SELECT} WHERE t.slug = ?", (slug,))
    return read_row(rows[0]) if rows else None


def list_types(
    conn: Connection, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, schemas: Filter = EVERYTHING
) -> list[BlockType]:
    """Types by name; `schemas` says of which kind one of their schemas is."""
    meant, of_type = where(filter, conn.dialect, "t.")
    having, of_schema = _having_schema(schemas, conn.dialect)
    rows = conn.execute(
        f"{SELECT} WHERE {meant} AND {having} ORDER BY t.name, t.id LIMIT ? OFFSET ?",
        (*of_type, *of_schema, limit, offset),
    )
    return [read_row(row) for row in rows]


def _having_schema(schemas: Filter, dialect: str) -> Clause:
    if schemas == EVERYTHING:
        return ALWAYS, []
    meant, values = where(schemas, dialect, "s.")
    return f"EXISTS (SELECT 1 FROM block_schema s WHERE s.block_type_id = t.id AND {meant})", values


def update_type(conn: Connection, type_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> bool:
    """Change some columns of a type; whether there is one."""
    news = ", ".join(f"{column} = ?" for column in (*changes, "updated"))
    values = (*changes.values(), moment(now), str(type_id))
    return conn.change(f"UPDATE block_type SET {news} WHERE id = ?", values) > 0


def delete_type(conn: Connection, type_id: UUID) -> bool:
    """Remove a type with its schemas and documents; whether there was one."""
    return conn.change("DELETE FROM block_type WHERE id = ?", (str(type_id),)) > 0


def _row(block_type: BlockType) -> Row:
    return (
        str(block_type.id),
        block_type.name,
        block_type.slug,
        block_type.logo_url,
        block_type.documentation_url,
        block_type.description,
        block_type.code_example,
        block_type.is_protected,
        moment(block_type.created),
        moment(block_type.updated),
    )


def read_row(row: Row) -> BlockType:
    """A type from its columns."""
    return BlockType(
        id=must_read_identity(row[0]),
        name=row[1],
        slug=row[2],
        logo_url=row[3],
        documentation_url=row[4],
        description=row[5],
        code_example=row[6],
        is_protected=bool(row[7]),
        created=read_moment(row[8]),
        updated=read_moment(row[9]),
    )
