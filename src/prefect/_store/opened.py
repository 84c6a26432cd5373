"""The databases that this process has open, each once."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from prefect._store.connection import PATIENCE
from prefect._store.database import Database, open_database
from prefect.utilities.opened_once import OpenedOnce


class Named(Protocol):
    """A database as settings name it; `timeout` is in seconds."""

    connection_url: Any
    durability: str
    timeout: float


_databases: OpenedOnce[Database] = OpenedOnce()


def opened_database(url: str, durability: str = "normal", patience: float = PATIENCE) -> Database:
    """The database at an address, opened by the first who asks and as it wishes; a forked child opens its own."""
    return _databases.get(url, partial(open_database, url, durability=durability, patience=patience))


def database_of(named: Named) -> Database:
    """The database that settings name (`settings.server.database`), opened as they say."""
    return opened_database(str(named.connection_url), named.durability, named.timeout)


def close_databases() -> None:
    """Close every database; who asks next opens it again."""
    _databases.close()
