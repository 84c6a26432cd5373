"""How large the database is."""

from __future__ import annotations

from prefect._store.connection import Connection

SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def database_size(conn: Connection) -> int:
    """The bytes that the database takes on disk, but what has been written last."""
    return int(conn.execute(SIZES[conn.dialect])[0][0])
