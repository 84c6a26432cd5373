"""Door: the values of runs and their states, which live in `prefect._domain`, and what the API tells of the rest."""

from prefect._domain.concurrency import CollisionStrategy as ConcurrencyLimitStrategy
from prefect._domain.flow_runs import CreatedBy, Flow, FlowRun, FlowRunInput
from prefect._domain.saved_searches import SavedSearch
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun
from prefect._wire.blocks import BlockDocument, BlockSchema, BlockType
from prefect._wire.deployments import ConcurrencyLimitConfig, ConcurrencyOptions, VersionInfo
from prefect._wire.deployments import DeploymentResponse as Deployment
from prefect._wire.flow_runs import FlowRunPolicy
from prefect._wire.logs import Log
from prefect._wire.schedules import DeploymentSchedule
from prefect._wire.states import Constant, FlowRunResult, Parameter, TaskRunResult
from prefect._wire.task_runs import TaskRunPolicy
from prefect._wire.variables import Variable
from prefect._wire.work_pools import WorkerFlowRunResponse, WorkPoolStorageConfiguration, WorkQueueStatusDetail
from prefect._wire.work_pools import WorkerResponse as Worker
from prefect._wire.work_pools import WorkPoolResponse as WorkPool
from prefect._wire.work_pools import WorkQueueResponse as WorkQueue

__all__ = [
    "BlockDocument",
    "BlockSchema",
    "BlockType",
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
    "Log",
    "Parameter",
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
