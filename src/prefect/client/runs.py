"""What the operations on runs share: filters as bodies hold them, and states on their way out and in.

A client gives runs as the API tells of them (`FlowRunResponse`, `TaskRun`), with what only an answer knows, such as
`work_pool_name` and `estimated_run_time`. Their `state` is a state like any other: `run.state.is_completed()`,
`run.state.result()`; a result is read from where it is kept when somebody asks for it.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

from pydantic import TypeAdapter
from typing_extensions import Unpack

from prefect._domain.states import State
from prefect._store.values import data_text, read_json

if TYPE_CHECKING:
    from prefect._wire.filters import (
        DeploymentFilter,
        FlowFilter,
        FlowRunFilter,
        TaskRunFilter,
        WorkPoolFilter,
        WorkQueueFilter,
    )
    from prefect._wire.flow_runs import FlowRunResponse
    from prefect._wire.states import OrchestrationResult, StateCreate
    from prefect._wire.task_runs import TaskRun

    Stated = TypeVar("Stated", FlowRunResponse, TaskRun, OrchestrationResult)


class Filters(TypedDict, total=False):
    """What may be wanted of the things that are asked for, and of their relatives."""

    flow_filter: FlowFilter | None
    flow_run_filter: FlowRunFilter | None
    task_run_filter: TaskRunFilter | None
    deployment_filter: DeploymentFilter | None
    work_pool_filter: WorkPoolFilter | None
    work_queue_filter: WorkQueueFilter | None


FIELDS = {
    "flow_filter": "flows",
    "flow_run_filter": "flow_runs",
    "task_run_filter": "task_runs",
    "deployment_filter": "deployments",
    "work_pool_filter": "work_pools",
    "work_queue_filter": "work_pool_queues",
}
"""The field of a body for each filter."""


def wanted(**filters: Unpack[Filters]) -> dict[str, Any]:
    """The part of a body that says what is wanted."""
    given = cast(dict[str, Any], filters)
    return {FIELDS[name]: filter for name, filter in given.items() if filter is not None}


def given(**fields: Any) -> dict[str, Any]:
    """A body of the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


class KeptResult:
    """A result that some run kept; the value is read when somebody asks for it."""

    is_stored = True

    def __init__(self, metadata: dict[str, Any]) -> None:
        self.metadata = metadata

    @property
    def result(self) -> Any:
        # what reads results stands above the client, and only who asks for a value needs it
        return importlib.import_module("prefect.results").StoredResult(self.metadata).result


def come_in(state: State) -> State:
    """A state as programs use it: with the way to its result, where that is kept."""
    if isinstance(state.data, dict) and "storage_key" in state.data:
        state.data = KeptResult(state.data)
    return state


def with_state(told: Stated) -> Stated:
    """An answer whose state leads to its result."""
    if told.state is not None:
        come_in(told.state)
    return told


def going_out(state: State | StateCreate) -> dict[str, Any]:
    """A state as it is proposed: of its data only where the result is kept."""
    if not isinstance(state, State):
        return state.model_dump(mode="json", exclude_unset=True)
    return {
        "type": state.type,
        "name": state.name,
        "message": state.message,
        "data": read_json(data_text(state.data)),
        "state_details": state.state_details.given(),
    }


def states_in(answer: Any) -> list[State]:
    """The states that an answer tells of."""
    return [come_in(state) for state in _many_states().validate_python(answer)]


@lru_cache
def _many_states() -> TypeAdapter[list[State[Any]]]:
    return TypeAdapter(list[State[Any]])
