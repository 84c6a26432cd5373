"""What can be done with variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.variables import Variable
from prefect._store import variables as store
from prefect._store.database import Database


def set_variable(
    db: Database,
    name: str,
    value: Any,
    tags: list[str],
    *,
    overwrite: bool,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Variable:
    """Give a variable a value. Raises `ValueError` for a name that is taken, unless it may be overwritten."""
    variable = Variable(new_id(), name, value, tags, now, now)
    with db.write() as conn:
        if overwrite:
            store.write_variable(conn, variable)
        elif not store.insert_variable(conn, variable):
            raise ValueError(f"The variable {name!r} exists already; give overwrite=True to change it.")
        kept = store.read_variable(conn, name)
        assert kept is not None
        return kept


def read_variable(db: Database, name: str) -> Variable | None:
    """The variable of that name, or None."""
    with db.read() as conn:
        return store.read_variable(conn, name)


def list_variables(db: Database, *, limit: int = 200, offset: int = 0) -> list[Variable]:
    """Variables by name."""
    with db.read() as conn:
        return store.list_variables(conn, limit=limit, offset=offset)


def unset_variable(db: Database, name: str) -> bool:
    """Remove a variable; whether there was one."""
    with db.write() as conn:
        return store.delete_variable(conn, name)
