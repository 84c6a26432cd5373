"""Concurrency limits, their slots, and who waits for them, in JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import Field, StringConstraints

from prefect._domain.concurrency import ConcurrencyLimit as Limited
from prefect._domain.concurrency import Holder, Mode, Taker
from prefect._wire.models import Answer, Body, Listed, Query, Recorded, Text

MOST_SLOTS = 2**31 - 1
MOST_NAMES = 1_000
"""How many limits one may ask for at once."""
LONGEST_LEASE = 86_400.0

LimitName = Annotated[Text, StringConstraints(pattern="^[^/%&><]+$", max_length=1_000)]
Slots = Annotated[int, Field(ge=0, le=MOST_SLOTS)]
SomeSlots = Annotated[int, Field(gt=0, le=MOST_SLOTS)]
Pace = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Slots a second."""
Names = Annotated[list[Text], Field(min_length=1, max_length=MOST_NAMES)]
Tag = Annotated[Text, Field(min_length=1, max_length=1_000)]
ModeName = Literal["concurrency", "rate_limit"]
LeaseSeconds = Annotated[float, Field(ge=60, le=LONGEST_LEASE, allow_inf_nan=False)]
ShortLeaseSeconds = Annotated[float, Field(ge=0.1, le=LONGEST_LEASE, allow_inf_nan=False)]


class ConcurrencyLeaseHolder(Body):
    type: Literal["flow_run", "task_run", "deployment"]
    id: UUID

    @property
    def held(self) -> Holder:
        return Holder(self.type, self.id)


class ConcurrencyLimitV2Create(Body):
    name: LimitName
    limit: Slots
    active: bool = True
    active_slots: Slots = 0
    denied_slots: Slots = 0
    slot_decay_per_second: Pace = 0.0


class GlobalConcurrencyLimitCreate(Body):
    """What `create_global_concurrency_limit` takes; None is what is so where nothing is said."""

    name: LimitName
    limit: Slots
    active: bool | None = True
    active_slots: Slots | None = 0
    slot_decay_per_second: Pace | None = 0.0


class ConcurrencyLimitV2Update(Body):
    name: LimitName | None = None
    limit: Slots | None = None
    active: bool | None = None
    active_slots: Slots | None = None
    denied_slots: Slots | None = None
    slot_decay_per_second: Pace | None = None


class GlobalConcurrencyLimitUpdate(Body):
    """What `update_global_concurrency_limit` takes."""

    name: LimitName | None = None
    limit: Slots | None = None
    active: bool | None = None
    active_slots: Slots | None = None
    slot_decay_per_second: Pace | None = None


class GlobalConcurrencyLimitResponse(Recorded):
    active: bool
    name: str
    limit: int
    active_slots: int
    slot_decay_per_second: float


class GlobalConcurrencyLimit(Answer):
    """A limit as programs write it down."""

    id: UUID = Field(default_factory=uuid4)
    created: datetime | None = None
    updated: datetime | None = None
    name: str
    limit: int
    active: bool | None = True
    active_slots: int | None = 0
    slot_decay_per_second: float | None = 0.0


class ConcurrencyLimitV2(GlobalConcurrencyLimitResponse):
    """`denied_slots` is always 0: who found no slot free is not counted, but stands in line."""

    denied_slots: int = 0
    avg_slot_occupancy_seconds: float


class MinimalConcurrencyLimitResponse(Answer):
    id: UUID
    name: str
    limit: int


class ConcurrencyLimitWithLeaseResponse(Answer):
    lease_id: UUID
    limits: list[MinimalConcurrencyLimitResponse]


class ReadLimits(Listed): ...


class IncrementSlots(Query):
    slots: SomeSlots
    names: Names
    mode: ModeName = "concurrency"
    create_if_missing: bool | None = None
    """Taken for older clients; nothing is made."""


class IncrementSlotsWithLease(Query):
    slots: SomeSlots
    names: Names
    mode: ModeName = "concurrency"
    lease_duration: LeaseSeconds = 300.0
    holder: ConcurrencyLeaseHolder | None = None


class DecrementSlots(Query):
    slots: SomeSlots
    names: Names
    occupancy_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    create_if_missing: bool | None = None
    """Taken for older clients; nothing is made."""


class DecrementSlotsWithLease(Query):
    lease_id: UUID


class RenewLease(Query):
    lease_duration: LeaseSeconds = 300.0


class ConcurrencyLimitCreate(Body):
    """A limit of the task runs with a tag."""

    tag: Tag
    concurrency_limit: Slots


class ConcurrencyLimit(Recorded):
    """A limit of the task runs with a tag, and the runs that hold its slots."""

    tag: str
    concurrency_limit: int
    active_slots: list[UUID]


class TagSlots(Query):
    """The tags whose slots a task run takes or gives back."""

    names: Annotated[list[Text], Field(max_length=MOST_NAMES)]
    task_run_id: UUID


class ResetLimit(Query):
    slot_override: list[UUID] | None = None


class WantedSlots(Body):
    """What a process of ours asks for; it has made the id of the lease."""

    lease_id: UUID
    names: Names
    slots: SomeSlots = 1
    mode: Mode = Mode.CONCURRENCY
    lease_seconds: ShortLeaseSeconds = 300.0
    process: Text
    holder: ConcurrencyLeaseHolder | None = None
    strict: bool = False
    waits: bool = True

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    @property
    def taker(self) -> Taker:
        return Taker(self.process, self.holder.held if self.holder is not None else None)


class TakenSlots(Answer):
    """What became of it; `bounded` are the names of the limits whose slots one has then."""

    is_granted: bool
    bounded: list[str]
    unknown: list[str]
    wait_seconds: float


class Listening(Body):
    """A process whose threads wait, and what it has `heard`."""

    process: Text
    heard: Annotated[list[UUID], Field(max_length=100_000)] = Field(default_factory=list)


class ToldWaiter(Answer):
    lease_id: UUID
    refusal: str | None


class RenewLeases(Body):
    lease_ids: Annotated[list[UUID], Field(max_length=100_000)]
    lease_seconds: ShortLeaseSeconds


class CountLimits(Query):
    """Limits of tags, or the others, whose names have a text in them."""

    tags: bool = False
    like: str = ""


class ReadShownLimits(Listed, CountLimits): ...


class ShownLimit(GlobalConcurrencyLimitResponse):
    """A limit, and how many wait for it."""

    waiting: int


class ReadSlots(Query):
    """Whose holders and waiters are asked for."""

    names: Names


class SlotWaiter(Answer):
    """Who waits for slots of a limit: a run, or a process, or nobody who is known."""

    limit_id: UUID
    limit_name: str
    lease_id: UUID
    slots: int
    process: str | None
    holder_type: str | None
    holder_id: UUID | None
    holder_name: str | None
    flow_run_id: UUID | None
    since: datetime


class SlotHolder(SlotWaiter):
    """Who holds slots of a limit, told as those who wait for them; ended by its lease's id."""

    kind: str
    expires_at: datetime | None


class Occupation(Answer):
    """Who holds slots, the longest first, and who waits, the next first."""

    holders: list[SlotHolder]
    waiters: list[SlotWaiter]


def limit_of(body: ConcurrencyLimitV2Create, id: UUID, now: datetime) -> Limited:
    """The limit that a body asks for."""
    return Limited(
        id,
        body.name,
        body.limit,
        active=body.active,
        slot_decay_per_second=body.slot_decay_per_second,
        created=now,
        updated=now,
    )
