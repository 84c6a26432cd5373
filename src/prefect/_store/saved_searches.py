"""Saved searches as recorded."""

from __future__ import annotations

from uuid import UUID

from prefect._domain.saved_searches import SavedSearch
from prefect._store.connection import Connection, Row
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = "id, name, filters, created, updated"


def write_saved_search(conn: Connection, search: SavedSearch) -> SavedSearch:
    """Record a search; the one that has its name takes these filters and keeps its id."""
    conn.execute(
        f"INSERT INTO saved_search ({COLUMNS}) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET filters = excluded.filters, updated = excluded.updated",
        (str(search.id), search.name, json_text(search.filters), moment(search.created), moment(search.updated)),
    )
    return _search(conn.execute(f"SELECT {COLUMNS} FROM saved_search WHERE name = ?", (search.name,))[0])


def read_saved_search(conn: Connection, search_id: UUID) -> SavedSearch | None:
    """The search with that id, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM saved_search WHERE id = ?", (str(search_id),))
    return _search(rows[0]) if rows else None


def list_saved_searches(conn: Connection, *, limit: int, offset: int = 0) -> list[SavedSearch]:
    """Searches by name."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM saved_search ORDER BY name LIMIT ? OFFSET ?", (limit, offset))
    return [_search(row) for row in rows]


def delete_saved_search(conn: Connection, search_id: UUID) -> bool:
    """Remove a search; whether there was one."""
    return conn.change("DELETE FROM saved_search WHERE id = ?", (str(search_id),)) > 0


def _search(row: Row) -> SavedSearch:
    return SavedSearch(
        id=must_read_identity(row[0]),
        name=row[1],
        filters=read_json(row[2]),
        created=read_moment(row[3]),
        updated=read_moment(row[4]),
    )
