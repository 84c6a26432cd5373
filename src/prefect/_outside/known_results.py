"""Which run made an object, as far as the flow run remembers that goes on here; told as the state of that run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect._domain.states import State, StateDetails, StateType
from prefect._wire.objects import RunType
from prefect.context import FlowRunContext


def get_state_for_result(obj: Any) -> tuple[State, RunType] | None:
    """A completed state that says which run made this very object, and the run's kind; None where none is known."""
    context = FlowRunContext.get()
    source = context.origins.of(obj) if context is not None else None
    if source is None:
        return None
    kind = RunType(source["input_type"])
    made_by = UUID(source["id"])
    is_flow_run = kind is RunType.FLOW_RUN
    details = StateDetails(flow_run_id=made_by) if is_flow_run else StateDetails(task_run_id=made_by)
    return State(type=StateType.COMPLETED, state_details=details), kind


def link_state_to_result(state: State, result: Any, run_type: RunType) -> None:
    """Remember that the run of a state made this very object, and what is in it, in the flow run that goes on here."""
    context = FlowRunContext.get()
    kind = RunType(run_type)
    said = state.state_details
    made_by = said.flow_run_id if kind is RunType.FLOW_RUN else said.task_run_id
    if context is not None and made_by is not None:
        context.origins.remember(result, made_by, kind=kind.value)


def link_state_to_flow_run_result(state: State, result: Any) -> None:
    """Remember that the flow run of a state made this very object."""
    link_state_to_result(state, result, RunType.FLOW_RUN)


def link_state_to_task_run_result(state: State, result: Any) -> None:
    """Remember that the task run of a state made this very object."""
    link_state_to_result(state, result, RunType.TASK_RUN)
