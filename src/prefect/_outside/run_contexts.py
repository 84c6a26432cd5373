"""Context variables for a while, and which runs one is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from uuid import UUID

from prefect.context import FlowRunContext, TaskRunContext

__all__ = ["get_task_and_flow_run_ids", "get_task_run_id", "temporary_context"]


@contextmanager
def temporary_context(context: Context) -> Iterator[None]:
    """Have the variables of another context in this one for the time of the block."""
    tokens = [(variable, variable.set(value)) for variable, value in context.items()]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def get_task_run_id() -> UUID | None:
    """The id of the task run that one is in."""
    return get_task_and_flow_run_ids()[0]


def get_task_and_flow_run_ids() -> tuple[UUID | None, UUID | None]:
    """The ids of the task run and the flow run that one is in; a task's flow run counts where there is no other."""
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    task_run = task.task_run if task is not None else None
    flow_run = flow.flow_run if flow is not None else None
    of_task = task_run.flow_run_id if task_run is not None else None
    return (task_run.id if task_run else None), (flow_run.id if flow_run else of_task)
