"""What can be done with variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.events import resource
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import SORTS, Order
from prefect._domain.variables import Variable, checked_value
from prefect._orchestration.telling import changes as changes_of
from prefect._orchestration.telling import told_of
from prefect._store import variables as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

BY_NAME = SORTS["variable"]["NAME_ASC"]


def create(
    db: Database, name: str, value: Any, tags: list[str], *, now: datetime, new_id: Callable[[], UUID]
) -> Variable:
    """A new variable. Raises `ObjectAlreadyExists` where the name is taken."""
    variable = Variable(new_id(), name, checked_value(name, value), tags, now, now)
    with db.write() as conn:
        if not store.insert_variable(conn, variable):
            known = store.read_variable(conn, name)
            if known is None or known.id != variable.id:
                raise ObjectAlreadyExists(ValueError(f"There is a variable {name!r} already."))
        else:
            _tell(conn, "created", variable, now)
    return variable


def _tell(conn: Connection, what: str, variable: Variable, now: datetime) -> None:
    payload = {"name": variable.name, "value": variable.value, "tags": variable.tags}
    told_of(conn, what, resource("variable", variable.id, variable.name), now=now, payload=payload)


def read(db: Database, key: UUID | str) -> Variable:
    """The variable of that id or name. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _variable(conn, key)


def read_variable(db: Database, name: str) -> Variable | None:
    """The variable of that name, or None."""
    with db.read() as conn:
        return store.read_variable(conn, name)


def list_variables(
    db: Database, *, limit: int = 200, offset: int = 0, filter: Filter = EVERYTHING, order: Order = BY_NAME
) -> list[Variable]:
    """Variables, by name unless another order is asked for."""
    with db.read() as conn:
        return store.list_variables(conn, limit=limit, offset=offset, filter=filter, order=order)


def count(db: Database, filter: Filter = EVERYTHING) -> int:
    """How many variables there are."""
    with db.read() as conn:
        return store.count_variables(conn, filter)


def update(db: Database, key: UUID | str, changes: dict[str, Any], *, now: datetime) -> None:
    """Change a variable's name, value or tags. Raises `ObjectNotFound`, and `ObjectAlreadyExists` for a name in use."""
    with db.write() as conn:
        known = _variable(conn, key)
        changed = replace(known, **{field: value for field, value in changes.items() if value is not None}, updated=now)
        if "value" in changes:
            changed.value = checked_value(changed.name, changes["value"])
        if changed.name != known.name and store.read_variable(conn, changed.name) is not None:
            raise ObjectAlreadyExists(ValueError(f"There is a variable {changed.name!r} already."))
        store.replace_variable(conn, changed)
        if changes_of(known, changed):
            _tell(conn, "updated", changed, now)


def delete(db: Database, key: UUID | str, *, now: datetime) -> None:
    """Remove a variable. Raises `ObjectNotFound`."""
    with db.write() as conn:
        known = _variable(conn, key)
        store.delete_variable(conn, known.name)
        _tell(conn, "deleted", known, now)


def _variable(conn: Connection, key: UUID | str) -> Variable:
    found = store.read_variable_by_id(conn, key) if isinstance(key, UUID) else store.read_variable(conn, key)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no variable {str(key)!r}.")
    return found
