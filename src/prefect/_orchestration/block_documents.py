"""What can be done with block documents.

They are sealed in the database; who may open them gives the keys. Their secrets are shown only to who asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.blocks import BlockDocument, BlockSchema, merged, obfuscated, references_in, replaced
from prefect._domain.events import related, resource
from prefect._domain.sorting import Order
from prefect._orchestration.block_types import schema_of
from prefect._orchestration.sealing import Keys, seal, unseal
from prefect._orchestration.telling import told_of
from prefect._store import block_documents as store
from prefect._store import block_types
from prefect._store.block_documents import ALL, BY_NAME, Meant, SealedDocument
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

NewId = Callable[[], UUID]


def create(
    db: Database,
    schema_id: UUID,
    name: str | None,
    data: dict[str, Any],
    *,
    is_anonymous: bool = False,
    keys: Keys,
    now: datetime,
    new_id: NewId,
) -> BlockDocument:
    """A new document, with its secrets.

    Raises `ObjectAlreadyExists` where its type has one of that name, `ObjectNotFound` where the schema, or a document
    that the data refers to, does not exist.
    """
    with db.write() as conn:
        schema = schema_of(conn, schema_id)
        block_type = block_types.read_type(conn, schema.block_type_id)
        assert block_type is not None
        document = SealedDocument(new_id(), name, seal(data, keys), block_type, schema, is_anonymous, now, now)
        if not store.insert_document(conn, document):
            known = store.read_document(conn, document.id)
            if known is None or (known.name, known.block_type.id) != (name, block_type.id):
                raise ObjectAlreadyExists(ValueError(f"There is a block {block_type.slug}/{name} already."))
        else:
            _tell(conn, "created", document, now)
        _write_references(conn, document.id, data, now, new_id)
        return _opened(conn, document, keys, include_secrets=True)


def _write_references(conn: Connection, document_id: UUID, data: dict[str, Any], now: datetime, new_id: NewId) -> None:
    store.delete_document_references(conn, document_id)
    for path, other in references_in(data):
        if store.read_document(conn, other) is None:
            raise _missing(other, f", to which {path!r} refers")
        store.insert_document_reference(conn, document_id, path, other, id=new_id(), now=now)


def update(
    db: Database,
    document_id: UUID,
    data: Mapping[str, Any],
    *,
    schema_id: UUID | None = None,
    whole: bool = False,
    keys: Keys,
    now: datetime,
    new_id: NewId,
) -> None:
    """Give a document other data: `whole`, or else in the fields that are given.

    A secret that comes back as it is shown, `********`, stays what it was. Raises `ObjectNotFound`, and `ValueError`
    for a schema of another type.
    """
    with db.write() as conn:
        held = _sealed(conn, document_id)
        schema = held.block_schema if schema_id is None else _schema_of_type(conn, schema_id, held)
        news = merged(unseal(held.sealed, keys), data, held.block_schema, whole=whole)
        before = store.anonymous_below(conn, document_id)
        store.update_document(conn, document_id, seal(news, keys), schema.id, now=now)
        if news != unseal(held.sealed, keys) or schema.id != held.block_schema.id:
            _tell(conn, "updated", held, now)
        _write_references(conn, document_id, news, now, new_id)
        _forget(conn, before)


def _schema_of_type(conn: Connection, schema_id: UUID, held: SealedDocument) -> BlockSchema:
    schema = schema_of(conn, schema_id)
    if schema.block_type_id != held.block_type.id:
        raise ValueError(
            f"The block {held.block_type.slug}/{held.name} takes schemas of its own type only; {schema_id} is none."
        )
    return schema


def read(db: Database, document_id: UUID, *, keys: Keys, include_secrets: bool = False) -> BlockDocument:
    """The document of that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _opened(conn, _sealed(conn, document_id), keys, include_secrets=include_secrets)


