"""Door: the things that the orchestrator knows, which live in `prefect._domain` and `prefect._wire`."""

from prefect._domain.flow_runs import CreatedBy, FlowRunInput
from prefect._domain.saved_searches import SavedSearch
from prefect._wire.artifacts import ArtifactCollection
from prefect._wire.flow_runs import FlowRunPolicy
from prefect._wire.objects import (
    Artifact,
    BlockDocument,
    BlockSchema,
    BlockType,
    Deployment,
    Flow,
    FlowRun,
    Log,
    TaskRun,
    Variable,
    Worker,
    WorkPool,
    WorkQueue,
)
from prefect._wire.saved_searches import SavedSearchFilter
from prefect._wire.states import Constant, FlowRunResult, Parameter, TaskRunResult
from prefect._wire.task_runs import TaskRunPolicy

__all__ = [
    "Artifact",
    "ArtifactCollection",
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
