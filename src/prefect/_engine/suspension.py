"""Runs that somebody suspends from outside: they leave their process at their next call of a task or subflow."""

from __future__ import annotations

from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import Pause
from prefect.logging.loggers import flow_run_logger


def leave_if_suspended(flow: FlowRunContext | None) -> None:
    """Raise `Pause` in a flow that was suspended; a task that is at work is let end."""
    suspended = getattr(flow.recorder, "suspended", None) if flow is not None else None
    if not suspended:
        return
    assert flow is not None
    state = suspended.get(flow.flow_run.id)
    if state is not None and TaskRunContext.get() is None:
        flow_run_logger(flow.flow_run, flow.flow).info(
            "This run was suspended; it leaves its process, and goes on when it is resumed."
        )
        raise Pause(state=state)