def read_by_name(db: Database, slug: str, name: str, *, keys: Keys, include_secrets: bool = False) -> BlockDocument:
    """The document of that name of a type. Raises `ObjectNotFound`."""
    with db.read() as conn:
        found = store.read_document_by_name(conn, slug, name)
        if found is None:
            raise ObjectNotFound(
                help_message=f"There is no block {slug}/{name}. `prefect block ls` lists those there are."
            )
        return _opened(conn, found, keys, include_secrets=include_secrets)


def list_documents(
    db: Database,
    *,
    limit: int,
    offset: int = 0,
    meant: Meant = ALL,
    order: Order = BY_NAME,
    keys: Keys,
    include_secrets: bool = False,
) -> list[BlockDocument]:
    """Documents, by name unless told otherwise."""
    with db.read() as conn:
        found = store.list_documents(conn, limit=limit, offset=offset, meant=meant, order=order)
        return [_opened(conn, document, keys, include_secrets=include_secrets) for document in found]


def count(db: Database, *, meant: Meant = ALL) -> int:
    """How many documents there are."""
    with db.read() as conn:
        return store.count_documents(conn, meant)


def delete(db: Database, document_id: UUID, *, now: datetime) -> None:
    """Remove a document, and anonymous ones that it alone refers to. Raises `ObjectNotFound`."""
    with db.write() as conn:
        below, held = store.anonymous_below(conn, document_id), _sealed(conn, document_id)
        store.delete_document(conn, document_id)
        _tell(conn, "deleted", held, now)
        _forget(conn, below)


def _tell(conn: Connection, what: str, document: SealedDocument, now: datetime) -> None:
    """Tell what became of a document that has a name; what it holds is not told."""
    if document.is_anonymous:
        return
    block_type, schema = document.block_type, document.block_schema
    around = [
        related("block-type", block_type.id, block_type.name),
        related("block-schema", schema.id),
    ]
    kind = {"id": str(block_type.id), "name": block_type.name, "slug": block_type.slug}
    payload = {"name": document.name, "block_schema": {"capabilities": schema.capabilities, "block_type": kind}}
    thing = resource("block-document", document.id, document.name)
    told_of(conn, what, thing, now=now, around=around, payload=payload)


def _forget(conn: Connection, document_ids: Sequence[UUID]) -> None:
    """Remove those of some anonymous documents to which nothing refers any more, and so on below them."""
    for document_id in document_ids:
        below = store.anonymous_below(conn, document_id)
        if store.delete_unreferred(conn, document_id):
            _forget(conn, below)


def _sealed(conn: Connection, document_id: UUID) -> SealedDocument:
    found = store.read_document(conn, document_id)
    if found is None:
        raise _missing(document_id)
    return found


def _missing(document_id: UUID, where: str = "") -> ObjectNotFound:
    return ObjectNotFound(
        help_message=f"There is no block document {document_id}{where}. `prefect block ls` lists those there are."
    )


def _opened(
    conn: Connection,
    document: SealedDocument,
    keys: Keys,
    *,
    include_secrets: bool,
    above: frozenset[UUID] = frozenset(),
) -> BlockDocument:
    """A document with those that it refers to; a reference to what is gone, or to one above, stays as it is."""
    data = unseal(document.sealed, keys)
    others = {path: store.read_document(conn, other) for path, other in references_in(data) if other not in above}
    above = above | {document.id}
    references = {
        path: _opened(conn, other, keys, include_secrets=include_secrets, above=above)
        for path, other in others.items()
        if other is not None and other.id not in above
    }
    whole = replaced(data, {path: other.data for path, other in references.items()})
    return BlockDocument(
        id=document.id,
        name=document.name,
        data=whole if include_secrets else obfuscated(whole, document.block_schema),
        block_type=document.block_type,
        block_schema=document.block_schema,
        is_anonymous=document.is_anonymous,
        references=references,
        created=document.created,
        updated=document.updated,
    )
