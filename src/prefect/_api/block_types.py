"""`/block_types`, `/block_schemas`, `/block_capabilities`"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain import blocks
from prefect._domain.filters import read_filter
from prefect._orchestration import block_documents, block_types, built_in_blocks
from prefect._store.block_documents import Meant
from prefect._wire import blocks as wire
from prefect._wire.filters import filter_of
from prefect.settings.encryption import encryption_keys

routes = Routes()


@routes.post("/block_types/", status=201)
def create_block_type(here: Here, body: wire.BlockTypeCreate) -> wire.BlockType:
    now = here.now
    made = blocks.BlockType(here.new_id(), **body.model_dump(), created=now, updated=now)
    return wire.BlockType.of(block_types.create_type(here.db, made))


@routes.get("/block_types/{id}")
def read_block_type(here: Here, id: UUID) -> wire.BlockType:
    return wire.BlockType.of(block_types.read_type(here.db, id))


@routes.get("/block_types/slug/{slug}")
def read_block_type_by_slug(here: Here, slug: str) -> wire.BlockType:
    return wire.BlockType.of(block_types.read_type_by_slug(here.db, slug))


@routes.post("/block_types/filter")
def read_block_types(here: Here, body: wire.ReadBlockTypes) -> list[wire.BlockType]:
    found = block_types.list_types(
        here.db,
        filter=filter_of("block_type", body.block_types),
        schemas=filter_of("block_schema", body.block_schemas),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    return [wire.BlockType.of(block_type) for block_type in found]


@routes.patch("/block_types/{id}")
def update_block_type(here: Here, id: UUID, body: wire.BlockTypeUpdate) -> None:
    block_types.update_type(here.db, id, body.given(), now=here.now)


@routes.delete("/block_types/{id}")
def delete_block_type(here: Here, id: UUID) -> None:
    block_types.delete_type(here.db, id, now=here.now)


@routes.post("/block_types/install_system_block_types")
def install_system_block_types(here: Here) -> Any:
    built_in_blocks.install(here.db, now=here.now, new_id=here.new_id)


@routes.get("/block_types/slug/{slug}/block_documents")
def read_block_documents_for_block_type(
    here: Here, slug: str, include_secrets: bool = False
) -> list[wire.BlockDocument]:
    block_types.read_type_by_slug(here.db, slug)
    found = block_documents.list_documents(
        here.db,
        meant=Meant(types=read_filter("block_type", {"slug": {"any_": [slug]}}), named_only=True),
        limit=here.limit(None),
        keys=encryption_keys(here.settings),
        include_secrets=include_secrets,
    )
    return [wire.BlockDocument.of(document) for document in found]


@routes.get("/block_types/slug/{slug}/block_documents/name/{block_document_name}")
def read_block_document_by_name_for_block_type(
    here: Here, slug: str, block_document_name: str, include_secrets: bool = False
) -> wire.BlockDocument:
    keys = encryption_keys(here.settings)
    found = block_documents.read_by_name(here.db, slug, block_document_name, keys=keys, include_secrets=include_secrets)
    return wire.BlockDocument.of(found)


@routes.post("/block_schemas/", status=201)
def create_block_schema(here: Here, body: wire.BlockSchemaCreate) -> wire.BlockSchema:
    schema, is_new = block_types.ensure_schema(
        here.db,
        body.block_type_id,
        body.fields,
        capabilities=body.capabilities,
        version=body.version,
        now=here.now,
        new_id=here.new_id,
    )
    here.status = 201 if is_new else 200
    return _told(here, schema)


@routes.get("/block_schemas/{id}")
def read_block_schema(here: Here, id: UUID) -> wire.BlockSchema:
    return _told(here, block_types.read_schema(here.db, id))


@routes.get("/block_schemas/checksum/{checksum}")
def read_block_schema_by_checksum(here: Here, checksum: str, version: str | None = None) -> wire.BlockSchema:
    return _told(here, block_types.read_schema_by_checksum(here.db, checksum, version))


@routes.post("/block_schemas/filter")
def read_block_schemas(here: Here, body: wire.ReadBlockSchemas) -> list[wire.BlockSchema]:
    found = block_types.list_schemas(
        here.db,
        filter=filter_of("block_schema", body.block_schemas),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    return [_told(here, schema) for schema in found]


@routes.delete("/block_schemas/{id}")
def delete_block_schema(here: Here, id: UUID) -> None:
    block_types.delete_schema(here.db, id)


@routes.get("/block_capabilities/")
def read_available_block_capabilities(here: Here) -> list[str]:
    return block_types.list_capabilities(here.db)


def _told(here: Here, schema: blocks.BlockSchema) -> wire.BlockSchema:
    return wire.BlockSchema.with_type(schema, block_types.read_type(here.db, schema.block_type_id))
