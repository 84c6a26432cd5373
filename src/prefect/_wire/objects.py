"""What programs build of the things that the API tells of: the same fields, of which most may be left out.

Packages' workers and tests make them (`FlowRun(flow_id=...)`); what clients answer has every field.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from random import SystemRandom
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from prefect._clock import new_id, now
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.names import slug
from prefect._domain.states import State
from prefect._wire import (
    admin,
    artifacts,
    blocks,
    concurrency,
    deployments,
    flow_runs,
    flows,
    logs,
    saved_searches,
    task_runs,
    variables,
    work_pools,
)
from prefect._wire.models import Body, Query, Recorded
from prefect._wire.schedules import DeploymentSchedule as ToldSchedule

_random = SystemRandom()


def _name() -> str:
    return slug(_random)


def data_discriminator(x: Any) -> str:
    """What the data of a state are: `ResultRecordMetadata` where they say where a result is kept, else `Any`."""
    is_kept = "storage_key" in x if isinstance(x, dict) else hasattr(x, "storage_key")
    return "ResultRecordMetadata" if is_kept else "Any"


class Built(Recorded):
    """Something that has an id of its own from the start, and was not recorded yet."""

    id: UUID = Field(default_factory=new_id)
    created: datetime | None = None
    updated: datetime | None = None


class FlowRun(Built, flow_runs.FlowRunResponse):
    """A run of a flow."""

    name: str = Field(default_factory=_name)
    state: State | None = None


class FlowRunInput(Built, flow_runs.FlowRunInput):
    """A text that is sent to a flow run under a key."""

    sender: str | None = None

    @property
    def decoded_value(self) -> Any:
        """The value that the text is the JSON of."""
        return json.loads(self.value)


class SavedSearch(Built, saved_searches.SavedSearch):
    """Conditions as a user interface writes them."""

    filters: list[saved_searches.SavedSearchFilter] = Field(default_factory=list)


class TaskRun(Built, task_runs.TaskRun):
    """A run of a task."""

    name: str = Field(default_factory=_name)
    state: State | None = None


class Flow(Built, flows.Flow):
    """A flow, as it is recorded."""

    tags: list[str] = Field(default_factory=list)
    labels: dict[str, Any] | None = Field(default_factory=dict)


class Deployment(Built, deployments.DeploymentResponse):
    """A flow with what its runs need."""

    version: str | None = None
    description: str | None = None
    paused: bool = False
    schedules: list[ToldSchedule] = Field(default_factory=list)
    concurrency_limit: int | None = None
    global_concurrency_limit: concurrency.GlobalConcurrencyLimitResponse | None = None
    concurrency_options: deployments.ConcurrencyOptions | None = None
    job_variables: dict[str, Any] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)
    labels: dict[str, Any] = Field(default_factory=dict)
    work_queue_name: str | None = None
    work_queue_id: UUID | None = None
    last_polled: datetime | None = None
    parameter_openapi_schema: dict[str, Any] | None = Field(default_factory=dict)
    path: str | None = None
    pull_steps: list[dict[str, Any]] | None = None
    entrypoint: str | None = None
    storage_document_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    created_by: CreatedBy | None = None
    updated_by: CreatedBy | None = None
    work_pool_name: str | None = None
    status: Literal["READY", "NOT_READY"] | None = None
    enforce_parameter_schema: bool = True


class DeploymentSchedule(Built, ToldSchedule):
    """When a deployment's runs are due."""

    deployment_id: UUID | None = None
    active: bool = True
    max_scheduled_runs: int | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    slug: str | None = None
    catch_up: Any = "all"


class WorkPool(Built, work_pools.WorkPoolResponse):
    """Where runs wait for workers."""

    description: str | None = None
    base_job_template: dict[str, Any] = Field(default_factory=dict)
    is_paused: bool = False
    concurrency_limit: int | None = None
    status: Literal["READY", "NOT_READY", "PAUSED"] | None = None
    default_queue_id: UUID | None = None
    storage_configuration: work_pools.WorkPoolStorageConfiguration = Field(
        default_factory=work_pools.WorkPoolStorageConfiguration
    )
    active_slots: int | None = None


