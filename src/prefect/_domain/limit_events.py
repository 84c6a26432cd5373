"""The events of concurrency limits: slots that were taken and given back, and limits that were made or changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from prefect._domain.concurrency import ConcurrencyLimit, Holder
from prefect._domain.events import ID, LONGEST_TIE, NAME, ROLE, Event, Resource

KIND = "prefect.concurrency-limit"


def acquired(
    limit: ConcurrencyLimit,
    slots: int,
    others: Iterable[ConcurrencyLimit],
    holder: Holder | None,
    *,
    id: UUID,
    now: datetime,
) -> Event:
    """Slots of a limit were taken, together with those of others."""
    return Event(id, now, f"{KIND}.acquired", _taken(limit, slots), _related(others, holder))


def released(
    limit: ConcurrencyLimit,
    slots: int,
    others: Iterable[ConcurrencyLimit],
    holder: Holder | None,
    *,
    id: UUID,
    taking: UUID,
    taken: datetime,
    now: datetime,
) -> Event:
    """Slots were given back; it follows their taking, unless that is too long ago."""
    follows = taking if now - taken <= LONGEST_TIE else None
    return Event(id, now, f"{KIND}.released", _taken(limit, slots), _related(others, holder), follows=follows)


def changed(
    limit: ConcurrencyLimit, what: Literal["created", "updated", "deleted"], *, id: UUID, now: datetime
) -> Event:
    """A limit was made, changed or removed."""
    payload = {
        "name": limit.name,
        "limit": limit.limit,
        "active": limit.active,
        "slot_decay_per_second": limit.slot_decay_per_second,
    }
    return Event(id, now, f"{KIND}.{what}", _named(limit), payload=payload)


def _named(limit: ConcurrencyLimit) -> Resource:
    return {ID: f"{KIND}.{limit.id}", NAME: limit.name}


def _taken(limit: ConcurrencyLimit, slots: int) -> Resource:
    return {**_named(limit), "slots-acquired": str(slots), "limit": str(limit.limit)}


def _related(others: Iterable[ConcurrencyLimit], holder: Holder | None) -> tuple[Resource, ...]:
    limits = ({ID: f"{KIND}.{other.id}", ROLE: "concurrency-limit"} for other in others)
    role = holder.type.replace("_", "-") if holder is not None else ""
    runs = () if holder is None else ({ID: f"prefect.{role}.{holder.id}", ROLE: role},)
    return (*runs, *limits)
