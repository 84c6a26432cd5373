"""Work pools, their queues and workers in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import StateType
from prefect._domain.work_pools import POLLED_WITHIN, checked_name
from prefect._orchestration.work_pools import FoundPool
from prefect._orchestration.work_queues import FoundQueue, Health
from prefect._orchestration.workers import FoundWorker
from prefect._wire.filters import later
from prefect._wire.flow_runs import ToldFlowRun
from prefect._wire.models import (
    Answer,
    Body,
    Limit,
    Listed,
    Mapped,
    Moment,
    Name,
    Paged,
    Query,
    Recorded,
    Seconds,
    Tags,
    Text,
)

if TYPE_CHECKING:
    from prefect._wire.filters import WorkerFilter, WorkPoolFilter, WorkQueueFilter
else:
    WorkerFilter = later("WorkerFilter")
    WorkPoolFilter = later("WorkPoolFilter")
    WorkQueueFilter = later("WorkQueueFilter")

PlaceName = Annotated[Name, AfterValidator(checked_name)]
Slots = Annotated[int, Field(ge=0, le=2**31 - 1)]
Priority = Annotated[int, Field(gt=0, le=2**31 - 2)]
NULLABLE = ("concurrency_limit", "filter")
"""The fields of a queue that a client may take away."""
Status = Literal["READY", "NOT_READY", "PAUSED"]


class WorkPoolStorageConfiguration(Body):
    model_config = ConfigDict(from_attributes=True)

    bundle_upload_step: Mapped | None = None
    bundle_execution_step: Mapped | None = None
    default_result_storage_block_id: UUID | None = None


class WorkPoolCreate(Body):
    name: PlaceName
    description: Text | None = None
    type: Text = "prefect-agent"
    base_job_template: Mapped = Field(default_factory=dict)
    is_paused: bool = False
    concurrency_limit: Slots | None = None
    storage_configuration: WorkPoolStorageConfiguration = Field(default_factory=WorkPoolStorageConfiguration)

    def fields(self) -> dict[str, Any]:
        """What is said of the pool besides its name."""
        return {
            "description": self.description,
            "type": self.type,
            "base_job_template": self.base_job_template,
            "is_paused": self.is_paused,
            "concurrency_limit": self.concurrency_limit,
            "storage_configuration": _told(self.storage_configuration),
        }


class WorkPoolUpdate(Body):
    description: Text | None = None
    is_paused: bool | None = None
    base_job_template: Mapped | None = None
    concurrency_limit: Slots | None = None
    storage_configuration: WorkPoolStorageConfiguration | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that the client named, but those that cannot be null."""
        given = self.given()
        if self.storage_configuration is not None:
            given["storage_configuration"] = _told(self.storage_configuration)
        return {
            name: value
            for name, value in given.items()
            if value is not None or name in ("description", "concurrency_limit")
        }


def _told(configuration: WorkPoolStorageConfiguration) -> dict[str, Any]:
    return configuration.model_dump(mode="json", exclude_none=True)


class WorkPoolResponse(Recorded):
    name: str
    description: str | None
    type: str
    base_job_template: dict[str, Any]
    is_paused: bool
    concurrency_limit: int | None
    status: Status | None
    default_queue_id: UUID | None
    storage_configuration: WorkPoolStorageConfiguration
    active_slots: int | None

    @classmethod
    def told(cls, found: FoundPool) -> WorkPoolResponse:
        """A pool in JSON."""
        return cls.of(Merged(found.pool, status=found.status, active_slots=found.active_slots))


class Merged:
    """A value with more attributes than its own."""

    def __init__(self, value: object, **more: object) -> None:
        self._value = value
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._value, name)


class CountWorkPools(Query):
    work_pools: WorkPoolFilter | None = None


class ReadWorkPools(Listed, CountWorkPools): ...


class QueueFilter(Query):
    """A filter of old; it is kept and no longer looked at."""

    model_config = ConfigDict(from_attributes=True)

    tags: Tags | None = None
    deployment_ids: list[UUID] | None = None


class WorkQueueCreate(Body):
    name: PlaceName
    description: Text | None = ""
    is_paused: bool = False
    concurrency_limit: Slots | None = None
    priority: Priority | None = None
    filter: QueueFilter | None = None

    def fields(self) -> dict[str, Any]:
        """What is said of the queue besides its name."""
        return {
            "description": self.description or "",
            "is_paused": self.is_paused,
            "concurrency_limit": self.concurrency_limit,
            "priority": self.priority,
            "filter": self.filter.model_dump(mode="json") if self.filter is not None else None,
        }


