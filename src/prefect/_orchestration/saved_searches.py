"""What can be done with saved searches."""

from __future__ import annotations

from uuid import UUID

from prefect._domain.saved_searches import SavedSearch
from prefect._store import saved_searches as store
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound


def save(db: Database, search: SavedSearch) -> SavedSearch:
    """Record a search; the one that has its name takes these filters and keeps its id."""
    with db.write() as conn:
        return store.write_saved_search(conn, search)


def read(db: Database, search_id: UUID) -> SavedSearch:
    """The search with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        found = store.read_saved_search(conn, search_id)
    if found is None:
        raise _no_search(search_id)
    return found


def list_searches(db: Database, *, limit: int, offset: int = 0) -> list[SavedSearch]:
    """Searches by name."""
    with db.read() as conn:
        return store.list_saved_searches(conn, limit=limit, offset=offset)


def delete(db: Database, search_id: UUID) -> None:
    """Remove a search. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.delete_saved_search(conn, search_id):
            raise _no_search(search_id)


def _no_search(search_id: UUID) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no saved search {search_id}.")
