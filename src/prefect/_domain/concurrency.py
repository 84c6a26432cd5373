"""A concurrency limit: how many may do something at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

SLOT_WAIT = 30.0
"""Seconds after which a run that waits for a slot is tried again, should nobody wake it before."""
GRACE = 300.0
"""Seconds that a run without a lease may take from being claimed to running until its slot is given away."""


class CollisionStrategy(str, Enum):
    """What happens to a run that finds all slots of its deployment taken."""

    ENQUEUE = "ENQUEUE"
    CANCEL_NEW = "CANCEL_NEW"


class ConcurrencyOptions(NamedTuple):
    """How the limit of a deployment is kept; the grace period is in seconds."""

    collision_strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    grace_period_seconds: int | None = None


@dataclass(slots=True)
class ConcurrencyLimit:
    """A named number of slots. `active_slots` says how many are taken, as of the moment in which it was read."""

    id: UUID
    name: str
    limit: int
    active: bool = True
    active_slots: int = 0
    slot_decay_per_second: float = 0.0
    avg_slot_occupancy_seconds: float = 2.0
    created: datetime | None = None
    updated: datetime | None = None


def name_for_deployment(deployment_id: UUID) -> str:
    """The name of the limit that a deployment has of its own."""
    return f"deployment:{deployment_id}"
