"""A concurrency limit: how many may do something at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import ceil, inf
from typing import NamedTuple
from uuid import UUID

SLOT_WAIT = 30.0
"""Seconds after which a run that waits for a slot is tried again, should nobody wake it before."""
GRACE = 300.0
"""Seconds that a run without a lease may take from being claimed to running until its slot is given away."""

TAG, DEPLOYMENT = "tag:", "deployment:"
"""How the names of the limits begin that task runs with a tag share, and of those of deployments."""
GRANTED = "granted"
"""What a waiter is told who has what it waited for."""
ROUNDING = 1e-4
"""The part of a slot by which clocks and fractions may be wrong."""
OCCUPANCIES = 10
"""Over about how many slots one averages how long they are held."""


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
    """A named number of slots. `active_slots` says how many are taken, as of the moment in which it was read.

    Slots that were taken to keep to a pace end one after another, the last of them at `decays_until`.
    """

    id: UUID
    name: str
    limit: int
    active: bool = True
    active_slots: int = 0
    slot_decay_per_second: float = 0.0
    avg_slot_occupancy_seconds: float = 2.0
    created: datetime | None = None
    updated: datetime | None = None
    decays_until: datetime | None = None


def name_for_deployment(deployment_id: UUID) -> str:
    """The name of the limit that a deployment has of its own."""
    return f"{DEPLOYMENT}{deployment_id}"


def name_for_tag(tag: str) -> str:
    """The name of the limit that the task runs with a tag share."""
    return f"{TAG}{tag}"


class Mode(str, Enum):
    """What slots are taken for: while something goes on, or to keep to a pace, at which they end by themselves."""

    CONCURRENCY = "concurrency"
    RATE_LIMIT = "rate_limit"


class SlotKind(str, Enum):
    """How a slot ends."""

    LEASE = "lease"
    """With its lease, unless it is given back before."""
    RUN = "run"
    """With the run that holds it."""
    RETURN = "return"
    """When it is given back, and not before."""
    DECAY = "decay"
    """By time, at the pace of its limit."""


class Holder(NamedTuple):
    """The run for which slots are taken."""

    type: str
    id: UUID


class Taker(NamedTuple):
    """Who asks for slots: the process (`host:pid:id`), and the run where there is one."""

    process: str | None = None
    holder: Holder | None = None


class Wanted(NamedTuple):
    """So many slots of one limit."""

    limit_id: UUID
    slots: int


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits for slots of some limits, all of them or none.

    `answer` is None while it waits; then GRANTED, or a sentence that says why it will never be.
    """

    lease_id: UUID
    mode: Mode
    lease_seconds: float
    taker: Taker
    since: datetime
    expires_at: datetime
    answer: str | None = None
    wants: tuple[Wanted, ...] = ()


class Occupant(NamedTuple):
    """Who holds slots of a limit, or waits for them: a run of that name, or a process; waiters have no kind."""

    limit_id: UUID
    limit_name: str
    lease_id: UUID
    slots: int
    kind: SlotKind | None
    process: str | None
    holder_type: str | None
    holder_id: UUID | None
    holder_name: str | None
    flow_run_id: UUID | None
    since: datetime
    expires_at: datetime | None


def free_slots(limit: ConcurrencyLimit) -> float:
    """How many slots of a limit are free; of one that is not active, as many as one likes."""
    return limit.limit - limit.active_slots if limit.active else inf


def refusal(limits: Iterable[ConcurrencyLimit], slots: int, mode: Mode) -> str | None:
    """Why so many slots of each limit will never be had, or None."""
    kept = [limit for limit in limits if limit.active]
    too_small = [limit for limit in kept if slots > limit.limit]
    if too_small:
        told = ", ".join(f"{limit.name!r} has {limit.limit}" for limit in too_small)
        return f"Slots requested is greater than the limit: {slots} asked for, and {told}."
    steady = [limit.name for limit in kept if limit.slot_decay_per_second <= 0]
    if mode is Mode.RATE_LIMIT and steady:
        return (
            "Only concurrency limits with slot decay can be used for rate limiting. The following limits do not have a "
            f"decay configured: {', '.join(map(repr, steady))}. Give them a slot_decay_per_second above 0."
        )
    return None


def served(line: Iterable[Waiter], free: Mapping[UUID, float]) -> list[Waiter]:
    """Those of a line, in order of arrival, who can have what they want, where so many slots of each limit are free.

    Nobody gets a slot of a limit while somebody who came before waits for more of it. Who waits for another limit
    holds nobody up, so that two who hold what the other one wants do not arise from waiting in line.
    """
    left = dict(free)
    lucky = []
    for waiter in line:
        short = [wanted.limit_id for wanted in waiter.wants if left[wanted.limit_id] < wanted.slots]
        if short:
            left.update(dict.fromkeys(short, 0))
        else:
            lucky.append(waiter)
            for wanted in waiter.wants:
                left[wanted.limit_id] -= wanted.slots
    return lucky


def decayed(last_end: datetime | None, pace: float, *, now: datetime) -> int:
    """How many slots that end one after another, `pace` of them a second, have not ended yet; the last ends then."""
    left = (last_end - now).total_seconds() if last_end is not None else 0.0
    return ceil(left * pace - ROUNDING) if left > 0 else 0


def end_of_decay(last_end: datetime | None, slots: int, pace: float, *, now: datetime) -> datetime:
    """When further slots will all have ended, one after another behind those that there are."""
    begin = max(last_end, now) if last_end is not None else now
    return begin + timedelta(seconds=slots / pace)


def seconds_until_free(limit: ConcurrencyLimit, slots: int, *, now: datetime) -> float:
    """In how many seconds so many slots may be free: exactly where they end by time, else as it is on average."""
    if free_slots(limit) >= slots:
        return 0.0
    pace = limit.slot_decay_per_second
    held = limit.active_slots - decayed(limit.decays_until, pace, now=now)
    if limit.decays_until is None or slots + held > limit.limit:
        return limit.avg_slot_occupancy_seconds
    return max((limit.decays_until - now).total_seconds() - (limit.limit - slots - held) / pace, 0.0)


def occupancy(average: float, seconds: float) -> float:
    """How long slots are held on average, after one more that was held so long; the last ones count most."""
    return average + (max(seconds, 0.0) - average) / OCCUPANCIES
