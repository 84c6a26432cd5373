"""Door: the values of runs and their states, which live in `prefect._domain`, and blocks as the API tells of them."""

from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun
from prefect._wire.blocks import BlockDocument, BlockSchema, BlockType

__all__ = [
    "BlockDocument",
    "BlockSchema",
    "BlockType",
    "Flow",
    "FlowRun",
    "State",
    "StateDetails",
    "StateType",
    "TaskRun",
]
