"""Block schemas as recorded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._domain.blocks import BlockSchema
from prefect._domain.filters import EVERYTHING, Filter
from prefect._store.conditions import where
from prefect._store.connection import Connection, Row
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = ("id", "block_type_id", "checksum", "fields", "capabilities", "version", "created", "updated")
LATEST_FIRST = "ORDER BY s.created DESC, s.id DESC"


def columns(alias: str) -> str:
    """The columns of a schema in a statement, where its table has that name."""
    return ", ".join(f"{alias}.{name}" for name in COLUMNS)


SELECT = f"SELECT {columns('s')} FROM block_schema s"


def write_schema(conn: Connection, schema: BlockSchema) -> None:
    """Add a schema, or give the one of that checksum and version these capabilities."""
    row = (
        str(schema.id),
        str(schema.block_type_id),
        schema.checksum,
        json_text(schema.fields),
        json_text(schema.capabilities),
        schema.version,
        moment(schema.created),
        moment(schema.updated),
    )
    conn.execute(
        f"INSERT INTO block_schema ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (checksum, version) DO UPDATE "
        "SET capabilities = excluded.capabilities, updated = excluded.updated",
        row,
    )


def insert_schema_reference(
    conn: Connection, parent: UUID, field: str, other: UUID, *, id: UUID, now: datetime
) -> None:
    """Record that a field of a schema holds documents of another schema."""
    conn.execute(
        "INSERT INTO block_schema_reference (id, created, updated, name, parent_block_schema_id, "
        "reference_block_schema_id) VALUES (?, ?, ?, ?, ?, ?)",
        (str(id), moment(now), moment(now), field, str(parent), str(other)),
    )


def read_schema(conn: Connection, schema_id: UUID) -> BlockSchema | None:
    """The schema of that id, or None."""
    rows = conn.execute(f"{SELECT} WHERE s.id = ?", (str(schema_id),))
    return read_row(rows[0]) if rows else None


def read_schema_by_checksum(conn: Connection, checksum: str, version: str | None = None) -> BlockSchema | None:
    """The schema of that checksum and version, without a version the latest of that checksum, or None."""
    rows = conn.execute(
        f"{SELECT} WHERE s.checksum = ? AND s.version = COALESCE(?, s.version) {LATEST_FIRST} LIMIT 1",
        (checksum, version),
    )
    return read_row(rows[0]) if rows else None


def latest_schema(conn: Connection, slug: str) -> BlockSchema | None:
    """The schema that a type was given last, or None."""
    rows = conn.execute(
        f"{SELECT} JOIN block_type t ON t.id = s.block_type_id WHERE t.slug = ? {LATEST_FIRST} LIMIT 1", (slug,)
    )
    return read_row(rows[0]) if rows else None


def list_schemas(conn: Connection, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING) -> list[BlockSchema]:
    """Schemas, the latest first."""
    meant, values = where(filter, conn.dialect, "s.")
    rows = conn.execute(f"{SELECT} WHERE {meant} {LATEST_FIRST} LIMIT ? OFFSET ?", (*values, limit, offset))
    return [read_row(row) for row in rows]


def delete_schema(conn: Connection, schema_id: UUID) -> bool:
    """Remove a schema with its documents; whether there was one."""
    return conn.change("DELETE FROM block_schema WHERE id = ?", (str(schema_id),)) > 0


def list_capabilities(conn: Connection) -> list[str]:
    """Everything that blocks of some schema can do, by name."""
    rows = conn.execute("SELECT DISTINCT capabilities FROM block_schema")
    return sorted({capability for row in rows for capability in read_json(row[0])})


def read_row(row: Row) -> BlockSchema:
    """A schema from its columns."""
    return BlockSchema(
        id=must_read_identity(row[0]),
        block_type_id=must_read_identity(row[1]),
        checksum=row[2],
        fields=read_json(row[3]),
        capabilities=read_json(row[4]),
        version=row[5],
        created=read_moment(row[6]),
        updated=read_moment(row[7]),
    )
