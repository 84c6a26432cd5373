"""What can be done with automations. They are recorded; nothing acts on them yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from prefect._domain.automations import Automation, related_resources
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import SORTS, Order
from prefect._domain.triggers import named
from prefect._store import automations as store
from prefect._store.database import Connection, Database
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]
BY_NAME = SORTS["automation"]["NAME_ASC"]


def create(db: Database, wanted: Automation, *, owner: str | None = None, now: datetime, new_id: NewId) -> Automation:
    """Record an automation; its triggers get ids where they have none."""
    automation = replace(wanted, trigger=named(wanted.trigger, new_id), created=now, updated=now)
    with db.write() as conn:
        store.insert_automation(conn, automation)
        _relate(conn, automation, owner, now, new_id)
    return automation


def update(db: Database, wanted: Automation, *, now: datetime, new_id: NewId) -> None:
    """Give the automation of that id these values; its owner stays. Raises `ObjectNotFound`."""
    automation = replace(wanted, trigger=named(wanted.trigger, new_id), updated=now)
    with db.write() as conn:
        _automation(conn, wanted.id)
        store.replace_automation(conn, automation)
        _relate(conn, automation, store.owner_of(conn, wanted.id), now, new_id)


def _relate(conn: Connection, automation: Automation, owner: str | None, now: datetime, new_id: NewId) -> None:
    store.relate(conn, automation.id, related_resources(automation), owner, now=now, new_id=new_id)


def set_enabled(db: Database, automation_id: UUID, enabled: bool, *, now: datetime) -> None:
    """Turn an automation on or off. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.set_enabled(conn, automation_id, enabled, now=now):
            raise _no_automation(automation_id)


def read(db: Database, automation_id: UUID) -> Automation:
    """The automation with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _automation(conn, automation_id)


def list_automations(
    db: Database, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, order: Order = BY_NAME
) -> list[Automation]:
    """Automations, by name unless another order is asked for."""
    with db.read() as conn:
        return store.list_automations(conn, limit=limit, offset=offset, filter=filter, order=order)


def count(db: Database) -> int:
    """How many automations there are."""
    with db.read() as conn:
        return store.count_automations(conn)


def related_to(db: Database, resource_id: str) -> list[Automation]:
    """The automations that name a resource or are owned by it, by name."""
    with db.read() as conn:
        return store.related_automations(conn, resource_id)


def delete(db: Database, automation_id: UUID) -> None:
    """Remove an automation. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.delete_automation(conn, automation_id):
            raise _no_automation(automation_id)


def delete_owned(db: Database, resource_id: str) -> int:
    """Remove what a resource owns; how many automations that were."""
    with db.write() as conn:
        return store.delete_owned_automations(conn, resource_id)


def _automation(conn: Connection, automation_id: UUID) -> Automation:
    found = store.read_automation(conn, automation_id)
    if found is None:
        raise _no_automation(automation_id)
    return found


def _no_automation(automation_id: UUID) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no automation {automation_id}.")
