"""The block in which results are kept where nobody says where."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._store.block_documents import read_document
from prefect._store.configuration import delete_configuration, read_configuration, write_configuration
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound

KEY = "SERVER_DEFAULT_RESULT_STORAGE"


def read(db: Database) -> UUID | None:
    """The id of the block document, or None where none has been chosen."""
    with db.read() as conn:
        chosen = read_configuration(conn, KEY)
    return UUID(chosen["block_document_id"]) if chosen else None


def choose(db: Database, block_document_id: UUID, *, id: UUID, now: datetime) -> None:
    """Choose a block document. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if read_document(conn, block_document_id) is None:
            raise ObjectNotFound(help_message=f"There is no block document {block_document_id}.")
        write_configuration(conn, KEY, {"block_document_id": str(block_document_id)}, id=id, now=now)


def forget(db: Database) -> None:
    """Choose none."""
    with db.write() as conn:
        delete_configuration(conn, KEY)
