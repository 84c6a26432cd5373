"""The databases that this process has open, each once."""

from __future__ import annotations

import os
import threading

from prefect._store.database import PATIENCE, Database, open_database

_opened: dict[tuple[int, str], Database] = {}
_opening = threading.Lock()


def opened_database(url: str, durability: str = "normal", patience: float = PATIENCE) -> Database:
    """The database at an address, opened by the first who asks and as it wishes; a forked child opens its own."""
    key = (os.getpid(), url)
    found = _opened.get(key)
    if found is not None:
        return found
    with _opening:
        if key not in _opened:
            _opened[key] = open_database(url, durability=durability, patience=patience)
        return _opened[key]


def close_databases() -> None:
    """Close every database; who asks next opens it again."""
    with _opening:
        while _opened:
            _opened.popitem()[1].close()
