"""What an error of a database's driver means, whichever the database."""

from __future__ import annotations

import sqlite3
from enum import Enum


class Fault(Enum):
    """Why a statement could not be carried out."""

    BUSY = "busy"
    """Others were at work: the same may work later."""
    AWAY = "away"
    """The database ended or cannot be reached, or it undid what stood in the way of others: the same may work later."""
    GONE = "gone"
    """The file of the database was removed or replaced while it was in use: what is written there would be lost."""
    FULL = "full"
    """There is no room left on the disk."""
    CONFLICT = "conflict"
    """Something is there already, or something that is referred to is not."""
    UNFIT = "unfit"
    """A value is none that the database takes."""


class FileGone(sqlite3.OperationalError):
    """A file of SQLite is not the one any more that was opened."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"The database {path} was removed or replaced while it was in use, so that what is written would be lost. "
            "Put the file back, or start what uses it again."
        )


POSTGRES = {
    "DiskFull": Fault.FULL,
    "IntegrityError": Fault.CONFLICT,
    "DataError": Fault.UNFIT,
    "OperationalError": Fault.AWAY,
}
"""The classes of the driver's errors; it is loaded by those alone who use PostgreSQL."""


def fault_of(error: BaseException) -> Fault | None:
    """What an error means; None for one that is no driver's, or is our own mistake."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    kinds = {kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("psycopg")}
    return next((fault for name, fault in POSTGRES.items() if name in kinds), None)


def _of_sqlite(error: sqlite3.Error) -> Fault | None:
    told = str(error)
    if isinstance(error, FileGone):
        return Fault.GONE
    if isinstance(error, sqlite3.IntegrityError):
        return Fault.CONFLICT
    if isinstance(error, sqlite3.OperationalError):
        if "locked" in told or "busy" in told:
            return Fault.BUSY
        if "full" in told:
            return Fault.FULL
    return None
