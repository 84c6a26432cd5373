"""Deployments in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from prefect._domain import concurrency
from prefect._domain.concurrency import CollisionStrategy
from prefect._domain.deployments import checked_name
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.job_templates import defaults_of, joined, schema_of
from prefect._domain.schedule_changes import WantedSchedule
from prefect._orchestration.checking import require_fit
from prefect._orchestration.deployments import Found, WantedRun
from prefect._wire.concurrency import GlobalConcurrencyLimitResponse
from prefect._wire.filters import OrderOf, later
from prefect._wire.flow_runs import FlowRunPolicy
from prefect._wire.flows import MOST_AT_ONCE, AtOnce
from prefect._wire.models import (
    Answer,
    Body,
    Labels,
    Limit,
    Listed,
    Mapped,
    Moment,
    Name,
    Page,
    Paged,
    Query,
    Recorded,
    Tags,
    Text,
)
from prefect._wire.related import AmongFlowRuns
from prefect._wire.schedules import (
    MOST_SCHEDULES,
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
    wanted_schedules,
)
from prefect._wire.states import StateCreate

if TYPE_CHECKING:
    from prefect._wire.filters import DeploymentFilter
else:
    DeploymentFilter = later("DeploymentFilter")

DeploymentOrder = Annotated[str, OrderOf("deployment")]
DeploymentName = Annotated[Name, AfterValidator(checked_name)]
Limited = Annotated[int, Field(gt=0, le=2**31 - 1)]
MOST_RUNS = 100
"""How many runs one request may make."""


class ConcurrencyOptions(Query):
    """How the limit of a deployment is kept."""

    model_config = ConfigDict(from_attributes=True)

    collision_strategy: CollisionStrategy
    grace_period_seconds: Annotated[int, Field(ge=60, le=86_400)] | None = None

    def options(self) -> concurrency.ConcurrencyOptions:
        return concurrency.ConcurrencyOptions(self.collision_strategy, self.grace_period_seconds)


class ConcurrencyLimitConfig(Body):
    """The limit of a deployment, and how it is kept, as users write it."""

    limit: Limited
    collision_strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    grace_period_seconds: Annotated[int, Field(ge=60, le=86_400)] | None = None


class VersionInfo(Query):
    """What a version is made of; any further fields are kept."""

    model_config = ConfigDict(extra="allow")

    type: Text
    version: Text


class DeploymentFields(Body):
    """What bodies that make and bodies that change a deployment share."""

    version: Text | None = None
    description: Text | None = None
    paused: bool = False
    concurrency_limit: Limited | None = None
    concurrency_options: ConcurrencyOptions | None = None
    global_concurrency_limit_id: UUID | None = None
    parameter_openapi_schema: Mapped | None = None
    tags: Tags = Field(default_factory=list)
    pull_steps: list[Mapped] | None = None
    work_queue_name: Name | None = None
    work_pool_name: Name | None = None
    storage_document_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    path: Text | None = None
    entrypoint: Text | None = None
    version_info: VersionInfo | None = None
    expect_within: Annotated[float, Field(gt=0)] | None = None

    def changes(self) -> dict[str, Any]:
        """The fields of a deployment that the client named."""
        given = self.given()
        for name in ("schedules", "name", "flow_id"):
            given.pop(name, None)
        version = given.pop("version_info", None)
        if version is not None and given.get("version") is None:
            given["version"] = version.version
        if given.get("concurrency_options") is not None:
            given["concurrency_options"] = given["concurrency_options"].options()
        if given.get("enforce_parameter_schema", True) is None:
            given.pop("enforce_parameter_schema")
        return given


class DeploymentCreate(DeploymentFields):
    name: DeploymentName
    flow_id: UUID
    schedules: list[DeploymentScheduleCreate] = Field(default_factory=list, max_length=MOST_SCHEDULES)
    enforce_parameter_schema: bool = True
    parameters: Mapped = Field(default_factory=dict)
    labels: Labels | None = Field(default_factory=dict)
    job_variables: Mapped = Field(default_factory=dict)

    def wanted_schedules(self) -> list[WantedSchedule]:
        return [each.wanted() for each in self.schedules]

    def check_valid_configuration(self, base_job_template: Mapping[str, Any]) -> None:
        """Raise `SchemaMismatch` where the job variables do not fit a pool's template; none has to be there."""
        schema = schema_of(base_job_template, required=False)
        require_fit(joined(defaults_of(base_job_template), self.job_variables), schema, "job variables")


