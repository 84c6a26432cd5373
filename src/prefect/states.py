"""The states of runs, as users make and read them: `Completed(message="done")`, `state.result()`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from prefect._clock import new_id, now
from prefect._domain.states import State, StateDetails, StateType, exception_of, result_of
from prefect._engine.outcomes import crashed, state_of_value
from prefect._engine.tracebacks import described
from prefect.utilities.asyncutils import dispatched, in_thread
from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from prefect._outside.state_bodies import to_state_create

S = TypeVar("S", bound=State)


def _made(cls: type[S], type: StateType, name: str | None, fields: dict[str, Any], **details: Any) -> S:
    """A state, now, unless the fields say otherwise."""
    given = fields.pop("state_details", None)
    held = StateDetails(**given) if isinstance(given, dict) else (given or StateDetails())
    for field, value in details.items():
        if value is not None:
            setattr(held, field, value)
    known = {"id": new_id(), "timestamp": now(), "name": name or type.value.capitalize(), "state_details": held}
    return cls(type=type, **{**known, **fields})


def Scheduled(scheduled_time: datetime | None = None, cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    """A run that is to start at a time; now if none is given. Raises `ValueError` for two times."""
    if scheduled_time is not None and _details_of(fields).scheduled_time is not None:
        raise ValueError("An extra scheduled_time was provided in state_details.")
    due = scheduled_time or _details_of(fields).scheduled_time or now()
    return _made(cls, StateType.SCHEDULED, "Scheduled", fields, scheduled_time=due)


def _details_of(fields: dict[str, Any]) -> StateDetails:
    given = fields.get("state_details")
    return StateDetails(**given) if isinstance(given, dict) else (given or StateDetails())


def Completed(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.COMPLETED, None, fields)


def Running(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.RUNNING, None, fields)


def Failed(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.FAILED, None, fields)


def Crashed(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.CRASHED, None, fields)


def Cancelling(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.CANCELLING, None, fields)


def Cancelled(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.CANCELLED, None, fields)


def Pending(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.PENDING, None, fields)


def Paused(
    cls: type[S] = State,  # type: ignore[assignment]
    timeout_seconds: float | None = None,
    pause_expiration_time: datetime | None = None,
    reschedule: bool = False,
    pause_key: str | None = None,
    **fields: Any,
) -> S:
    """A run that waits to be resumed, until a time or for so many seconds.

    Raises `ValueError` when both are given, or the time twice.
    """
    if timeout_seconds is not None and pause_expiration_time is not None:
        raise ValueError("Cannot supply both a pause_expiration_time and timeout_seconds")
    if _details_of(fields).pause_timeout is not None and (timeout_seconds is not None or pause_expiration_time):
        raise ValueError("An extra pause timeout was provided in state_details")
    until = pause_expiration_time
    if timeout_seconds is not None:
        until = now() + timedelta(seconds=timeout_seconds)
    kept = {"pause_timeout": until, "pause_reschedule": reschedule or None, "pause_key": pause_key}
    return _made(cls, StateType.PAUSED, fields.pop("name", None), fields, **kept)


def Suspended(
    cls: type[S] = State,  # type: ignore[assignment]
    timeout_seconds: float | None = None,
    pause_expiration_time: datetime | None = None,
    pause_key: str | None = None,
    **fields: Any,
) -> S:
    """A paused run that has left its process and will be started again."""
    named = {"name": "Suspended", **fields}
    return Paused(cls, timeout_seconds, pause_expiration_time, reschedule=True, pause_key=pause_key, **named)


def AwaitingRetry(scheduled_time: datetime | None = None, cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    """A run that failed and is to be tried again."""
    return Scheduled(scheduled_time, cls, **{"name": "AwaitingRetry", **fields})


def AwaitingConcurrencySlot(scheduled_time: datetime | None = None, cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    """A run that waits for others to end."""
    return Scheduled(scheduled_time, cls, **{"name": "AwaitingConcurrencySlot", **fields})


def Late(scheduled_time: datetime | None = None, cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    """A run whose time has passed."""
    return Scheduled(scheduled_time, cls, **{"name": "Late", **fields})


def Submitting(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.PENDING, "Submitting", fields)


def InfrastructurePending(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.PENDING, "InfrastructurePending", fields)


def Retrying(cls: type[S] = State, **fields: Any) -> S:  # type: ignore[assignment]
    return _made(cls, StateType.RUNNING, "Retrying", fields)


async def exception_to_crashed_state(exc: BaseException, result_store: Any = None) -> State:
    """The state of a run that an error from outside of its code has ended; the error is its result.

    `result_store` is taken for older programs.
    """
    return crashed(exc, record=lambda error: error)


async def exception_to_failed_state(
    exc: BaseException | None = None, result_store: Any = None, write_result: bool = False, **fields: Any
) -> State:
    """The state of a run whose code has raised an error, or which is handling one here; the error is its result.

    A `message` stands before what is said of the error. With `write_result` the error is kept in the store. Raises
    `ValueError` where there is no error.
    """
    error = exc or sys.exc_info()[1]
    if error is None:
        raise ValueError("There is no exception here, and none was given.")
    message = " ".join(filter(None, [fields.pop("message", None), format_exception(error)]))
    data: Any = error
    if result_store is not None:
        data = result_store.create_result_record(error)
        if write_result:
            await result_store.apersist_result_record(data)
    return Failed(**{"data": data, "message": message, **fields})


def format_exception(exc: BaseException, tb: Any = None) -> str:
    """An error in a line: `KeyError: 'price'`. The traceback is taken for older programs."""
    return described(exc)


async def return_value_to_state(
    retval: Any,
    result_store: Any,
    key: str | None = None,
    expiration: datetime | None = None,
    write_result: bool = False,
) -> State:
    """The state of a run that returned a value, as the engine finds it; with `write_result` the value is kept."""

    def record(value: Any) -> Any:
        return result_store.create_result_record(value, key, expiration)

    state = state_of_value(retval, record)
    if write_result and state.data is not None:
        await result_store.apersist_result_record(state.data)
    return state


def is_state(obj: Any) -> bool:
    """Whether something is a state."""
    return isinstance(obj, State)


def is_state_iterable(obj: Any) -> bool:
    """Whether something is a list, tuple or set of nothing but states, and holds at least one."""
    return isinstance(obj, (list, tuple, set)) and bool(obj) and all(isinstance(item, State) for item in obj)


@dispatched
def get_state_exception(state: State) -> BaseException:
    """The exception that tells why a run did not complete.

    Raises `ValueError` for a state that is no failure, `TypeError` where nothing in it tells.
    """
    if not (state.is_failed() or state.is_crashed() or state.is_cancelled()):
        raise ValueError(f"Expected a failed, crashed or cancelled state; got {state!r}.")
    return exception_of(state)


@dispatched
def raise_state_exception(state: State) -> None:
    """Raise what tells why a run did not complete; a run that completed raises nothing."""
    if state.is_failed() or state.is_crashed() or state.is_cancelled():
        raise exception_of(state)


async def aget_state_exception(state: State) -> BaseException:
    """As `get_state_exception`."""
    return await in_thread(get_state_exception, state)


async def araise_state_exception(state: State) -> None:
    """As `raise_state_exception`."""
    await in_thread(raise_state_exception, state)


@dispatched
def get_state_result(state: State, raise_on_failure: bool = True, **_: Any) -> Any:
    """What the run left behind, as `state.result()`."""
    return result_of(state, raise_on_failure)


class StateGroup:
    """Counts the states of many runs."""

    def __init__(self, states: Iterable[State]) -> None:
        self.states = list(states)
        self.type_counts = Counter(state.type for state in self.states)
        self.total_count = len(self.states)
        self.final_count = sum(state.is_final() for state in self.states)
        self.not_final_count = self.total_count - self.final_count
        self.cancelled_count = self.type_counts[StateType.CANCELLED]
        self.paused_count = self.type_counts[StateType.PAUSED]

    @property
    def fail_count(self) -> int:
        return self.type_counts[StateType.FAILED] + self.type_counts[StateType.CRASHED]

    def all_completed(self) -> bool:
        return self.type_counts[StateType.COMPLETED] == self.total_count

    def any_failed(self) -> bool:
        return self.fail_count > 0

    def any_cancelled(self) -> bool:
        return self.cancelled_count > 0

    def any_paused(self) -> bool:
        return self.paused_count > 0

    def all_final(self) -> bool:
        return not self.not_final_count

    def counts_message(self) -> str:
        """Such as `total=3, 'COMPLETED'=2, 'FAILED'=1`."""
        counts = [f"{type.value!r}={count}" for type, count in self.type_counts.items() if count]
        unfinished = [f"'not final'={self.not_final_count}"] if self.not_final_count else []
        return ", ".join([f"total={self.total_count}", *unfinished, *counts])


HOMES = {"to_state_create": "prefect._outside.state_bodies"}
"""What makes bodies of requests is above this floor."""
__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "AwaitingConcurrencySlot",
    "AwaitingRetry",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Failed",
    "InfrastructurePending",
    "Late",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateDetails",
    "StateGroup",
    "StateType",
    "Submitting",
    "Suspended",
    "aget_state_exception",
    "araise_state_exception",
    "exception_to_crashed_state",
    "exception_to_failed_state",
    "format_exception",
    "get_state_exception",
    "get_state_result",
    "is_state",
    "is_state_iterable",
    "raise_state_exception",
    "return_value_to_state",
    "to_state_create",
]
