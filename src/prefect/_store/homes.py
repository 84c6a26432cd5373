"""Which file in a home is its database."""

from __future__ import annotations

from pathlib import Path

DEFAULT_FILE, FILE_BESIDE = "prefect.db", "tidemill.db"
"""The database of a home, and the one that is used where another program has its own under that name."""


def file_of_home(home: Path) -> Path:
    """The file of a home's database: one that belongs to another program is left alone, and ours is made beside it."""
    usual, beside = home / DEFAULT_FILE, home / FILE_BESIDE
    return beside if beside.exists() or belongs_to_others(usual) else usual


def belongs_to_others(file: Path) -> bool:
    """Whether a file is another program's database; nothing is written to find out."""
    if not file.is_file() or file.stat().st_size == 0:
        return False
    import sqlite3

    try:
        conn = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        finally:
            conn.close()
    except sqlite3.Error:
        return False  # whoever opens it tells what is wrong with it
    names = {name for (name,) in tables}
    return "alembic_version" in names and "schema_version" not in names
