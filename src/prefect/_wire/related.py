"""Bodies that say which records are meant by what is wanted of them and of their relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect._domain.filters import Filters
from prefect._wire.filters import filter_of, later
from prefect._wire.models import Query

if TYPE_CHECKING:
    from prefect._wire.filters import (
        DeploymentFilter,
        FlowFilter,
        FlowRunFilter,
        TaskRunFilter,
        WorkPoolFilter,
        WorkQueueFilter,
    )
else:
    DeploymentFilter = later("DeploymentFilter")
    FlowFilter = later("FlowFilter")
    FlowRunFilter = later("FlowRunFilter")
    TaskRunFilter = later("TaskRunFilter")
    WorkPoolFilter = later("WorkPoolFilter")
    WorkQueueFilter = later("WorkQueueFilter")


NOUNS = {
    "flows": "flow",
    "flow_runs": "flow_run",
    "task_runs": "task_run",
    "deployments": "deployment",
    "work_pools": "work_pool",
    "work_pool_queues": "work_queue",
    "work_queues": "work_queue",
}
"""The noun that each field of a body asks for."""


class AmongTaskRuns(Query):
    """What is wanted of task runs and their relatives."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None

    def wanted(self) -> Filters:
        """What is wanted of each noun."""
        return {
            noun: filter_of(noun, getattr(self, name))
            for name, noun in NOUNS.items()
            if name in type(self).model_fields
        }


class AmongFlows(AmongTaskRuns):
    """What is wanted of flows and their relatives."""

    work_pools: WorkPoolFilter | None = None


class AmongFlowRuns(AmongFlows):
    """What is wanted of flow runs and their relatives."""

    work_pool_queues: WorkQueueFilter | None = None
