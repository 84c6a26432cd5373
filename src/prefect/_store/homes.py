"""Which file in a home is its database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from prefect.exceptions import ConfigurationError

DEFAULT_FILE, FILE_BESIDE = "prefect.db", "tidemill.db"
"""The database of a home, and the one that is used where another program has its own under that name."""
WHO_SAYS = "PREFECT_HOME, or PREFECT_SERVER_DATABASE_CONNECTION_URL, says where the database is."


def file_of_home(home: Path) -> Path:
    """The file of a home's database: one that belongs to another program is left alone, and ours is made beside it."""
    usual, beside = home / DEFAULT_FILE, home / FILE_BESIDE
    return beside if beside.exists() or belongs_to_others(usual) else usual


def require_place(file: Path) -> None:
    """Raise `ConfigurationError` for a database that cannot be where it is said, before anything is made for it.

    The folder of a home's own file is made with it; that of another one has to be there.
    """
    if file.is_dir():
        raise ConfigurationError(f"{file} is a folder; a database is a file, such as {file / DEFAULT_FILE}. {WHO_SAYS}")
    there = next(folder for folder in file.absolute().parents if folder.exists())
    if not there.is_dir():
        raise ConfigurationError(f"{there} is a file, and no folder in which {file} could be. {WHO_SAYS}")
    if there != file.absolute().parent and file.name not in (DEFAULT_FILE, FILE_BESIDE):
        raise ConfigurationError(
            f"There is no folder {file.parent} for the database {file}. Make it: mkdir -p '{file.parent}'. {WHO_SAYS}"
        )


def belongs_to_others(file: Path) -> bool:
    """Whether a file is another program's database; nothing is written to find out."""
    if not file.is_file():
        return False
    found = file.stat()
    return found.st_size > 0 and _is_of_others(file.resolve().as_uri(), (found.st_ino, found.st_mtime_ns))


@lru_cache(maxsize=16)
def _is_of_others(uri: str, moment: tuple[int, int]) -> bool:
    """Asked once of a file as it is at a moment: who names the database of a home asks, and who opens it."""
    import sqlite3

    try:
        conn = sqlite3.connect(f"{uri}?mode=ro", uri=True)
        try:
            tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        finally:
            conn.close()
    except sqlite3.Error:
        return False  # whoever opens it tells what is wrong with it
    names = {name for (name,) in tables}
    return "alembic_version" in names and "schema_version" not in names
