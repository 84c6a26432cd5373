"""Task runs in JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field
from typing_extensions import Self

from prefect._domain import task_runs as domain
from prefect._domain.as_html import badge, card
from prefect._domain.states import StateType
from prefect._domain.timing import lateness_until, run_time_until
from prefect._wire.filters import OrderOf
from prefect._wire.flow_runs import ReadHistory
from prefect._wire.models import (
    Body,
    Labels,
    Listed,
    Moment,
    Name,
    Page,
    Paged,
    Query,
    Recorded,
    Seconds,
    Tags,
    Text,
    few,
)
from prefect._wire.related import AmongTaskRuns
from prefect._wire.states import Input, StateCreate, ToldState

TaskRunOrder = Annotated[str, OrderOf("task_run")]
Delay = Annotated[float, Field(ge=0, le=10**9, allow_inf_nan=False)]
T = TypeVar("T")
Few = Annotated[list[T], Field(max_length=1_000, fail_fast=True)]
Inputs = Annotated[list[Input], Field(fail_fast=True)]


class TaskRunPolicy(Query):
    """What a run carries for its retries; the first two are names of old for the next two."""

    model_config = ConfigDict(from_attributes=True)

    max_retries: int = 0
    retry_delay_seconds: float = 0
    retries: int | None = None
    retry_delay: int | float | Few[int] | Few[float] | None = None
    retry_jitter_factor: float | None = None

    def policy(self) -> domain.TaskRunPolicy:
        """The policy that this says."""
        delay: Any = self.retry_delay
        return domain.TaskRunPolicy(
            retries=self.retries if self.retries is not None else self.max_retries or None,
            retry_delay=delay if delay is not None else self.retry_delay_seconds or None,
            retry_jitter_factor=self.retry_jitter_factor,
        )


class TaskRunFields(Body):
    """What a client says of a new task run."""

    state: StateCreate | None = None
    name: Name | None = None
    flow_run_id: UUID | None = None
    task_key: Text
    dynamic_key: Text
    cache_key: Text | None = None
    cache_expiration: Moment | None = None
    task_version: Text | None = None
    empirical_policy: TaskRunPolicy = Field(default_factory=TaskRunPolicy)
    tags: Tags = Field(default_factory=list)
    labels: Labels | None = Field(default_factory=dict)
    task_inputs: Annotated[dict[Text, Inputs], BeforeValidator(few)] = Field(default_factory=dict)


class TaskRunCreate(TaskRunFields):
    id: UUID | None = None

    def run(self, id: UUID, name: str) -> domain.TaskRun:
        """The run that is to be recorded; `id` and `name` are for one that says none."""
        return domain.TaskRun(
            id=self.id or id,
            name=self.name or name,
            flow_run_id=self.flow_run_id,
            task_key=self.task_key,
            dynamic_key=self.dynamic_key,
            cache_key=self.cache_key,
            cache_expiration=self.cache_expiration,
            task_version=self.task_version,
            empirical_policy=self.empirical_policy.policy(),
            tags=self.tags,
            labels=self.labels or {},
            task_inputs=inputs_of(self.task_inputs),
        )


def inputs_of(given: dict[str, list[Any]]) -> dict[str, list[dict[str, str]]]:
    """Where the values of each parameter came from."""
    return {name: [source.model_dump(mode="json") for source in sources] for name, sources in given.items()}


class TaskRunUpdate(Body):
    name: Name | None = None


class TimedRun(Recorded):
    """What every answer about a task run tells of its time."""

    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: Seconds = timedelta()
    estimated_run_time: Seconds = timedelta()
    estimated_start_time_delta: Seconds = timedelta()

    @classmethod
    def at(cls, now: datetime, run: domain.TaskRun) -> Self:
        """A run as it is at a moment."""
        told = cls.of(run)
        told.estimated_run_time = run_time_until(run, now)
        told.estimated_start_time_delta = lateness_until(run, now)
        return told


class TaskRun(TimedRun):
    """A task run, how long it has been running, and how late it is."""

    name: str
    flow_run_id: UUID | None = None
    task_key: str
    dynamic_key: str
    cache_key: str | None = None
    cache_expiration: datetime | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy = Field(default_factory=TaskRunPolicy)
    tags: list[str] = Field(default_factory=list)
    labels: Labels | None = Field(default_factory=dict)
    state_id: UUID | None = None
    task_inputs: dict[str, list[Input]] = Field(default_factory=dict)
    state_type: StateType | None = None
    state_name: str | None = None
    run_count: int = 0
    flow_run_run_count: int = 0
    expected_start_time: datetime | None = None
    next_scheduled_start_time: datetime | None = None
    state: ToldState | None = None

    def _repr_html_(self) -> str:
        """The run as a notebook shows it."""
        told = {"id": self.id, "tries": self.run_count, "took": self.total_run_time, "tags": self.tags}
        marked = badge(self.state_type.value, self.state_name or "") if self.state_type else ""
        return card(f"Task run {self.name}", marked, told)


class UITaskRun(TaskRun):
    flow_run_name: str | None = None


class CountTaskRuns(AmongTaskRuns): ...


class ReadTaskRuns(Listed, AmongTaskRuns):
    sort: TaskRunOrder = "ID_DESC"


class PaginateTaskRuns(Paged, AmongTaskRuns):
    sort: TaskRunOrder = "ID_DESC"


class ReadTaskRunHistory(ReadHistory, AmongTaskRuns): ...


class TaskRunResponse(TimedRun):
    """A task run on a page."""

    name: str
    flow_run_id: UUID | None = None
    task_key: str
    state_id: UUID | None = None
    state: ToldState | None = None
    task_version: str | None = None
    task_inputs: dict[str, list[Input]] = Field(default_factory=dict)
    empirical_policy: TaskRunPolicy = Field(default_factory=TaskRunPolicy)
    tags: list[str] = Field(default_factory=list)


class TaskRunPage(Page[TaskRunResponse]): ...
