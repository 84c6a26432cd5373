"""The way of blocks to where they are kept: what core.py asks of a client, and what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.blocks import at_path
from prefect._wire.blocks import (
    BlockDocument,
    BlockDocumentCreate,
    BlockDocumentUpdate,
    BlockSchema,
    BlockType,
    BlockTypeCreate,
    BlockTypeUpdate,
)
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound


def ensured_type(client: SyncPrefectClient, told: BlockTypeCreate) -> BlockType:
    """The type of that slug: made where it is not there, changed where it says something else."""
    found = _found_or_made(client, told)
    words = BlockTypeUpdate.model_validate(told.model_dump(exclude={"name", "slug"}))
    says_the_same = words == BlockTypeUpdate.model_validate(found, from_attributes=True)
    if not says_the_same and not found.is_protected:
        client.update_block_type(found.id, words)
    return found


def _found_or_made(client: SyncPrefectClient, told: BlockTypeCreate) -> BlockType:
    try:
        return client.read_block_type_by_slug(told.slug)
    except ObjectNotFound:
        pass
    try:
        return client.create_block_type(told)
    except ObjectAlreadyExists:  # by another program, meanwhile
        return client.read_block_type_by_slug(told.slug)


def save_document(
    client: SyncPrefectClient, schema: BlockSchema, slug: str, name: str, data: dict[str, Any], *, overwrite: bool
) -> UUID:
    """Keep data under a name; the document's id. Raises `ValueError` where the name is taken, unless `overwrite`."""
    try:
        return client.create_block_document(_new(schema, data, name=name), include_secrets=False).id
    except ObjectAlreadyExists:
        if not overwrite:
            raise ValueError(
                f"There is a block {slug}/{name} already. Give overwrite=True to replace it, or another name."
            ) from None
    held = client.read_block_document_by_name(name, slug, include_secrets=False)
    change = BlockDocumentUpdate(block_schema_id=schema.id, data=data, merge_existing_data=False)
    client.update_block_document(held.id, change)
    return held.id


def save_anonymously(client: SyncPrefectClient, schema: BlockSchema, data: dict[str, Any]) -> UUID:
    """Keep data without a name, for another document that refers to it; the document's id."""
    return client.create_block_document(_new(schema, data, is_anonymous=True), include_secrets=False).id


def _new(schema: BlockSchema, data: dict[str, Any], **fields: Any) -> BlockDocumentCreate:
    assert schema.block_type_id is not None
    return BlockDocumentCreate(data=data, block_schema_id=schema.id, block_type_id=schema.block_type_id, **fields)


class Held(NamedTuple):
    """A document as blocks are made of it, with those that it refers to by the paths of their places."""

    id: UUID
    name: str | None
    slug: str
    is_anonymous: bool
    data: dict[str, Any]
    others: dict[str, Held]

    @property
    def label(self) -> str:
        return f"{self.slug}/{self.name or self.id}"


def held_by(document: BlockDocument) -> Held:
    """What a document holds."""
    assert document.block_type is not None
    return Held(
        id=document.id,
        name=document.name,
        slug=document.block_type.slug,
        is_anonymous=document.is_anonymous,
        data=document.data,
        others=_others(document.block_document_references, document.data),
    )


def _others(references: Mapping[str, Any], data: Any) -> dict[str, Held]:
    return {path: _referred(told["block_document"], at_path(data, path)) for path, told in references.items()}


def _referred(told: Mapping[str, Any], data: dict[str, Any]) -> Held:
    return Held(
        id=UUID(str(told["id"])),
        name=told["name"],
        slug=told["block_type"]["slug"],
        is_anonymous=told["is_anonymous"],
        data=data,
        others=_others(told["block_document_references"], data),
    )
