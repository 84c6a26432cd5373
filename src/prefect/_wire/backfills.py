"""Backfills in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from prefect._domain.backfills import MOST_ACTIVE, MOST_SLOTS, USUALLY_ACTIVE, Again, BackfillStatus, SlotOrder
from prefect._orchestration.backfills import Found, Wanted
from prefect._store.backfills import Meant
from prefect._wire.models import Answer, Body, Listed, Mapped, Moment, Name, Query, Recorded, Tags
from prefect._wire.schedules import GivenSchedule, ToldSchedule

MostActive = Annotated[int, Field(ge=1, le=MOST_ACTIVE)]


class BackfillPreview(Answer):
    """How many slots a backfill would have, and between which moments they lie."""

    count: Annotated[int, Field(le=MOST_SLOTS)]
    first: datetime | None
    last: datetime | None


class BackfillCreate(Body):
    """A backfill from one moment to another, both included.

    Its slots are the times of `schedule`, or those of the deployment's schedule of that id, or of its only one.
    """

    deployment_id: UUID
    start: Moment
    end: Moment
    schedule: GivenSchedule | None = None
    schedule_id: UUID | None = None
    order: SlotOrder = SlotOrder.OLDEST
    max_active: MostActive = USUALLY_ACTIVE
    parameters: Mapped = Field(default_factory=dict)
    again: Again = Again.NONE
    name: Name | None = None
    work_queue_name: Name | None = None
    tags: Tags = Field(default_factory=list)
    job_variables: Mapped = Field(default_factory=dict)

    def wanted(self) -> Wanted:
        """The backfill that this asks for."""
        written = self.given().get("schedule")
        schedule = written.schedule() if written is not None else None
        return Wanted(
            deployment_id=self.deployment_id,
            start=self.start,
            end=self.end,
            schedule=schedule,
            schedule_id=self.schedule_id,
            order=self.order,
            max_active=self.max_active,
            parameters=self.parameters,
            again=self.again,
            name=self.name,
            work_queue_name=self.work_queue_name,
            tags=self.tags,
            job_variables=self.job_variables,
        )


class BackfillUpdate(Body):
    max_active: MostActive


class CancelBackfill(Query):
    """With `running`, runs that are under way are cancelled, too."""

    running: bool = False


class BackfillProgress(Answer):
    """How many of its slots wait, are under way, and how the others ended."""

    waiting: int
    active: int
    completed: int
    failed: int
    cancelled: int
    skipped: int
    gone: int
    done: int


class BackfillResponse(Recorded):
    name: str
    deployment_id: UUID
    status: BackfillStatus
    schedule: ToldSchedule
    schedule_id: UUID | None
    start: datetime
    end: datetime
    order: SlotOrder
    max_active: int
    parameters: dict[str, Any]
    again: Again
    work_queue_name: str | None
    tags: list[str]
    job_variables: dict[str, Any]
    slots: int
    position: datetime | None
    tag: str
    progress: BackfillProgress

    @classmethod
    def told(cls, found: Found) -> BackfillResponse:
        """A backfill in JSON."""
        return cls.of(Told(found))


class Told:
    """A backfill with its progress, as one."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.progress = found.progress

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found.backfill, name)


class RetriedBackfill(Answer):
    """How many runs are run again."""

    runs: int


class CountBackfills(Query):
    deployment_id: UUID | None = None
    status: list[BackfillStatus] | None = None

    def meant(self) -> Meant:
        """Which backfills this asks for."""
        return Meant(self.deployment_id, self.status)


class ReadBackfills(Listed, CountBackfills): ...
