"""Runs that somebody suspends or pauses from outside, noticed where they call a task or subflow.

The recorder looks once a second which of its runs are (`Recorder.halted`). A suspended run leaves its process at its
next call; a paused one waits there, and so does each of its submitted tasks that has not begun.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from prefect._clock import now
from prefect._domain.states import State
from prefect._engine.steps import Block, Sleep, Step
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import FlowPauseTimeout, Pause
from prefect.logging.loggers import flow_run_logger

LOOK_EVERY = 0.2
"""Seconds between two looks, in memory, at whether a paused run goes on."""


def leave_if_suspended(flow: FlowRunContext | None) -> None:
    """Raise `Pause` in a flow that was suspended; a task that is at work is let end."""
    state = _halt(flow)
    if state is not None and state.state_details.pause_reschedule and TaskRunContext.get() is None:
        assert flow is not None
        flow_run_logger(flow.flow_run, flow.flow).info(
            "This run was suspended; it leaves its process, and goes on when it is resumed."
        )
        raise Pause(state=state)


def wait_while_paused(flow: FlowRunContext | None) -> Generator[Step, Any, FlowPauseTimeout | None]:
    """Let a flow that was paused wait until it is resumed; what to raise where that did not happen in time."""
    if flow is None or not _is_paused(flow):
        return None
    logger = flow_run_logger(flow.flow_run, flow.flow)
    logger.info("This run was paused; it waits here until it is resumed.")
    while True:
        while _is_paused(flow):
            yield Sleep(LOOK_EVERY)
        run = yield Block(partial(flow.recorder.ledger.read, flow.flow_run.id))
        state: State | None = run.state if run is not None else None
        if state is not None and state.is_final():
            return FlowPauseTimeout(f"The flow run was paused and ended as {state.name}.")
        if state is None or not state.is_paused():
            logger.info("This run was resumed.")
            return None
        if _is_over(state):
            return FlowPauseTimeout("The flow run was paused and never resumed.")


def _is_paused(flow: FlowRunContext) -> bool:
    """Whether others have paused a flow run, as far as is known, and the time of that pause is not over."""
    state = _halt(flow)
    return state is not None and not state.state_details.pause_reschedule and not _is_over(state)


def _is_over(pause: State) -> bool:
    timeout = pause.state_details.pause_timeout
    return timeout is not None and timeout < now()


def _halt(flow: FlowRunContext | None) -> State | None:
    """The state in which others have stopped a flow run of this process."""
    halted = getattr(flow.recorder, "halted", None) if flow is not None else None
    return halted.get(flow.flow_run.id) if halted and flow is not None else None
