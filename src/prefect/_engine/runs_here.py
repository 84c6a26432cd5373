"""The flow run that the code here belongs to: by its context, or because this process was started for it."""

from __future__ import annotations

import os
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect.context import FlowRunContext, TaskRunContext


def flow_run_here() -> FlowRun | None:
    """The run of the innermost flow, or of the one that this process was started for."""
    context = FlowRunContext.get()
    if context is not None:
        return context.flow_run
    task = TaskRunContext.get()
    known = task.task_run.flow_run_id if task is not None else None
    started_for = os.environ.get("PREFECT__FLOW_RUN_ID")
    flow_run_id = known or (UUID(started_for) if started_for else None)
    return recorder().ledger.read(flow_run_id) if flow_run_id else None


def id_of_flow_run_here() -> str | None:
    """Its id, which takes no reading."""
    context = FlowRunContext.get()
    if context is not None:
        return str(context.flow_run.id)
    task = TaskRunContext.get()
    if task is not None and task.task_run.flow_run_id is not None:
        return str(task.task_run.flow_run_id)
    return os.environ.get("PREFECT__FLOW_RUN_ID")
