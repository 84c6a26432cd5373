"""Backfills: a deployment's past run (again), one run for each time of a schedule within a span.

Such a time is a *slot*. Slots are gone through in an order, from the oldest or from the latest; what has been seen to
is told by a position, so that a backfill of ten thousand slots is one row until they get their runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import islice, takewhile
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.deployments import key_prefix
from prefect._domain.schedules import Schedule
from prefect._domain.schedules.zones import zone
from prefect._domain.states import FINAL, StateType

MOST_SLOTS = 100_000
"""How many slots one backfill has at most."""
MOST_ACTIVE = 1_000
"""How many runs of one backfill may be unfinished at once at most."""
USUALLY_ACTIVE = 10
"""How many are, unless told otherwise."""
TICK = timedelta(microseconds=1)
FIRST_PIECE = timedelta(hours=1)
ENOUGH = 100
"""How many slots make a piece long enough, where they are gone through from the latest on."""


class BackfillStatus(str, Enum):
    """Where a backfill stands. It has failed where all its slots have been seen to and some of its runs failed."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class SlotOrder(str, Enum):
    """Which slots come first."""

    OLDEST = "oldest"
    LATEST = "latest"


class Again(str, Enum):
    """Which slots that have run are run again: none, those whose latest run did not complete, or all.

    A slot whose run has not ended is never run beside it.
    """

    NONE = "none"
    FAILED = "failed"
    ALL = "all"


class SlotStatus(str, Enum):
    """What is known of a slot that has been seen to: its run is not known to have ended, or has; it is to be run again
    since it failed; or it had run before, and that was enough."""

    OPEN = "OPEN"
    ENDED = "ENDED"
    RETRY = "RETRY"
    BEFORE = "BEFORE"


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill; `slots` is how many it has in all. Slots up to `position`, in its order, have been seen to.

    Its runs wait in the queue of that name of their deployment's pool, and have these tags and job variables beside
    those of the deployment.
    """

    id: UUID
    deployment_id: UUID
    name: str
    schedule: Schedule
    start: datetime
    end: datetime
    slots: int
    schedule_id: UUID | None = None
    order: SlotOrder = SlotOrder.OLDEST
    max_active: int = USUALLY_ACTIVE
    parameters: dict[str, Any] = field(default_factory=dict)
    again: Again = Again.NONE
    work_queue_name: str | None = None
    tags: list[str] = field(default_factory=list)
    job_variables: dict[str, Any] = field(default_factory=dict)
    position: datetime | None = None
    status: BackfillStatus = BackfillStatus.RUNNING
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def tag(self) -> str:
        """The tag of its runs."""
        return f"backfill:{self.name}"

    def slots_left(self) -> Iterator[datetime]:
        """The slots that have not been seen to, in its order."""
        if self.position is None:
            return slots(self.schedule, self.start, self.end, self.order)
        if self.order is SlotOrder.OLDEST:
            return slots(self.schedule, self.position + TICK, self.end, self.order)
        return slots(self.schedule, self.start, self.position - TICK, self.order)

    def in_its_zone(self, slot: datetime) -> datetime:
        """A slot as clocks show it where its schedule is at home."""
        return slot.astimezone(zone(self.schedule.timezone))

    def key(self, slot: datetime, *, again: bool) -> str:
        """The idempotency key of a slot's run: the planner's own, or one of this backfill for a slot that has run."""
        if again:
            return f"backfill {self.id} {slot.isoformat()}"
        if self.schedule_id is not None:
            return f"{key_prefix(self.deployment_id, self.schedule_id)}{slot.isoformat()}"
        return f"slot {self.deployment_id} {slot.isoformat()}"


class Earlier(NamedTuple):
    """The latest run of a slot that there is already."""

    id: UUID
    state_type: StateType | None
    run_count: int

    @property
    def has_begun(self) -> bool:
        """Whether it ran, or may still; one that was cancelled before it began did not."""
        return self.state_type is not StateType.CANCELLED or self.run_count > 0


def is_wanted(again: Again, earlier: Earlier | None) -> bool:
    """Whether a slot gets a run, where it has had that one."""
    if earlier is None or not earlier.has_begun:
        return True
    if again is Again.NONE or earlier.state_type not in FINAL:
        return False
    return again is Again.ALL or earlier.state_type is not StateType.COMPLETED


class Progress(NamedTuple):
    """How far a backfill is: how many of its slots wait, are under way, and how the others ended.

    What is `skipped` had run before; of what is `gone` the run was removed.
    """

    waiting: int = 0
    active: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    gone: int = 0

    @property
    def done(self) -> int:
        """How many slots need nothing more."""
        return self.completed + self.failed + self.cancelled + self.skipped + self.gone


def slots(schedule: Schedule, start: datetime, end: datetime, order: SlotOrder) -> Iterator[datetime]:
    """The times of a schedule from one moment to another, both included, in an order."""
    return _from_the_latest(schedule, start, end) if order is SlotOrder.LATEST else _between(schedule, start, end)


def _between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    return takewhile(lambda due: due <= end, schedule.occurrences(start)) if start <= end else iter(())


def _from_the_latest(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Piece by piece back from the end: a schedule tells its times forward only. Pieces that hold few grow."""
    length = FIRST_PIECE
    while start <= end:
        begin = end - min(length, end - start)
        piece = list(_between(schedule, begin, end))
        yield from reversed(piece)
        end = begin - TICK
        length = length * 2 if len(piece) < ENOUGH else length


@dataclass(frozen=True, slots=True)
class Preview:
    """How many slots a backfill would have, and between which moments they lie."""

    count: int
    first: datetime | None
    last: datetime | None


def previewed(schedule: Schedule, start: datetime, end: datetime) -> Preview:
    """The slots from one moment to another in short. Raises `ValueError` where they are too many for one backfill."""
    found = list(islice(_between(schedule, start, end), MOST_SLOTS + 1))
    if len(found) > MOST_SLOTS:
        raise ValueError(
            f"A backfill has at most {MOST_SLOTS} slots, and there are more from {start.isoformat()} to "
            f"{end.isoformat()}: take a shorter span, or slots that lie farther apart."
        )
    return Preview(len(found), found[0] if found else None, found[-1] if found else None)
