"""The chain of migrations: numbered SQL scripts, one a database, applied in order inside one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prefect.exceptions import ConfigurationError

if TYPE_CHECKING:
    from prefect._store.database import Connection

CHAIN = tuple(sorted(file.stem for file in Path(__file__).parent.glob("*.sql")))
LATEST = len(CHAIN)


def version(conn: Connection) -> int:
    """How many migrations a database has seen; 0 for a new one."""
    if not _has_versions(conn):
        return 0
    return int(conn.execute("SELECT COALESCE(MAX(version), 0) FROM schema_version")[0][0])


def _has_versions(conn: Connection) -> bool:
    if conn.dialect == "sqlite":
        return bool(conn.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"))
    return bool(conn.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'schema_version'"))


def upgrade(conn: Connection) -> list[str]:
    """Apply what is missing and give the names; call it in a write transaction.

    Raises `ConfigurationError` for a database written by a later version.
    """
    if conn.dialect == "postgresql":
        conn.execute("SELECT pg_advisory_xact_lock(4200)")
    current = version(conn)
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
    """Drop every table; call it in a write transaction."""
    if conn.dialect == "postgresql":
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in tables:
            conn.execute(f'DROP TABLE "{name}" CASCADE')
        return
    tables = conn.execute(  # the youngest first: a table refers to older ones
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid DESC"
    )
    for (name,) in tables:
        conn.execute(f'DROP TABLE "{name}"')


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
