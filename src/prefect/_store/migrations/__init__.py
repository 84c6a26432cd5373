"""The chain of migrations: numbered SQL scripts, one a database, applied in order inside one transaction."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from prefect._store.connection import Connection
from prefect.exceptions import ConfigurationError

CHAIN = tuple(sorted(file.stem for file in Path(__file__).parent.glob("*.sql")))
LATEST = len(CHAIN)
FOREIGN = (
    "The database belongs to another program: it has tables of the same names as ours. Nothing was changed. Say "
    "another one in PREFECT_SERVER_DATABASE_CONNECTION_URL, or for PostgreSQL another schema (SEARCH_PATH); `prefect "
    "server import --from ADDRESS` takes over what this one holds."
)
CREATED = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?\"?(\w+)", re.MULTILINE)


def version(conn: Connection) -> int:
    """How many migrations a database has seen; 0 for a new one."""
    if not _has_versions(conn):
        return 0
    return int(conn.execute("SELECT COALESCE(MAX(version), 0) FROM schema_version")[0][0])


def _has_versions(conn: Connection) -> bool:
    return "schema_version" in tables_of(conn)


def tables_of(conn: Connection) -> list[str]:
    """The tables of a database, the youngest first where it knows; of PostgreSQL those of the schema that is used."""
    if conn.dialect == "sqlite":
        found = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid DESC"
    else:
        found = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    return [name for (name,) in conn.execute(found)]


def foreign_tables(conn: Connection) -> list[str]:
    """The tables that are not of this package."""
    ours = own_tables()
    return sorted(name for name in tables_of(conn) if name not in ours)


def is_foreign(tables: Collection[str]) -> bool:
    """Whether tables are those of another program that would be in the way of ours: they share names."""
    return "schema_version" not in tables and bool({"alembic_version", *own_tables()} & set(tables))


@lru_cache(maxsize=1)
def own_tables() -> frozenset[str]:
    """The names of all tables that the chain ever makes."""
    scripts = (script(name, "sqlite") for name in CHAIN)
    return frozenset(name for text in scripts for name in CREATED.findall(text))


def upgrade(conn: Connection) -> list[str]:
    """Apply what is missing and give the names; call it in a write transaction.

    Raises `ConfigurationError` for a database written by a later version.
    """
    if conn.dialect == "postgresql":
        conn.execute("SELECT pg_advisory_xact_lock(4200)")
    current = version(conn)
    if is_foreign(tables_of(conn)):
        raise ConfigurationError(FOREIGN)
    if current > LATEST:
        raise ConfigurationError(
            f"The database has schema version {current}, but this version of the package knows {LATEST} at most. "
            "Install the version that wrote it, or a later one."
        )
    missing = CHAIN[current:]
    for number, name in enumerate(missing, start=current + 1):
        conn.script(script(name, conn.dialect))
        conn.execute("INSERT INTO schema_version (version) VALUES (?)", (number,))
    return list(missing)


def drop_everything(conn: Connection) -> None:
    """Drop every table of this package, the youngest first, for a table refers to older ones; others stay.

    Call it in a write transaction.
    """
    cascade = " CASCADE" if conn.dialect == "postgresql" else ""
    for name in [name for name in tables_of(conn) if name in own_tables()]:
        conn.execute(f'DROP TABLE "{name}"{cascade}')


def script(name: str, dialect: str) -> str:
    """The text of a migration for a database; the scripts are written in SQLite's types."""
    text = (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
    return text if dialect == "sqlite" else _for_postgresql(text)


POSTGRES_WORDS = (
    (" WITHOUT ROWID", ""),
    (" JSON_TEXT", " JSONB"),
    (" TIMESTAMP", " TIMESTAMPTZ"),
    (" REAL", " DOUBLE PRECISION"),
    (" BLOB", " BYTEA"),
    (" DESC", " DESC NULLS LAST"),
)


def _for_postgresql(text: str) -> str:
    for ours, theirs in POSTGRES_WORDS:
        text = text.replace(ours, theirs)
    return text