class WorkQueue(Built, work_pools.WorkQueueResponse):
    """A queue of a work pool."""

    description: str | None = ""
    is_paused: bool = False
    concurrency_limit: int | None = None
    priority: int = 1
    work_pool_id: UUID | None = None
    filter: Any = None
    last_polled: datetime | None = None
    work_pool_name: str | None = None
    status: Literal["READY", "NOT_READY", "PAUSED"] | None = None
    active_slots: int | None = None


class Worker(Built, work_pools.WorkerResponse):
    """Who starts the runs of a work pool."""

    last_heartbeat_time: datetime | None = None
    heartbeat_interval_seconds: int | None = None
    status: Literal["ONLINE", "OFFLINE"] = "OFFLINE"


class Variable(Built, variables.Variable):
    """A value by its name."""

    tags: list[str] = Field(default_factory=list)


class Log(Built, logs.Log):
    """A line that a run logged."""

    timestamp: datetime = Field(default_factory=now)
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class BlockType(Built, blocks.BlockType):
    """A kind of block."""


class BlockSchema(Built, blocks.BlockSchema):
    """The fields of a kind of block."""

    block_type_id: UUID | None = None


class BlockDocument(Built, blocks.BlockDocument):
    """A block that is saved."""


class Artifact(Built, artifacts.Artifact):
    """What a run left to be looked at."""


class ConcurrencyLimit(Built, concurrency.ConcurrencyLimit):
    """How many task runs of a tag may run at once."""

    active_slots: list[UUID] = Field(default_factory=list)


class BlockSchemaReference(Built):
    """That blocks of one schema hold blocks of another, and in which field."""

    parent_block_schema_id: UUID
    parent_block_schema: BlockSchema | None = None
    reference_block_schema_id: UUID
    reference_block_schema: BlockSchema | None = None
    name: str


class BlockDocumentReference(Built):
    """That one saved block holds another, and in which field."""

    parent_block_document_id: UUID
    parent_block_document: BlockDocument | None = None
    reference_block_document_id: UUID
    reference_block_document: BlockDocument | None = None
    name: str

    @model_validator(mode="after")
    def _refers_to_another(self) -> Self:
        if self.parent_block_document_id == self.reference_block_document_id:
            raise ValueError(f"The block document {self.parent_block_document_id} cannot hold itself.")
        return self


class BlockDocumentReferenceCreate(Body):
    """One saved block is to hold another, in a field of that name."""

    id: UUID = Field(default_factory=new_id)
    parent_block_document_id: UUID
    reference_block_document_id: UUID
    name: str


class Configuration(Built):
    """A value that a server keeps about itself."""

    key: str
    value: dict[str, Any]


class CsrfToken(Built, admin.CsrfToken):
    """What shows a server that a request is meant by its client."""


class Agent(Built):
    """Who started the runs of a queue before there were workers."""

    name: str = Field(default_factory=_name)
    work_queue_id: UUID
    last_activity_time: datetime | None = None


class Integration(Body):
    """A package that a worker has."""

    name: str
    version: str


class WorkerMetadata(Query):
    """What a worker tells of itself beside its name."""

    model_config = ConfigDict(extra="allow")

    integrations: list[Integration]


class RunType(str, Enum):
    """Which kind of run is meant."""

    FLOW_RUN = "flow_run"
    TASK_RUN = "task_run"


class WorkPoolStatus(str, Enum):
    """Whether runs of a pool start."""

    READY = "READY"
    NOT_READY = "NOT_READY"
    PAUSED = "PAUSED"


class WorkQueueStatus(str, Enum):
    """Whether runs of a queue start."""

    READY = "READY"
    NOT_READY = "NOT_READY"
    PAUSED = "PAUSED"


class WorkerStatus(str, Enum):
    """Whether a worker is heard of."""

    ONLINE = "ONLINE"
    OFFLINE = "OFFLINE"


class DeploymentStatus(str, Enum):
    """Whether somebody asks for a deployment's runs."""

    READY = "READY"
    NOT_READY = "NOT_READY"
