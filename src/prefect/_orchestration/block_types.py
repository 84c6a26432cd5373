"""What can be done with block types and their schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.blocks import NON_VERSIONED, BlockSchema, BlockType, checksum_of
from prefect._domain.events import resource
from prefect._domain.filters import EVERYTHING, Filter
from prefect._orchestration.telling import told_of
from prefect._store import block_schemas, block_types
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, ProtectedBlockError

NewId = Callable[[], UUID]


def create_type(db: Database, block_type: BlockType) -> BlockType:
    """Record a new type. Raises `ObjectAlreadyExists` where its slug is taken."""
    with db.write() as conn:
        if not block_types.insert_type(conn, block_type):
            known = block_types.read_type_by_slug(conn, block_type.slug)
            if known is None or known.id != block_type.id:
                raise ObjectAlreadyExists(ValueError(f"There is a block type {block_type.slug!r} already."))
        else:
            _tell(conn, "created", block_type, block_type.created)
        return block_type


def _tell(conn: Connection, what: str, block_type: BlockType, now: datetime | None) -> None:
    assert now is not None
    payload = {"name": block_type.name, "slug": block_type.slug}
    told_of(conn, what, resource("block-type", block_type.slug, block_type.name), now=now, payload=payload)


def ensure_type(db: Database, block_type: BlockType) -> BlockType:
    """The type of that slug: made where it is not there, changed where it says something else and is not built in."""
    with db.read() as conn:
        found = block_types.read_type_by_slug(conn, block_type.slug)
    if found is not None and (found.is_protected or says_the_same(found, block_type)):
        return found
    with db.write() as conn:
        block_types.write_type(conn, block_type)
        _tell(conn, "created" if found is None else "updated", block_type, block_type.updated)
        return _type_of_slug(conn, block_type.slug)


def says_the_same(found: BlockType, told: BlockType) -> bool:
    """Whether a type as recorded has the words of one as told."""
    return found == replace(
        told, id=found.id, is_protected=found.is_protected, created=found.created, updated=found.updated
    )


def read_type(db: Database, type_id: UUID) -> BlockType:
    """The type of that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _type(conn, type_id)


def read_type_by_slug(db: Database, slug: str) -> BlockType:
    """The type of that slug. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _type_of_slug(conn, slug)


def list_types(
    db: Database, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, schemas: Filter = EVERYTHING
) -> list[BlockType]:
    """Types by name; `schemas` says of which kind one of their schemas is."""
    with db.read() as conn:
        return block_types.list_types(conn, limit=limit, offset=offset, filter=filter, schemas=schemas)


def update_type(db: Database, type_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Change what is told of a type, also of a built-in one: clients tell theirs whenever they save a block.

    Raises `ObjectNotFound`.
    """
    with db.write() as conn:
        _type(conn, type_id)
        block_types.update_type(conn, type_id, changes, now=now)
        _tell(conn, "updated", _type(conn, type_id), now)


def delete_type(db: Database, type_id: UUID, *, now: datetime) -> None:
    """Remove a type with its schemas and documents. Raises `ObjectNotFound` and `ProtectedBlockError`."""
    with db.write() as conn:
        held = _type(conn, type_id)
        _refuse_protected(held)
        block_types.delete_type(conn, type_id)
        _tell(conn, "deleted", held, now)


def ensure_schema(
    db: Database,
    type_id: UUID,
    fields: dict[str, Any],
    *,
    capabilities: Sequence[str] = (),
    version: str = NON_VERSIONED,
    now: datetime,
    new_id: NewId,
) -> tuple[BlockSchema, bool]:
    """The type's schema with these fields, and whether it had to be made. Raises `ObjectNotFound` without the type."""
    with db.read() as conn:
        checksum = checksum_of(_type(conn, type_id).slug, fields)
        found = block_schemas.read_schema_by_checksum(conn, checksum, version)
    if found is not None and set(found.capabilities) == set(capabilities):
        return found, False
    schema = BlockSchema(new_id(), type_id, checksum, fields, list(capabilities), version, now, now)
    with db.write() as conn:
        block_schemas.write_schema(conn, schema)
        held = block_schemas.read_schema_by_checksum(conn, checksum, version)
        assert held is not None
        if held.id != schema.id:
            return held, False
        for field, other in _referred_schemas(conn, fields):
            block_schemas.insert_schema_reference(conn, held.id, field, other.id, id=new_id(), now=now)
        return held, True


def _referred_schemas(conn: Connection, fields: Mapping[str, Any]) -> Iterator[tuple[str, BlockSchema]]:
    """The schemas of the blocks that a schema's fields hold, as far as they are recorded."""
    for field, told in (fields.get("block_schema_references") or {}).items():
        for reference in told if isinstance(told, list) else [told]:
            checksum = reference.get("block_schema_checksum")
            other = block_schemas.read_schema_by_checksum(conn, checksum) if checksum else None
            other = other or block_schemas.latest_schema(conn, str(reference.get("block_type_slug")))
            if other is not None:
                yield field, other


def read_schema(db: Database, schema_id: UUID) -> BlockSchema:
    """The schema of that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return schema_of(conn, schema_id)


def read_schema_by_checksum(db: Database, checksum: str, version: str | None = None) -> BlockSchema:
    """The schema of that checksum and version, or the latest of that checksum. Raises `ObjectNotFound`."""
    with db.read() as conn:
        found = block_schemas.read_schema_by_checksum(conn, checksum, version)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no block schema with the checksum {checksum!r}.")
    return found


def list_schemas(db: Database, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING) -> list[BlockSchema]:
    """Schemas, the latest first."""
    with db.read() as conn:
        return block_schemas.list_schemas(conn, limit=limit, offset=offset, filter=filter)


def delete_schema(db: Database, schema_id: UUID) -> None:
    """Remove a schema with its documents. Raises `ObjectNotFound`, and `ProtectedBlockError` for a built-in type's."""
    with db.write() as conn:
        _refuse_protected(_type(conn, schema_of(conn, schema_id).block_type_id))
        block_schemas.delete_schema(conn, schema_id)


def list_capabilities(db: Database) -> list[str]:
    """Everything that blocks can do, by name."""
    with db.read() as conn:
        return block_schemas.list_capabilities(conn)


def schema_of(conn: Connection, schema_id: UUID) -> BlockSchema:
    """The schema of that id, inside of a transaction. Raises `ObjectNotFound`."""
    found = block_schemas.read_schema(conn, schema_id)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no block schema {schema_id}.")
    return found


def _type(conn: Connection, type_id: UUID) -> BlockType:
    found = block_types.read_type(conn, type_id)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no block type {type_id}.")
    return found


def _type_of_slug(conn: Connection, slug: str) -> BlockType:
    found = block_types.read_type_by_slug(conn, slug)
    if found is None:
        raise ObjectNotFound(
            help_message=f"There is no block type {slug!r}. `prefect block type ls` lists those there are."
        )
    return found


def _refuse_protected(block_type: BlockType) -> None:
    if block_type.is_protected:
        raise ProtectedBlockError(
            f"The block type {block_type.slug!r} is built in; it can be neither changed nor deleted."
        )
