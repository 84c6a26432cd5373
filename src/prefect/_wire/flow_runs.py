"""Flow runs in JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from prefect._domain import flow_runs as domain
from prefect._domain.as_html import badge, card
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.states import StateType
from prefect._domain.timing import lateness_until, run_time_until
from prefect._store.flow_runs import Placed
from prefect._wire.filters import OrderOf, later
from prefect._wire.flows import MOST_AT_ONCE, AtOnce
from prefect._wire.models import (
    Answer,
    Body,
    Labels,
    Listed,
    Mapped,
    Moment,
    Name,
    Page,
    Paged,
    Query,
    Recorded,
    Seconds,
    Tags,
    Text,
)
from prefect._wire.related import AmongFlowRuns, AmongFlows
from prefect._wire.states import Details, SetStateStatus, StateCreate, ToldState

if TYPE_CHECKING:
    from prefect._wire.filters import FlowRunFilter, WorkQueueFilter
else:
    FlowRunFilter = later("FlowRunFilter")
    WorkQueueFilter = later("WorkQueueFilter")

FlowRunOrder = Annotated[str, OrderOf("flow_run")]


class FlowRunPolicy(Query):
    """What a run carries for retries and pauses; the first two are names of old for the next two."""

    model_config = ConfigDict(from_attributes=True)

    max_retries: int = 0
    retry_delay_seconds: float = 0
    retries: int | None = None
    retry_delay: float | None = None
    pause_keys: set[Text] | None = Field(default_factory=set)
    resuming: bool | None = False
    retry_type: Literal["in_process", "reschedule"] | None = None
    max_resumes: int | None = None
    resumes: int = 0
    tasks_done: int = 0
    stalled: int = 0

    def policy(self) -> domain.FlowRunPolicy:
        """The policy that this says."""
        return domain.FlowRunPolicy(
            retries=self.retries if self.retries is not None else self.max_retries or None,
            retry_delay=self.retry_delay if self.retry_delay is not None else self.retry_delay_seconds or None,
            pause_keys=set(self.pause_keys or ()),
            resuming=self.resuming,
            retry_type=self.retry_type,
            max_resumes=self.max_resumes,
            resumes=self.resumes,
            tasks_done=self.tasks_done,
            stalled=self.stalled,
        )


class FlowRunCreate(Body):
    state: StateCreate | None = None
    name: Name | None = None
    flow_id: UUID
    flow_version: Text | None = None
    parameters: Mapped = Field(default_factory=dict)
    context: Mapped = Field(default_factory=dict)
    parent_task_run_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: Tags = Field(default_factory=list)
    labels: Labels | None = Field(default_factory=dict)
    idempotency_key: Text | None = None
    work_pool_name: Text | None = None
    work_queue_name: Text | None = None
    job_variables: Mapped | None = None
    deployment_id: UUID | None = None

    def run(self, id: UUID, name: str) -> domain.FlowRun:
        """The run that is to be recorded."""
        return domain.FlowRun(
            id=id,
            flow_id=self.flow_id,
            name=self.name or name,
            flow_version=self.flow_version,
            parameters=self.parameters,
            context=self.context,
            parent_task_run_id=self.parent_task_run_id,
            infrastructure_document_id=self.infrastructure_document_id,
            empirical_policy=self.empirical_policy.policy(),
            tags=self.tags,
            labels=self.labels or {},
            idempotency_key=self.idempotency_key,
            job_variables=self.job_variables or {},
            deployment_id=self.deployment_id,
        )


class FlowRunUpdate(Body):
    name: Name | None = None
    flow_version: Text | None = None
    parameters: Mapped = Field(default_factory=dict)
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: Tags = Field(default_factory=list)
    infrastructure_pid: Text | None = None
    job_variables: Mapped | None = None

    def changes(self) -> dict[str, Any]:
        """The fields of a run that are to change."""
        given = self.given()
        if "empirical_policy" in given:
            given["empirical_policy"] = self.empirical_policy.policy()
        return {
            name: value
            for name, value in given.items()
            if value is not None or name in ("flow_version", "infrastructure_pid")
        }


class ToldFlowRun(Recorded):
    """A flow run as it is told."""

    name: str
    flow_id: UUID
    state_id: UUID | None = None
    deployment_id: UUID | None = None
    deployment_version: str | None = None
    work_queue_id: UUID | None = None
    work_queue_name: str | None = None
    flow_version: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str | None = None
    context: dict[str, Any] = Field(default_factory=dict)
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: list[str] = Field(default_factory=list)
    labels: Labels | None = Field(default_factory=dict)
    parent_task_run_id: UUID | None = None
    state_type: StateType | None = None
    state_name: str | None = None
    run_count: int = 0
    expected_start_time: datetime | None = None
    next_scheduled_start_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: Seconds = timedelta()
    estimated_run_time: Seconds = timedelta()
    estimated_start_time_delta: Seconds = timedelta()
    auto_scheduled: bool = False
    infrastructure_document_id: UUID | None = None
    infrastructure_pid: str | None = None
    created_by: CreatedBy | None = None
    state: ToldState | None = None
    job_variables: dict[str, Any] | None = None


class FlowRunResponse(ToldFlowRun):
    """A flow run, with the pool that it waits in, how long it has been running, and how late it is."""

    labels: Labels = Field(default_factory=dict)
    work_pool_id: UUID | None = None
    work_pool_name: str | None = None

    def _repr_html_(self) -> str:
        """The run as a notebook shows it."""
        told = {
            "id": self.id,
            "due": self.expected_start_time,
            "took": self.total_run_time,
            "tags": ", ".join(self.tags),
        }
        marked = badge(self.state_type.value, self.state_name or "") if self.state_type else ""
        return card(f"Flow run {self.name}", marked, {**told, "parameters": self.parameters})

    @classmethod
    def at(cls, now: datetime, placed: Placed) -> FlowRunResponse:
        """A run as it is at a moment."""
        told = cls.of(placed.run)
        told.work_pool_id, told.work_pool_name = placed.work_pool_id, placed.work_pool_name
        told.estimated_run_time = run_time_until(placed.run, now)
        told.estimated_start_time_delta = lateness_until(placed.run, now)
        return told


def plain_values(labels: dict[str, Any]) -> dict[str, Any]:
    """Labels, if their values are plain. Raises `ValueError`."""
    for name, value in labels.items():
        if not isinstance(value, (bool, int, float, str)):
            raise ValueError(f"the label {name!r} is a {type(value).__name__}; it can be a text, a number or a flag")
    return labels


MoreLabels = Annotated[Mapped, AfterValidator(plain_values)]


class CountFlowRuns(AmongFlowRuns): ...


class ReadFlowRuns(Listed, AmongFlowRuns):
    sort: FlowRunOrder = "ID_DESC"


class PaginateFlowRuns(Paged, AmongFlowRuns):
    sort: FlowRunOrder = "ID_DESC"


class FlowRunPage(Page[FlowRunResponse]): ...


class ReadHistory(Query):
    """The time that a history tells of, and its steps."""

    history_start: Moment
    history_end: Moment
    history_interval_seconds: Annotated[float, Field(ge=1, le=10**9, allow_inf_nan=False)]

    @property
    def step(self) -> timedelta:
        return timedelta(seconds=self.history_interval_seconds)


class ReadFlowRunHistory(ReadHistory, AmongFlows):
    work_queues: WorkQueueFilter | None = None


class HistoryResponseState(Answer):
    state_type: StateType
    state_name: str
    count_runs: int
    sum_estimated_run_time: float
    sum_estimated_lateness: float


class HistoryResponse(Answer):
    interval_start: datetime
    interval_end: datetime
    states: list[HistoryResponseState]


class ResumeFlowRun(Query):
    run_input: Mapped | None = None


class DeleteFlowRuns(Query):
    flow_runs: FlowRunFilter | None = None
    limit: AtOnce = MOST_AT_ONCE


class SetFlowRunStates(DeleteFlowRuns):
    state: StateCreate
    force: bool = False


class FlowRunOrchestrationResult(Answer):
    flow_run_id: UUID
    status: SetStateStatus
    state: ToldState | None
    details: Details


class FlowRunsSet(Answer):
    """What became of the proposals to many runs."""

    results: list[FlowRunOrchestrationResult]


class FlowRunInputCreate(Query):
    key: Name
    value: Text
    sender: Text | None = None


class ReadFlowRunInputs(Query):
    prefix: Text
    limit: Annotated[int, Field(ge=1, le=200)] = 1
    exclude_keys: list[Text] = Field(default=[], max_length=1000)


class FlowRunInput(Recorded):
    flow_run_id: UUID
    key: str
    value: str
    sender: str | None = None
