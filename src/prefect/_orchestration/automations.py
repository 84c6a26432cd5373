"""What can be done with automations: make, change, read and remove one, and look what it did.

That they fire is noticed in `duties/automations.py`, their actions are carried out in `acting.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from prefect._domain.automations import Automation, related_resources
from prefect._domain.automations.telling import changed
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import SORTS, Order
from prefect._domain.triggers import Trigger, named, unnamed
from prefect._orchestration.duties.automations import begin
from prefect._orchestration.events import tell
from prefect._store import automation_progress as progress
from prefect._store import automations as store
from prefect._store import firings
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]
BY_NAME = SORTS["automation"]["NAME_ASC"]


def create(db: Database, wanted: Automation, *, owner: str | None = None, now: datetime, new_id: NewId) -> Automation:
    """Record an automation, which listens from now on; its triggers get ids where they have none."""
    automation = replace(wanted, trigger=named(wanted.trigger, new_id), created=now, updated=now)
    with db.write() as conn:
        store.insert_automation(conn, automation)
        _relate(conn, automation, owner, now, new_id)
        begin(conn, automation, now=now)
        tell(conn, changed(automation, "created", id=new_id(), now=now))
    return automation


def update(db: Database, wanted: Automation, *, now: datetime, new_id: NewId) -> None:
    """Give the automation of that id these values; its owner stays. Raises `ObjectNotFound`.

    What it knows stays where its trigger does.
    """
    with db.write() as conn:
        known = _automation(conn, wanted.id)
        automation = replace(wanted, trigger=_named_as(known.trigger, wanted.trigger, new_id), updated=now)
        store.replace_automation(conn, automation)
        _relate(conn, automation, store.owner_of(conn, wanted.id), now, new_id)
        if automation.trigger == known.trigger and known.enabled:
            progress.touch(conn, automation.id)
        else:
            begin(conn, automation, now=now)
        tell(conn, changed(automation, "updated", id=new_id(), now=now))


def _named_as(known: Trigger, wanted: Trigger, new_id: NewId) -> Trigger:
    """The trigger with the ids of the one that is known, where it says the same."""
    return known if unnamed(known) == unnamed(wanted) else named(wanted, new_id)


def _relate(conn: Connection, automation: Automation, owner: str | None, now: datetime, new_id: NewId) -> None:
    store.relate(conn, automation.id, related_resources(automation), owner, now=now, new_id=new_id)


def set_enabled(db: Database, automation_id: UUID, enabled: bool, *, now: datetime, new_id: NewId) -> None:
    """Turn an automation on or off; one that is turned on listens from now on. Raises `ObjectNotFound`."""
    with db.write() as conn:
        known = _automation(conn, automation_id)
        if known.enabled == enabled:
            return
        store.set_enabled(conn, automation_id, enabled, now=now)
        automation = replace(known, enabled=enabled, updated=now)
        if enabled:
            begin(conn, automation, now=now)
        tell(conn, changed(automation, "updated", id=new_id(), now=now))


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


def count(db: Database, filter: Filter = EVERYTHING) -> int:
    """How many automations are meant."""
    with db.read() as conn:
        return store.count_automations(conn, filter)


def related_to(db: Database, resource_id: str) -> list[Automation]:
    """The automations that name a resource or are owned by it, by name."""
    with db.read() as conn:
        return store.related_automations(conn, resource_id)


def delete(db: Database, automation_id: UUID, *, now: datetime, new_id: NewId) -> None:
    """Remove an automation, and what is known of its firings. Raises `ObjectNotFound`."""
    with db.write() as conn:
        _delete(conn, _automation(conn, automation_id), now, new_id)


def delete_owned(db: Database, resource_id: str, *, now: datetime, new_id: NewId) -> int:
    """Remove what a resource owns; how many automations that were."""
    with db.write() as conn:
        return delete_what_is_owned(conn, resource_id, now=now, new_id=new_id)


def delete_what_is_owned(conn: Connection, resource_id: str, *, now: datetime, new_id: NewId) -> int:
    """Remove what a resource owns, in the transaction of what becomes of it; how many automations that were."""
    owned = store.owned_automations(conn, resource_id)
    for automation in owned:
        _delete(conn, automation, now, new_id)
    return len(owned)


def _delete(conn: Connection, automation: Automation, now: datetime, new_id: NewId) -> None:
    store.delete_automation(conn, automation.id)
    tell(conn, changed(automation, "deleted", id=new_id(), now=now))


def list_firings(db: Database, automation_id: UUID, *, limit: int) -> list[firings.Recorded]:
    """The last firings of an automation with what was done, the latest first. Raises `ObjectNotFound`."""
    with db.read() as conn:
        _automation(conn, automation_id)
        return firings.of_automation(conn, automation_id, limit=limit)


def _automation(conn: Connection, automation_id: UUID) -> Automation:
    found = store.read_automation(conn, automation_id)
    if found is None:
        raise _no_automation(automation_id)
    return found


def _no_automation(automation_id: UUID) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no automation {automation_id}.")