class WorkQueueUpdate(Body):
    name: PlaceName | None = None
    description: Text | None = None
    is_paused: bool = False
    concurrency_limit: Slots | None = None
    priority: Priority | None = None
    last_polled: Moment | None = None
    filter: QueueFilter | None = None

    def changes(self) -> dict[str, Any]:
        """The fields that the client named, but those that cannot be null."""
        given = self.given()
        if self.filter is not None:
            given["filter"] = self.filter.model_dump(mode="json")
        if self.last_polled is not None:
            given["last_polled"] = self.last_polled.isoformat()
        return {name: value for name, value in given.items() if value is not None or name in NULLABLE}


class WorkQueueResponse(Recorded):
    name: str
    description: str | None
    is_paused: bool
    concurrency_limit: int | None
    priority: int
    work_pool_id: UUID | None
    filter: QueueFilter | None
    last_polled: datetime | None
    work_pool_name: str | None
    status: Status | None
    active_slots: int | None

    @classmethod
    def told(cls, found: FoundQueue) -> WorkQueueResponse:
        """A queue in JSON."""
        more = {"work_pool_name": found.work_pool_name, "status": found.status, "active_slots": found.active_slots}
        return cls.of(Merged(found.queue, **more))


class WorkQueue(Recorded):
    """A queue in the short form of old."""

    name: str
    description: str | None
    is_paused: bool
    concurrency_limit: int | None
    priority: int
    work_pool_id: UUID | None
    filter: QueueFilter | None
    last_polled: datetime | None


class ReadWorkQueues(Listed):
    work_queues: WorkQueueFilter | None = None


class WorkQueueHealthPolicy(Answer):
    """What a queue that is well looked after keeps to."""

    maximum_late_runs: int | None = 0
    maximum_seconds_since_last_polled: int | None = int(POLLED_WITHIN)


class WorkQueueStatusDetail(Answer):
    healthy: bool
    late_runs_count: int
    last_polled: datetime | None
    health_check_policy: WorkQueueHealthPolicy

    @classmethod
    def told(cls, health: Health) -> WorkQueueStatusDetail:
        """How a queue is, in JSON."""
        return cls(**health._asdict(), health_check_policy=WorkQueueHealthPolicy())


class Heartbeat(Query):
    name: PlaceName
    heartbeat_interval_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None


class ReadWorkers(Listed):
    workers: WorkerFilter | None = None


class WorkerResponse(Recorded):
    name: str
    work_pool_id: UUID
    last_heartbeat_time: datetime | None
    heartbeat_interval_seconds: int | None
    status: Literal["ONLINE", "OFFLINE"]

    @classmethod
    def told(cls, found: FoundWorker) -> WorkerResponse:
        """A worker in JSON."""
        return cls.of(Merged(found.worker, status=found.status))


class ReadDueRuns(Query):
    """Which runs of a pool are wanted."""

    work_queue_names: Annotated[list[Text], Field(max_length=1_000)] | None = None
    scheduled_before: Moment | None = None
    scheduled_after: Moment | None = None
    limit: Limit | None = None


class ReadQueueRuns(Query):
    scheduled_before: Moment | None = None
    limit: Limit | None = None


class WorkerFlowRunResponse(Answer):
    work_pool_id: UUID
    work_queue_id: UUID
    flow_run: ToldFlowRun


class ReadPoolConcurrency(Paged):
    flow_run_limit: Annotated[int, Field(ge=0, le=200)] = 10


class ReadQueueConcurrency(Paged): ...


class FlowRunSlotSummary(Answer):
    """A run that takes a slot, and how long it has been in its state."""

    id: UUID
    name: str
    state_type: StateType | None = None
    state_name: str | None = None
    start_time: datetime | None = None
    state_timestamp: datetime | None = None
    time_in_current_state: Seconds | None = None

    @classmethod
    def at(cls, now: datetime, run: FlowRun) -> FlowRunSlotSummary:
        """A run that takes a slot at a moment."""
        since = run.state.timestamp if run.state is not None else None
        return cls(
            id=run.id,
            name=run.name,
            state_type=run.state_type,
            state_name=run.state_name,
            start_time=run.start_time,
            state_timestamp=since,
            time_in_current_state=now - since if since is not None else None,
        )


class WorkQueueConcurrencyStatusDetail(Answer):
    queue_id: UUID
    queue_name: str
    active_slots: int
    concurrency_limit: int | None = None
    flow_runs: list[FlowRunSlotSummary] = Field(default_factory=list)
    flow_run_count: int | None = None


class WorkPoolConcurrencyStatus(Answer):
    active_slots: int
    concurrency_limit: int | None = None
    queues: list[WorkQueueConcurrencyStatusDetail] = Field(default_factory=list)
    count: int
    limit: int
    pages: int
    page: int


class WorkQueueConcurrencyStatus(Answer):
    active_slots: int
    concurrency_limit: int | None = None
    flow_runs: list[FlowRunSlotSummary] = Field(default_factory=list)
    count: int
    limit: int
    pages: int
    page: int
