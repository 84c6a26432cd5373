"""Door: the things that the orchestrator knows, which live in `prefect._domain` and `prefect._wire`."""

from prefect._domain.flow_runs import CreatedBy, Flow, FlowRun, FlowRunInput
from prefect._domain.saved_searches import SavedSearch
from prefect._domain.task_runs import TaskRun
from prefect._wire.blocks import BlockDocument, BlockSchema, BlockType
from prefect._wire.deployments import DeploymentResponse as Deployment
from prefect._wire.flow_runs import FlowRunPolicy
from prefect._wire.logs import Log
from prefect._wire.saved_searches import SavedSearchFilter
from prefect._wire.states import Constant, FlowRunResult, Parameter, TaskRunResult
from prefect._wire.task_runs import TaskRunPolicy
from prefect._wire.variables import Variable
from prefect._wire.work_pools import WorkerResponse as Worker
from prefect._wire.work_pools import WorkPoolResponse as WorkPool
from prefect._wire.work_pools import WorkQueueResponse as WorkQueue

__all__ = [
    "BlockDocument",
    "BlockSchema",
    "BlockType",
    "Constant",
    "CreatedBy",
    "Deployment",
    "Flow",
    "FlowRun",
    "FlowRunInput",
    "FlowRunPolicy",
    "FlowRunResult",
    "Log",
    "Parameter",
    "SavedSearch",
    "SavedSearchFilter",
    "TaskRun",
    "TaskRunPolicy",
    "TaskRunResult",
    "Variable",
    "WorkPool",
    "WorkQueue",
    "Worker",
]
