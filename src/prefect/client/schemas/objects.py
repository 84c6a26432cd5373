"""Door: the values of flow runs, task runs and their states, which live in `prefect._domain`."""

from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun

__all__ = ["Flow", "FlowRun", "State", "StateDetails", "StateType", "TaskRun"]
