"""What can be done with named concurrency limits; those of deployments and of tags are among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.concurrency import ConcurrencyLimit, Holder, Occupant, SlotKind, Taker
from prefect._domain.limit_events import changed
from prefect._orchestration import slots as deployment_slots
from prefect._orchestration.events import tell
from prefect._orchestration.taking_slots import refuse_the_impossible, serve
from prefect._store import concurrency as store
from prefect._store.concurrency import EVERY, LimitsWanted, Slot
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.occupants import read_holders, read_waiting
from prefect._store.waiters import count_waiters
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

NewId = Callable[[], UUID]


def create(db: Database, limit: ConcurrencyLimit, *, taken: int = 0, now: datetime, new_id: NewId) -> ConcurrencyLimit:
    """A new limit, so many of whose slots are taken by nobody. Raises `ObjectAlreadyExists` where the name is taken."""
    with db.write() as conn:
        if not store.insert_limit(conn, limit):
            known = store.read_limits_named(conn, [limit.name], now=now)
            if not known or known[0].id != limit.id:
                raise ObjectAlreadyExists(ValueError(f"There is a concurrency limit {limit.name!r} already."))
            return known[0]
        _take_for_nobody(conn, limit.id, taken, now, new_id)
        tell(conn, changed(limit, "created", id=new_id(), now=now))
        return store.read_limits(conn, [limit.id], now=now)[limit.id]


def read(db: Database, key: UUID | str, *, now: datetime) -> ConcurrencyLimit:
    """The limit of that id or name. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _limit(conn, key, now)


def list_limits(
    db: Database, wanted: LimitsWanted = EVERY, *, limit: int = 200, offset: int = 0, now: datetime
) -> list[ConcurrencyLimit]:
    """Those limits that are wanted, by name."""
    with db.read() as conn:
        return store.list_limits(conn, wanted, limit=limit, offset=offset, now=now)


def count(db: Database, wanted: LimitsWanted) -> int:
    """How many limits are wanted."""
    with db.read() as conn:
        return store.count_limits(conn, wanted)


def count_waiting(db: Database, limit_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, int]:
    """How many wait for each of some limits."""
    with db.read() as conn:
        return count_waiters(conn, limit_ids, now=now) if limit_ids else {}


def names_beginning(db: Database, prefix: str) -> list[str]:
    """The names of the active limits that begin in that way."""
    with db.read() as conn:
        return store.names_beginning(conn, prefix)


def update(db: Database, key: UUID | str, changes: dict[str, Any], *, now: datetime, new_id: NewId) -> None:
    """Change a limit; who waits for it is served. With `active_slots`, so many of its slots are taken from now on.

    Raises `ObjectNotFound`, and `ObjectAlreadyExists` for a name in use.
    """
    with db.write() as conn:
        store.lock_slots(conn)
        known = _limit(conn, key, now)
        given = {name: value for name, value in changes.items() if value is not None}
        taken = given.pop("active_slots", None)
        limit = replace(known, **given, updated=now)
        if limit.name != known.name and store.read_limits_named(conn, [limit.name], now=now):
            raise ObjectAlreadyExists(ValueError(f"There is a concurrency limit {limit.name!r} already."))
        store.replace_limit(conn, limit)
        tell(conn, changed(limit, "updated", id=new_id(), now=now))
        if taken is not None:
            _have_taken(conn, limit, taken, now, new_id)
        refuse_the_impossible(conn, limit.id, now=now)
        _wake(conn, limit.id, now, new_id)


def delete(db: Database, key: UUID | str, *, now: datetime, new_id: NewId) -> None:
    """Remove a limit; who waits for it goes on. Raises `ObjectNotFound`."""
    with db.write() as conn:
        store.lock_slots(conn)
        limit = _limit(conn, key, now)
        store.replace_limit(conn, replace(limit, active=False))
        _wake(conn, limit.id, now, new_id)
        deployment_slots.wake_all(conn, limit.id, now=now)
        tell(conn, changed(limit, "deleted", id=new_id(), now=now))
        store.delete_limit(conn, limit.name)


def reset(db: Database, key: UUID | str, holders: Collection[UUID] = (), *, now: datetime, new_id: NewId) -> None:
    """End all slots of a limit; task runs that are said to hold one do. Raises `ObjectNotFound`."""
    with db.write() as conn:
        store.lock_slots(conn)
        limit = _limit(conn, key, now)
        store.end_slots_of_limit(conn, limit.id)
        store.insert_slots(conn, [_slot_of(limit.id, run, now, new_id) for run in holders])
        _wake(conn, limit.id, now, new_id)


def _slot_of(limit_id: UUID, task_run_id: UUID, now: datetime, new_id: NewId) -> Slot:
    taker = Taker(holder=Holder("task_run", task_run_id))
    return Slot(new_id(), now, limit_id, new_id(), 1, SlotKind.RUN, taker, store.UNTIL_RETURNED)


def _limit(conn: Connection, key: UUID | str, now: datetime) -> ConcurrencyLimit:
    found = list(store.read_limits(conn, [key], now=now).values()) if isinstance(key, UUID) else []
    found = found or store.read_limits_named(conn, [str(key)], now=now)
    if not found:
        raise ObjectNotFound(help_message=f"There is no concurrency limit {str(key)!r}.")
    return found[0]


def _have_taken(conn: Connection, limit: ConcurrencyLimit, slots: int, now: datetime, new_id: NewId) -> None:
    """See to it that so many slots of a limit are taken: those that nobody answers for end first, then the oldest."""
    store.end_decaying_slots(conn, limit.id)
    held = store.held_slots(conn, [limit.id], now=now)
    surplus = sum(slot.slots for slot in held) - slots
    _take_for_nobody(conn, limit.id, -surplus, now, new_id)
    for slot in sorted(held, key=lambda slot: slot.kind is not SlotKind.RETURN):
        if surplus <= 0:
            return
        if slot.slots > surplus:
            store.resize_slot(conn, slot.id, slot.slots - surplus)
        else:
            store.delete_slot(conn, slot.id)
        surplus -= slot.slots


def _take_for_nobody(conn: Connection, limit_id: UUID, slots: int, now: datetime, new_id: NewId) -> None:
    if slots > 0:
        slot = Slot(new_id(), now, limit_id, new_id(), slots, SlotKind.RETURN, Taker(), store.UNTIL_RETURNED)
        store.insert_slots(conn, [slot])


def _wake(conn: Connection, limit_id: UUID, now: datetime, new_id: NewId) -> None:
    """Serve those who wait for a limit: runs of its deployment, and others."""
    deployment_slots.wake(conn, [limit_id], now=now)
    serve(conn, [limit_id], now=now, new_id=new_id)


def holders(db: Database, names: Sequence[str], *, now: datetime) -> list[Occupant]:
    """Who holds slots of the limits of these names, the longest first."""
    with db.read() as conn:
        return read_holders(conn, names, now=now) if names else []


def waiting(db: Database, names: Sequence[str], *, now: datetime) -> list[Occupant]:
    """Who waits for slots of the limits of these names, in order of arrival."""
    with db.read() as conn:
        return read_waiting(conn, names, now=now) if names else []
