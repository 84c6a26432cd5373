"""Door: the values of runs and their states, which live in `prefect._domain`, and what the API tells of the rest."""

from prefect._domain.concurrency import CollisionStrategy as ConcurrencyLimitStrategy
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.states import State, StateDetails, StateType
from prefect._wire.artifacts import ArtifactCollection
from prefect._wire.concurrency import ConcurrencyLeaseHolder, GlobalConcurrencyLimit
from prefect._wire.deployments import ConcurrencyLimitConfig, ConcurrencyOptions, VersionInfo
from prefect._wire.flow_runs import FlowRunPolicy
from prefect._wire.objects import (
    Artifact,
    BlockDocument,
    BlockSchema,
    BlockType,
    ConcurrencyLimit,
    Deployment,
    DeploymentSchedule,
    DeploymentStatus,
    Flow,
    FlowRun,
    FlowRunInput,
    Integration,
    Log,
    RunType,
    SavedSearch,
    TaskRun,
    Variable,
    Worker,
    WorkerMetadata,
    WorkerStatus,
    WorkPool,
    WorkPoolStatus,
    WorkQueue,
    WorkQueueStatus,
)
from prefect._wire.states import Constant, FlowRunResult, Parameter, RunInput, TaskRunResult
from prefect._wire.task_runs import TaskRunPolicy
from prefect._wire.work_pools import (
    QueueFilter,
    WorkerFlowRunResponse,
    WorkPoolStorageConfiguration,
    WorkQueueHealthPolicy,
    WorkQueueStatusDetail,
)
from prefect.client.cloud import Workspace

__all__ = [
    "Workspace",
    "Integration",
    "WorkerMetadata",
    "RunType",
    "WorkPoolStatus",
    "WorkQueueStatus",
    "WorkerStatus",
    "DeploymentStatus",
    "QueueFilter",
    "WorkQueueHealthPolicy",
    "Artifact",
    "ArtifactCollection",
    "BlockDocument",
    "BlockSchema",
    "BlockType",
    "ConcurrencyLeaseHolder",
    "ConcurrencyLimit",
    "ConcurrencyLimitConfig",
    "ConcurrencyLimitStrategy",
    "ConcurrencyOptions",
    "Constant",
    "CreatedBy",
    "Deployment",
    "DeploymentSchedule",
    "Flow",
    "FlowRun",
    "FlowRunInput",
    "FlowRunPolicy",
    "FlowRunResult",
    "GlobalConcurrencyLimit",
    "Log",
    "Parameter",
    "RunInput",
    "SavedSearch",
    "State",
    "StateDetails",
    "StateType",
    "TaskRun",
    "TaskRunPolicy",
    "TaskRunResult",
    "Variable",
    "VersionInfo",
    "WorkPool",
    "WorkPoolStorageConfiguration",
    "WorkQueue",
    "WorkQueueStatusDetail",
    "Worker",
    "WorkerFlowRunResponse",
]
