"""Doors: the public paths of values that live elsewhere."""

from prefect.client.schemas.objects import FlowRun, State, StateType, TaskRun
from prefect.client.schemas.responses import OrchestrationResult

__all__ = ["FlowRun", "OrchestrationResult", "State", "StateType", "TaskRun"]
