"""Block documents as recorded; what one holds is sealed before it comes here."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._domain.blocks import BlockSchema, BlockType
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import SORTS, Order
from prefect._store import block_schemas, block_types
from prefect._store.conditions import Clause, order_by, where
from prefect._store.connection import Connection, Row
from prefect._store.values import moment, must_read_identity, read_moment

FROM = (
    "FROM block_document d JOIN block_type t ON t.id = d.block_type_id JOIN block_schema s ON s.id = d.block_schema_id"
)
SELECT = (
    "SELECT d.id, d.name, d.data, d.is_anonymous, d.created, d.updated, "
    f"{block_types.columns('t')}, {block_schemas.columns('s')} {FROM}"
)
BY_NAME = SORTS["block_document"]["NAME_ASC"]


class SealedDocument(NamedTuple):
    """A document whose data is sealed."""

    id: UUID
    name: str | None
    sealed: str
    block_type: BlockType
    block_schema: BlockSchema
    is_anonymous: bool = False
    created: datetime | None = None
    updated: datetime | None = None


class Meant(NamedTuple):
    """Which documents are meant: by what they are themselves, by their types, and by their schemas."""

    documents: Filter = EVERYTHING
    types: Filter = EVERYTHING
    schemas: Filter = EVERYTHING
    named_only: bool = False
    """Whether anonymous ones are left out."""

    def clause(self, dialect: str) -> Clause:
        """The condition on documents `d` with their types `t` and schemas `s`."""
        filters = {"d.": self.documents, "t.": self.types, "s.": self.schemas}
        parts = [where(filter, dialect, alias) for alias, filter in filters.items()]
        if self.named_only:
            parts.append(("d.is_anonymous = ?", [False]))
        return " AND ".join(sql for sql, _ in parts), [value for _, values in parts for value in values]


ALL = Meant()


def insert_document(conn: Connection, document: SealedDocument) -> bool:
    """Add a document; whether its name was free in its type."""
    row = (
        str(document.id),
        document.name,
        document.sealed,
        document.is_anonymous,
        document.block_type.name,
        str(document.block_type.id),
        str(document.block_schema.id),
        moment(document.created),
        moment(document.updated),
    )
    sql = (
        "INSERT INTO block_document (id, name, data, is_anonymous, block_type_name, block_type_id, block_schema_id, "
        "created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    )
    return conn.change(sql, row) > 0


def read_document(conn: Connection, document_id: UUID) -> SealedDocument | None:
    """The document of that id, or None."""
    rows = conn.execute(f"{SELECT} WHERE d.id = ?", (str(document_id),))
    return _document(rows[0]) if rows else None


def read_document_by_name(conn: Connection, slug: str, name: str) -> SealedDocument | None:
    """The document of that name of a type, or None."""
    rows = conn.execute(f"{SELECT} WHERE t.slug = ? AND d.name = ?", (slug, name))
    return _document(rows[0]) if rows else None


def list_documents(
    conn: Connection, *, limit: int, offset: int = 0, meant: Meant = ALL, order: Order = BY_NAME
) -> list[SealedDocument]:
    """Documents, by name unless told otherwise."""
    condition, values = meant.clause(conn.dialect)
    rows = conn.execute(
        f"{SELECT} WHERE {condition} ORDER BY {order_by(order, 'd.')} LIMIT ? OFFSET ?", (*values, limit, offset)
    )
    return [_document(row) for row in rows]


def count_documents(conn: Connection, meant: Meant = ALL) -> int:
    """How many documents there are."""
    condition, values = meant.clause(conn.dialect)
    return int(conn.execute(f"SELECT COUNT(*) {FROM} WHERE {condition}", values)[0][0])


def update_document(conn: Connection, document_id: UUID, sealed: str, schema_id: UUID, *, now: datetime) -> None:
    """Give a document other data, of that schema."""
    conn.execute(
        "UPDATE block_document SET data = ?, block_schema_id = ?, updated = ? WHERE id = ?",
        (sealed, str(schema_id), moment(now), str(document_id)),
    )


def delete_document(conn: Connection, document_id: UUID) -> bool:
    """Remove a document; whether there was one."""
    return conn.change("DELETE FROM block_document WHERE id = ?", (str(document_id),)) > 0


def insert_document_reference(
    conn: Connection, parent: UUID, path: str, other: UUID, *, id: UUID, now: datetime
) -> None:
    """Record that a document refers to another one, at that place of its data."""
    conn.execute(
        "INSERT INTO block_document_reference (id, created, updated, name, parent_block_document_id, "
        "reference_block_document_id) VALUES (?, ?, ?, ?, ?, ?)",
        (str(id), moment(now), moment(now), path, str(parent), str(other)),
    )


def delete_document_references(conn: Connection, document_id: UUID) -> None:
    """Forget what a document refers to."""
    conn.execute("DELETE FROM block_document_reference WHERE parent_block_document_id = ?", (str(document_id),))


def anonymous_below(conn: Connection, document_id: UUID) -> list[UUID]:
    """The anonymous documents that a document refers to."""
    rows = conn.execute(
        "SELECT DISTINCT d.id FROM block_document d JOIN block_document_reference r "
        "ON r.reference_block_document_id = d.id WHERE r.parent_block_document_id = ? AND d.is_anonymous = ?",
        (str(document_id), True),
    )
    return [must_read_identity(row[0]) for row in rows]


def delete_unreferred(conn: Connection, document_id: UUID) -> bool:
    """Remove a document unless another one refers to it; whether it was removed."""
    return (
        conn.change(
            "DELETE FROM block_document WHERE id = ? AND NOT EXISTS (SELECT 1 FROM block_document_reference "
            "WHERE reference_block_document_id = block_document.id)",
            (str(document_id),),
        )
        > 0
    )


def _document(row: Row) -> SealedDocument:
    types = 6 + len(block_types.COLUMNS)
    return SealedDocument(
        id=must_read_identity(row[0]),
        name=row[1],
        sealed=row[2],
        block_type=block_types.read_row(row[6:types]),
        block_schema=block_schemas.read_row(row[types:]),
        is_anonymous=bool(row[3]),
        created=read_moment(row[4]),
        updated=read_moment(row[5]),
    )
