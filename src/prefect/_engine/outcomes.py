"""From what user code did to the state in which its run ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from prefect._clock import new_id, now
from prefect._domain.states import NAMES, State, StateDetails, StateType, is_unkept, result_of, value_in
from prefect._engine.deadlines import Deadline
from prefect._engine.redaction import redacted
from prefect._engine.signals import was_terminated
from prefect._engine.slips import hinted
from prefect._engine.tracebacks import described
from prefect.exceptions import (
    FAIL,
    SKIP,
    ConcurrencySlotsLost,
    FlowRunTimeoutError,
    TaskRunTimeoutError,
    TerminationSignal,
)


class Kind(NamedTuple):
    """What differs between the endings of flow runs and of task runs."""

    noun: str
    timeout_error: type[TimeoutError]
    users_timeout_counts: bool


FLOW = Kind("Flow", FlowRunTimeoutError, users_timeout_counts=True)
TASK = Kind("Task", TaskRunTimeoutError, users_timeout_counts=False)

Record = Callable[[Any], Any]
"""Wraps a value into the result record that a state holds."""


def new_state(
    type: StateType,
    name: str | None = None,
    *,
    message: str | None = None,
    data: Any = None,
    state_details: StateDetails | None = None,
) -> State:
    """A state made by the engine, now; its message tells no secret."""
    told = redacted(message) if message else message
    details = StateDetails() if state_details is None else state_details
    return State(type, name or NAMES[type], new_id(), now(), told, data, details)


def state_of_value(value: Any, record: Record) -> State:
    """The state in which a run ends that returned `value` (futures in what a flow returns became states before).

    A single state, or a collection of nothing but states, decides how the run ended; any other value is its result.
    """
    if isinstance(value, (SKIP, FAIL)):
        return state_of_signal(value, record)
    if isinstance(value, State) and not _belongs_to_a_run(value):
        return _adopted(value, record)
    if isinstance(value, State):
        return aggregate([value], value, record)
    if is_states(value):
        return aggregate(list(value), value, record)
    return new_state(StateType.COMPLETED, data=record(value))


def is_states(value: Any) -> bool:
    """Whether a value is a collection of nothing but states, and holds at least one."""
    return isinstance(value, (list, tuple, set)) and bool(value) and all(isinstance(item, State) for item in value)


def returned_states(returned: Any, ended: State) -> Any:
    """What the caller of a task gets that returned a state, or several: those, whatever they say of its run."""
    return ended if isinstance(returned, State) and not _belongs_to_a_run(returned) else returned


def value_of_flow(ended: State) -> Any:
    """What the caller of a flow gets: a collection of states as it is, else the result. Raises what the run raised."""
    tells = not ended.is_completed() and not is_unkept(ended.data) and is_states(value_in(ended.data))
    return result_of(ended, raise_on_failure=not tells)


def _belongs_to_a_run(state: State) -> bool:
    return state.state_details.flow_run_id is not None or state.state_details.task_run_id is not None


def _adopted(state: State, record: Record) -> State:
    is_record = hasattr(state.data, "metadata") and hasattr(state.data, "result")
    data = state.data if is_record else record(state.data)
    if not state.is_completed() and state.data is None:
        data = None
    return replace(state, data=data, state_details=replace(state.state_details))


def aggregate(states: list[State], held: Any, record: Record) -> State:
    """One state for many: completed if all are."""
    total = len(states)
    completed = sum(state.is_completed() for state in states)
    if completed == total:
        return new_state(StateType.COMPLETED, message="All states completed.", data=record(held))
    cancelled = sum(state.is_cancelled() for state in states)
    if cancelled:
        return new_state(StateType.CANCELLED, message=f"{cancelled}/{total} states cancelled.", data=record(held))
    if any(state.is_paused() for state in states):
        paused = sum(state.is_paused() for state in states)
        return new_state(StateType.PAUSED, message=f"{paused}/{total} states paused.", data=record(held))
    unfinished = sum(not state.is_final() for state in states)
    failed = sum(state.is_final() and not state.is_completed() for state in states)
    message = f"{failed}/{total} states failed." if failed else f"{unfinished}/{total} states are not final."
    return new_state(StateType.FAILED, message=message, data=record(held))


def state_of_signal(signal: SKIP | FAIL, record: Record) -> State:
    """The state that `SKIP` or `FAIL` asks for."""
    message = signal.message or None
    if isinstance(signal, SKIP):
        return new_state(StateType.COMPLETED, "Skipped", message=message, data=record(None))
    return new_state(StateType.FAILED, message=message, data=record(signal))


def state_of_error(error: BaseException, kind: Kind, timeout: float | None, record: Record) -> State:
    """The state in which a run ends whose code raised `error`."""
    if isinstance(error, (SKIP, FAIL)):
        return state_of_signal(error, record)
    if isinstance(error, Deadline):
        return _timed_out(kind, timeout, record)
    if isinstance(error, Exception):
        return _failed(error, kind, record)
    return crashed(error, record)


def _timed_out(kind: Kind, timeout: float | None, record: Record) -> State:
    message = f"{kind.noun} run exceeded timeout of {float(timeout or 0)} second(s)"
    return new_state(StateType.FAILED, "TimedOut", message=message, data=record(kind.timeout_error(message)))


def _failed(error: Exception, kind: Kind, record: Record) -> State:
    hinted(error)
    name = "TimedOut" if kind.users_timeout_counts and isinstance(error, TimeoutError) else "Failed"
    joint = ":" if kind is FLOW else ""
    message = f"{kind.noun} run encountered an exception{joint} {described(error)}"
    return new_state(StateType.FAILED, name, message=message, data=record(error))


def crashed(error: BaseException, record: Record) -> State:
    """The state of a run that the outside world ended."""
    return new_state(StateType.CRASHED, message=_why_it_crashed(error), data=record(error))


def _why_it_crashed(error: BaseException) -> str:
    import asyncio

    if isinstance(error, ConcurrencySlotsLost):
        return f"Execution was ended: {error}"
    is_cancelled = isinstance(error, asyncio.CancelledError)
    if isinstance(error, TerminationSignal) or (is_cancelled and was_terminated()):
        return "Execution was aborted by a termination signal."
    if is_cancelled:
        return "Execution was cancelled by the runtime environment."
    if isinstance(error, KeyboardInterrupt):
        return "Execution was aborted by an interrupt signal."
    if isinstance(error, Deadline):
        return f"Execution was aborted: the {error.seconds} s of the run that it belongs to were over."
    if isinstance(error, SystemExit):
        return "Execution was aborted by Python system exit call."
    return f"Execution was interrupted by an unexpected exception: {described(error)}"


def with_details(state: State, **details: Any) -> State:
    """The state, its details changed in place."""
    for name, value in details.items():
        setattr(state.state_details, name, value)
    return state


def pending(**details: Any) -> State:
    return new_state(StateType.PENDING, state_details=StateDetails(**details))