class DeploymentUpdate(DeploymentFields):
    schedules: list[DeploymentScheduleUpdate] = Field(default_factory=list, max_length=MOST_SCHEDULES)
    enforce_parameter_schema: bool | None = None
    parameters: Mapped | None = None
    job_variables: Mapped | None = Field(default_factory=dict)

    def wanted_schedules(self) -> list[WantedSchedule] | None:
        """The schedules that were sent; None leaves those that there are."""
        return wanted_schedules(self.given())


class DeploymentResponse(Recorded):
    name: str
    version: str | None
    description: str | None
    flow_id: UUID
    paused: bool
    schedules: list[DeploymentSchedule]
    concurrency_limit: int | None
    global_concurrency_limit: GlobalConcurrencyLimitResponse | None
    concurrency_options: ConcurrencyOptions | None
    job_variables: dict[str, Any]
    parameters: dict[str, Any]
    tags: list[str]
    labels: Labels
    work_queue_name: str | None
    work_queue_id: UUID | None
    last_polled: datetime | None
    parameter_openapi_schema: dict[str, Any] | None
    path: str | None
    pull_steps: list[dict[str, Any]] | None
    entrypoint: str | None
    storage_document_id: UUID | None
    infrastructure_document_id: UUID | None
    created_by: CreatedBy | None
    updated_by: CreatedBy | None
    work_pool_name: str | None
    status: Literal["READY", "NOT_READY"] | None
    enforce_parameter_schema: bool
    expect_within: float | None = None

    @classmethod
    def told(cls, found: Found) -> DeploymentResponse:
        """A deployment in JSON."""
        return cls.of(Told(found))


class Told:
    """A deployment with what is told of it, as one."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.schedules = found.schedules
        self.global_concurrency_limit = found.limit
        self.concurrency_limit = found.limit.limit if found.limit is not None else None
        self.work_pool_name = found.work_pool_name
        self.status = found.status

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found.deployment, name)


class CountDeployments(AmongFlowRuns): ...


class ReadDeployments(Listed, AmongFlowRuns):
    sort: DeploymentOrder = "NAME_ASC"


class PaginateDeployments(Paged, AmongFlowRuns):
    sort: DeploymentOrder = "NAME_ASC"


class DeploymentPage(Page[DeploymentResponse]): ...


class DeleteDeployments(Query):
    deployments: DeploymentFilter | None = None
    limit: AtOnce = MOST_AT_ONCE


class ReadScheduledRuns(Query):
    deployment_ids: Annotated[list[UUID], Field(max_length=1_000)]
    scheduled_before: Moment | None = None
    limit: Limit | None = None


class ScheduleDeployment(Query):
    """Which runs are planned at once."""

    start_time: Moment | None = None
    end_time: Moment | None = None
    min_time: Annotated[float, Field(ge=0, le=3e9, allow_inf_nan=False)] | None = None
    min_runs: Annotated[int, Field(ge=0, le=1_000)] | None = None
    max_runs: Annotated[int, Field(ge=0, le=1_000)] | None = None


class DeploymentFlowRunCreate(Body):
    state: StateCreate | None = None
    name: Name | None = None
    parameters: Mapped = Field(default_factory=dict)
    enforce_parameter_schema: bool | None = None
    context: Mapped = Field(default_factory=dict)
    infrastructure_document_id: UUID | None = None
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: Tags = Field(default_factory=list)
    idempotency_key: Text | None = None
    labels: Labels | None = None
    parent_task_run_id: UUID | None = None
    work_queue_name: Name | None = None
    job_variables: Mapped | None = None

    def run(self, id: UUID, name: str, *, state_id: UUID, now: datetime, created_by: CreatedBy | None) -> WantedRun:
        """The run that is wanted."""
        return WantedRun(
            id=id,
            name=self.name or name,
            parameters=self.parameters,
            tags=self.tags,
            idempotency_key=self.idempotency_key,
            job_variables=self.job_variables or {},
            parent_task_run_id=self.parent_task_run_id,
            created_by=created_by,
            labels=self.labels or {},
            context=self.context,
            policy=self.empirical_policy.policy(),
            work_queue_name=self.work_queue_name,
            enforce_parameter_schema=self.enforce_parameter_schema,
            state=self.state.state(state_id, now=now) if self.state is not None else None,
        )


ManyRuns = Annotated[list[DeploymentFlowRunCreate], Field(max_length=MOST_RUNS)]


class FlowRunCreateResult(Answer):
    flow_run_id: UUID | None = None
    status: Literal["CREATED", "FAILED"]
    error: str | None = None


class FlowRunBulkCreateResponse(Answer):
    results: list[FlowRunCreateResult]
