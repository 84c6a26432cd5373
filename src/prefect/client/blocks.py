"""What clients can do with block types, schemas and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from prefect.client.operations import Later, Steps, delete, get, operation, patch, post

if TYPE_CHECKING:
    from prefect._wire.blocks import (
        BlockDocument,
        BlockDocumentCreate,
        BlockDocumentUpdate,
        BlockSchema,
        BlockSchemaCreate,
        BlockType,
        BlockTypeCreate,
        BlockTypeUpdate,
    )
    from prefect._wire.filters import BlockSchemaFilter
else:
    BlockDocument = Later("prefect._wire.blocks", "BlockDocument")
    BlockSchema = Later("prefect._wire.blocks", "BlockSchema")
    BlockSchemaFilter = Later("prefect._wire.filters", "BlockSchemaFilter")
    BlockType = Later("prefect._wire.blocks", "BlockType")


class BlockTypeOperations:
    """The operations on block types and their schemas."""

    @operation
    def create_block_type(self, block_type: BlockTypeCreate) -> Steps[BlockType]:
        """A new type. Raises `ObjectAlreadyExists` where its slug is taken."""
        return BlockType.model_validate((yield post("/block_types/", block_type)))

    @operation
    def read_block_type_by_slug(self, slug: str) -> Steps[BlockType]:
        """The type of that slug. Raises `ObjectNotFound`."""
        return BlockType.model_validate((yield get(f"/block_types/slug/{quote(slug, safe='')}")))

    @operation
    def update_block_type(self, block_type_id: UUID, block_type: BlockTypeUpdate) -> Steps[None]:
        """Change what a type says of itself. Raises `ObjectNotFound`."""
        yield patch(f"/block_types/{block_type_id}", block_type)

    @operation
    def delete_block_type(self, block_type_id: UUID) -> Steps[None]:
        """Remove a type with its documents. Raises `ObjectNotFound`."""
        yield delete(f"/block_types/{block_type_id}")

    @operation
    def read_block_types(self) -> Steps[list[BlockType]]:
        """Types by name."""
        return [BlockType.model_validate(found) for found in (yield post("/block_types/filter"))]

    @operation
    def install_system_block_types(self) -> Steps[None]:
        """Record the types that come with the package."""
        yield post("/block_types/install_system_block_types")

    @operation
    def create_block_schema(self, block_schema: BlockSchemaCreate) -> Steps[BlockSchema]:
        """A type's schema with these fields, made where there is none. Raises `ObjectNotFound` without the type."""
        return BlockSchema.model_validate((yield post("/block_schemas/", block_schema)))

    @operation
    def read_block_schema_by_checksum(self, checksum: str, version: str | None = None) -> Steps[BlockSchema]:
        """The schema of that checksum. Raises `ObjectNotFound`."""
        return BlockSchema.model_validate((yield get(f"/block_schemas/checksum/{checksum}", version=version)))

    @operation
    def read_block_schemas(self) -> Steps[list[BlockSchema]]:
        """Schemas, the latest first."""
        return [BlockSchema.model_validate(found) for found in (yield post("/block_schemas/filter"))]

    @operation
    def get_most_recent_block_schema_for_block_type(self, block_type_id: UUID) -> Steps[BlockSchema | None]:
        """The schema that a type was given last, or None."""
        meant = BlockSchemaFilter.model_validate({"block_type_id": {"any_": [block_type_id]}})
        body = {"block_schemas": meant.model_dump(mode="json", exclude_none=True), "limit": 1}
        found = yield post("/block_schemas/filter", body)
        return BlockSchema.model_validate(found[0]) if found else None


class BlockDocumentOperations:
    """The operations on block documents."""

    @operation
    def create_block_document(
        self, block_document: BlockDocumentCreate, include_secrets: bool = True
    ) -> Steps[BlockDocument]:
        """A new document. Raises `ObjectAlreadyExists` where its type has one of that name."""
        made = BlockDocument.model_validate((yield post("/block_documents/", block_document)))
        if not include_secrets:
            return made
        return _document((yield get(f"/block_documents/{made.id}", include_secrets=True)))

    @operation
    def update_block_document(self, block_document_id: UUID, block_document: BlockDocumentUpdate) -> Steps[None]:
        """Give a document other data. Raises `ObjectNotFound`."""
        yield patch(f"/block_documents/{block_document_id}", block_document)

    @operation
    def delete_block_document(self, block_document_id: UUID) -> Steps[None]:
        """Remove a document. Raises `ObjectNotFound`."""
        yield delete(f"/block_documents/{block_document_id}")

    @operation
    def read_block_document(self, block_document_id: UUID, include_secrets: bool = True) -> Steps[BlockDocument]:
        """The document of that id. Raises `ObjectNotFound`."""
        return _document((yield get(f"/block_documents/{block_document_id}", include_secrets=include_secrets)))

    @operation
    def read_block_document_by_name(
        self, name: str, block_type_slug: str, include_secrets: bool = True
    ) -> Steps[BlockDocument]:
        """The document of that name of a type. Raises `ObjectNotFound`."""
        path = f"{_of_type(block_type_slug)}/name/{quote(name, safe='')}"
        return _document((yield get(path, include_secrets=include_secrets)))

    @operation
    def read_block_documents(
        self, offset: int = 0, limit: int | None = None, include_secrets: bool = True
    ) -> Steps[list[BlockDocument]]:
        """Documents by name."""
        body = {"offset": offset, "limit": limit, "include_secrets": include_secrets}
        return [_document(found) for found in (yield post("/block_documents/filter", body))]

    @operation
    def read_block_documents_by_type(
        self, block_type_slug: str, include_secrets: bool = True
    ) -> Steps[list[BlockDocument]]:
        """The documents of a type by name. Raises `ObjectNotFound` without the type."""
        found = yield get(_of_type(block_type_slug), include_secrets=include_secrets)
        return [_document(document) for document in found]


def _of_type(slug: str) -> str:
    return f"/block_types/slug/{quote(slug, safe='')}/block_documents"


def _document(told: Any) -> BlockDocument:
    return BlockDocument.model_validate(told)
