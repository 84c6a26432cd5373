"""Block types, schemas and documents in JSON."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from typing_extensions import Self

from prefect._domain import blocks
from prefect._domain.blocks import NON_VERSIONED
from prefect._domain.names import require_valid_name
from prefect._wire.filters import BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter, OrderOf
from prefect._wire.models import Body, Listed, Name, Query, Recorded, Tags, Text


def _nameable(name: str) -> str:
    return require_valid_name(name, "block")


BlockName = Annotated[Name, AfterValidator(_nameable)]


class BlockTypeUpdate(Body):
    logo_url: Text | None = None
    documentation_url: Text | None = None
    description: Text | None = None
    code_example: Text | None = None


class BlockTypeCreate(BlockTypeUpdate):
    name: BlockName
    slug: BlockName


class BlockType(Recorded):
    name: str
    slug: str
    logo_url: str | None = None
    documentation_url: str | None = None
    description: str | None = None
    code_example: str | None = None
    is_protected: bool = False


class BlockSchemaCreate(Body):
    fields: dict[str, Any] = Field(default_factory=dict)
    block_type_id: UUID
    capabilities: Tags = Field(default_factory=list)
    version: Text = NON_VERSIONED


class BlockSchema(Recorded):
    checksum: str
    fields: dict[str, Any]
    block_type_id: UUID | None
    block_type: BlockType | None = None
    capabilities: list[str] = Field(default_factory=list)
    version: str = NON_VERSIONED

    @classmethod
    def with_type(cls, schema: blocks.BlockSchema, block_type: blocks.BlockType) -> Self:
        """The answer that tells a schema, and its type with it."""
        return cls.of(schema).model_copy(update={"block_type": BlockType.of(block_type)})


class BlockDocumentCreate(Body):
    name: BlockName | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    block_schema_id: UUID
    block_type_id: UUID
    is_anonymous: bool = False


class BlockDocumentUpdate(Body):
    block_schema_id: UUID | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    merge_existing_data: bool = True


class BlockDocument(Recorded):
    """A document. The data of those that it refers to stands in its own; `block_document_references` tells of them."""

    name: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    block_schema_id: UUID
    block_schema: BlockSchema | None = None
    block_type_id: UUID
    block_type_name: str | None = None
    block_type: BlockType | None = None
    block_document_references: dict[str, dict[str, Any]] = Field(default_factory=dict)
    is_anonymous: bool = False

    @classmethod
    def of(cls, value: blocks.BlockDocument) -> Self:
        """The answer that tells a document."""
        return cls(
            id=value.id,
            created=value.created,
            updated=value.updated,
            name=value.name,
            data=value.data,
            block_schema_id=value.block_schema.id,
            block_schema=BlockSchema.with_type(value.block_schema, value.block_type),
            block_type_id=value.block_type.id,
            block_type_name=value.block_type.name,
            block_type=BlockType.of(value.block_type),
            block_document_references={path: _referred(other) for path, other in value.references.items()},
            is_anonymous=value.is_anonymous,
        )


def _referred(document: blocks.BlockDocument) -> dict[str, Any]:
    return {
        "block_document": {
            "id": document.id,
            "name": document.name,
            "block_type": BlockType.of(document.block_type),
            "is_anonymous": document.is_anonymous,
            "block_document_references": {path: _referred(other) for path, other in document.references.items()},
        }
    }


class ReadBlockTypes(Listed):
    block_types: BlockTypeFilter | None = None
    block_schemas: BlockSchemaFilter | None = None


class ReadBlockSchemas(Listed):
    block_schemas: BlockSchemaFilter | None = None


class CountBlockDocuments(Query):
    block_documents: BlockDocumentFilter | None = None
    block_types: BlockTypeFilter | None = None
    block_schemas: BlockSchemaFilter | None = None


class ReadBlockDocuments(Listed, CountBlockDocuments):
    include_secrets: bool = False
    sort: Annotated[str, OrderOf("block_document")] | None = "NAME_ASC"
