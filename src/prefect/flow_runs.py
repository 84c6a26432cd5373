"""Pausing, suspending and resuming flow runs, and waiting for one to end.

A paused run keeps its process and waits in it. A suspended one leaves its process, and starts from its beginning in
another one when it is resumed; with kept results, tasks that completed are not executed again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect._clock import now
from prefect._domain.states import State
from prefect._domain.transitions.verdicts import Abort
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import (
    FlowPauseTimeout,
    FlowRunWaitTimeout,
    MissingContextError,
    NotPausedError,
    Pause,
    PrefectException,
)
from prefect.input.keysets import Keyset, as_dict, keyset_from_base_key
from prefect.input.run_input import RunInput, run_input_subclass_from_type
from prefect.logging.loggers import get_run_logger
from prefect.states import Paused, Suspended
from prefect.utilities.asyncutils import dispatched, in_thread

LOOK_EVERY = 0.5
"""Seconds between two looks at whether a paused run was resumed, or a run has ended."""


@dispatched
def pause_flow_run(
    wait_for_input: Any = None,
    timeout: float = 3600,
    poll_interval: float = 10,
    key: str | None = None,
    flow_run_id: UUID | None = None,
) -> Any:
    """Pause the flow run that this is called in until somebody resumes it; the input that it was resumed with, if any.

    With `flow_run_id` another run is paused: it waits at its next call of a task or subflow.

    `wait_for_input` is a `RunInput` class, another pydantic model, or a type such as `int`. `timeout` and
    `poll_interval` are in seconds. A pause that was passed in an earlier try of the run is not made again; `key` names
    a pause, which is counted otherwise. Raises `FlowPauseTimeout` where nobody resumes the run in time.
    """
    if flow_run_id is not None and not _is_own(flow_run_id):
        _stop_another("paused", flow_run_id, Paused(timeout_seconds=timeout, pause_key=key))
        return None
    context = _flow_context("pause")
    awaited = _input_class(wait_for_input)
    state: State = Paused(timeout_seconds=timeout, pause_key=key or _next_key(context))
    keyset = _with_keyset(state, awaited, context.flow_run.id)
    get_run_logger().info("Pausing flow, execution will continue when this flow run is resumed.")
    _proposed(context, state)
    _wait_until_resumed(context.flow_run.id, timeout, min(poll_interval, LOOK_EVERY))
    return _given(awaited, keyset, context.flow_run.id)


@dispatched
def suspend_flow_run(
    wait_for_input: Any = None, flow_run_id: UUID | None = None, timeout: float | None = 3600, key: str | None = None
) -> Any:
    """Have a flow run of a deployment leave its process, to be started again when somebody resumes it.

    Without `flow_run_id` it is the run that this is called in, which ends here; when it is started again, this gives
    the input that it was resumed with. Raises `RuntimeError` in a task, in a subflow and for a run of no deployment.
    """
    context = FlowRunContext.get()
    if TaskRunContext.get() is not None and flow_run_id is None:
        raise RuntimeError("Cannot suspend task runs. Call suspend_flow_run in the flow itself.")
    if flow_run_id is None and context is None:
        raise MissingContextError("There is no run here: say which one is meant with flow_run_id.")
    if flow_run_id is not None and not _is_own(flow_run_id):
        _stop_another("suspended", flow_run_id, Suspended(timeout_seconds=timeout, pause_key=key))
        return None
    assert context is not None
    awaited = _input_class(wait_for_input)
    state: State = Suspended(timeout_seconds=timeout, pause_key=key or _next_key(context))
    keyset = _with_keyset(state, awaited, context.flow_run.id)
    entered = _proposed(context, state)
    if not entered.is_paused():
        return _given(awaited, keyset, context.flow_run.id)
    get_run_logger().info("Suspending flow run, execution will be rescheduled when this flow run is resumed.")
    raise Pause(state=entered)


def _is_own(flow_run_id: UUID) -> bool:
    context = FlowRunContext.get()
    return context is not None and flow_run_id == context.flow_run.id


def _stop_another(what: str, flow_run_id: UUID, state: State) -> None:
    with get_client(sync_client=True) as client:
        answer = client.set_flow_run_state(flow_run_id, state)
    if answer.status != "ACCEPT":
        raise RuntimeError(f"The flow run {flow_run_id} cannot be {what}: {_reason(answer)}")


@dispatched
def resume_flow_run(flow_run_id: UUID, run_input: dict[str, Any] | None = None) -> None:
    """Have a paused or suspended run go on, with the input that it waits for.

    Raises `NotPausedError` for a run that is not paused, `FlowPauseTimeout` where its time is over, `RuntimeError` for
    an input that does not fit.
    """
    with get_client(sync_client=True) as client:
        answer = client.resume_flow_run(flow_run_id, run_input)
    if answer.status == "ACCEPT":
        return
    if answer.status == "ABORT":
        raise NotPausedError(f"The flow run {flow_run_id} cannot be resumed: {_reason(answer)}")
    if answer.state is not None and answer.state.type.value == "FAILED":
        raise FlowPauseTimeout(f"The flow run {flow_run_id} can no longer be resumed: {_reason(answer)}")
    raise RuntimeError(f"The flow run {flow_run_id} cannot be resumed: {_reason(answer)}")


def _wait(
    flow_run_id: UUID,
    timeout: float | None = 10800,
    poll_interval: float | None = None,
    client: Any = None,
    log_states: bool = False,
) -> Any:
    """The flow run when it has ended. `timeout` is in seconds; raises `FlowRunWaitTimeout` when they are over."""
    deadline = None if timeout is None else time.monotonic() + timeout
    told: UUID | None = None
    with get_client(sync_client=True) as own:
        while True:
            run = own.read_flow_run(flow_run_id)
            if log_states and run.state is not None and run.state.id != told:
                told = run.state.id
                get_run_logger().info("Flow run is in state %r", run.state.name)
            if run.state is not None and run.state.is_final():
                return run
            if deadline is not None and time.monotonic() > deadline:
                raise FlowRunWaitTimeout(f"The flow run {flow_run_id} has not ended in {timeout} s.")
            time.sleep(min(poll_interval or LOOK_EVERY, LOOK_EVERY))


async def apause_flow_run(*args: Any, **kwargs: Any) -> Any:
    """As `pause_flow_run`, for async code."""
    return await in_thread(pause_flow_run, *args, **kwargs)


async def asuspend_flow_run(*args: Any, **kwargs: Any) -> Any:
    """As `suspend_flow_run`, for async code."""
    return await in_thread(suspend_flow_run, *args, **kwargs)


async def aresume_flow_run(flow_run_id: UUID, run_input: dict[str, Any] | None = None) -> None:
    """As `resume_flow_run`, for async code."""
    await in_thread(resume_flow_run, flow_run_id, run_input)


async def wait_for_flow_run(flow_run_id: UUID, *args: Any, **kwargs: Any) -> Any:
    """The flow run when it has ended; see `_wait` for what can be said."""
    return await in_thread(_wait, flow_run_id, *args, **kwargs)


def _flow_context(what: str) -> FlowRunContext:
    context = FlowRunContext.get()
    if context is None:
        raise MissingContextError(f"There is no flow run here to {what}: call this from inside a flow.")
    return context


def _next_key(context: FlowRunContext) -> str:
    context.pauses += 1
    return str(context.pauses)


def _input_class(wanted: Any) -> type[RunInput] | None:
    return None if wanted is None else run_input_subclass_from_type(wanted)


def _with_keyset(state: State, awaited: type[RunInput] | None, flow_run_id: UUID) -> Keyset | None:
    """Tell in a state which input is awaited, and store what it looks like; None where none is."""
    if awaited is None:
        return None
    keyset = keyset_from_base_key(f"{state.name.lower()}-{state.state_details.pause_key}")
    state.state_details = replace(state.state_details, run_input_keyset=as_dict(keyset))
    awaited.save(keyset, flow_run_id)
    return keyset


def _proposed(context: FlowRunContext, state: State) -> State:
    """Enter a paused state; where the pause was passed already, the state in which the run is."""
    answer = context.recorder.propose(context.flow_run, state, epoch=context.epoch)
    if isinstance(answer.verdict, Abort):
        raise RuntimeError(answer.verdict.reason)
    entered: State = answer.state
    if not (entered.is_running() or entered.is_paused()):
        raise PrefectException(f"The flow run cannot be paused: it is {entered.name}.")
    return entered


def _wait_until_resumed(flow_run_id: UUID, timeout: float, every: float) -> None:
    deadline = now() + timedelta(seconds=timeout)
    with get_client(sync_client=True) as client:
        while True:
            state = client.read_flow_run(flow_run_id).state
            assert state is not None
            if state.is_running():
                return
            if state.is_final():
                raise FlowPauseTimeout(f"The flow run was paused and ended as {state.name}.")
            if now() > deadline:
                raise FlowPauseTimeout("Flow run was paused and never resumed.")
            time.sleep(min(timeout / 2, every))


def _given(awaited: type[RunInput] | None, keyset: Keyset | None, flow_run_id: UUID) -> Any:
    """The input with which a run was resumed."""
    return None if awaited is None or keyset is None else awaited.load(keyset, flow_run_id)


def _reason(answer: Any) -> str:
    return str(getattr(answer.details, "reason", None) or answer.status)


__all__ = [
    "apause_flow_run",
    "aresume_flow_run",
    "asuspend_flow_run",
    "pause_flow_run",
    "resume_flow_run",
    "suspend_flow_run",
    "wait_for_flow_run",
]
