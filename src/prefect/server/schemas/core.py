"""Door: the things that the orchestrator knows, which live in `prefect._domain` and `prefect._wire`."""

from prefect._domain.flow_runs import CreatedBy, Flow, FlowRun, FlowRunInput
from prefect._domain.saved_searches import SavedSearch
from prefect._domain.task_runs import TaskRun
from prefect._wire.blocks import BlockDocument, BlockSchema, BlockType
from prefect._wire.flow_runs import FlowRunPolicy
from prefect._wire.logs import Log
from prefect._wire.saved_searches import SavedSearchFilter
from prefect._wire.states import Constant, FlowRunResult, Parameter, TaskRunResult
from prefect._wire.task_runs import TaskRunPolicy
from prefect._wire.variables import Variable

__all__ = [
    "BlockDocument",
    "BlockSchema",
    "BlockType",
    "Constant",
    "CreatedBy",
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
]
