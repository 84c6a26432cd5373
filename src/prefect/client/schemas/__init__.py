"""Doors: the public paths of values that live elsewhere."""

from prefect.client.schemas.objects import FlowRun, State, StateDetails, StateType, TaskRun, TaskRunResult, Workspace
from prefect.client.schemas.responses import OrchestrationResult

__all__ = [
    "StateDetails",
    "TaskRunResult",
    "Workspace",
    "FlowRun",
    "OrchestrationResult",
    "State",
    "StateType",
    "TaskRun",
]
