"""`/block_documents`

Secrets are shown only where `include_secrets` asks for them.
"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.sorting import read_sort
from prefect._orchestration import block_documents as documents
from prefect._orchestration import block_types
from prefect._store.block_documents import Meant
from prefect._wire import blocks as wire
from prefect._wire.filters import filter_of
from prefect.settings.encryption import encryption_keys

routes = Routes("/block_documents")


@routes.post("/", status=201)
def create_block_document(here: Here, body: wire.BlockDocumentCreate) -> wire.BlockDocument:
    if body.name is None and not body.is_anonymous:
        raise ValueError("A block document has a name, unless it is anonymous (is_anonymous).")
    if block_types.read_schema(here.db, body.block_schema_id).block_type_id != body.block_type_id:
        raise ValueError(f"The block schema {body.block_schema_id} is none of the block type {body.block_type_id}.")
    keys = encryption_keys(here.settings)
    made = documents.create(
        here.db,
        body.block_schema_id,
        body.name,
        body.data,
        is_anonymous=body.is_anonymous,
        keys=keys,
        now=here.now,
        new_id=here.new_id,
    )
    return wire.BlockDocument.of(documents.read(here.db, made.id, keys=keys))


@routes.post("/filter")
def read_block_documents(here: Here, body: wire.ReadBlockDocuments) -> list[wire.BlockDocument]:
    found = documents.list_documents(
        here.db,
        meant=_meant(body),
        order=read_sort("block_document", body.sort or "NAME_ASC"),
        limit=here.limit(body.limit),
        offset=body.offset,
        keys=encryption_keys(here.settings),
        include_secrets=body.include_secrets,
    )
    return [wire.BlockDocument.of(document) for document in found]


@routes.post("/count")
def count_block_documents(here: Here, body: wire.CountBlockDocuments) -> int:
    return documents.count(here.db, meant=_meant(body))


@routes.get("/{id}")
def read_block_document_by_id(here: Here, id: UUID, include_secrets: bool = False) -> wire.BlockDocument:
    keys = encryption_keys(here.settings)
    return wire.BlockDocument.of(documents.read(here.db, id, keys=keys, include_secrets=include_secrets))


@routes.patch("/{id}")
def update_block_document_data(here: Here, id: UUID, body: wire.BlockDocumentUpdate) -> None:
    documents.update(
        here.db,
        id,
        body.data,
        schema_id=body.block_schema_id,
        whole=not body.merge_existing_data,
        keys=encryption_keys(here.settings),
        now=here.now,
        new_id=here.new_id,
    )


@routes.delete("/{id}")
def delete_block_document(here: Here, id: UUID) -> None:
    documents.delete(here.db, id, now=here.now)


def _meant(body: wire.CountBlockDocuments) -> Meant:
    """The documents that a body speaks of; anonymous ones only if it says so."""
    asked = body.block_documents
    return Meant(
        documents=filter_of("block_document", asked),
        types=filter_of("block_type", body.block_types),
        schemas=filter_of("block_schema", body.block_schemas),
        named_only=asked is None or "is_anonymous" not in asked.model_fields_set,
    )
