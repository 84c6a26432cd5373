"""The state of a run: its type, its name, its details, and how a result is read from it.

Constructors of the named states that users import (`Completed(...)`, `Failed(...)`) live in `prefect.states`; the laws
of moving between states live in `transitions/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timezone
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID, uuid4

from prefect._domain.as_html import badge, escape
from prefect._domain.as_models import AsModel
from prefect.exceptions import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    MissingResult,
    PausedRun,
    PrefectException,
    UnfinishedRun,
)
from prefect.utilities.asyncutils import dispatched, in_thread


class StateType(str, Enum):
    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"

    def __str__(self) -> str:
        return self.value


def state_type(word: Any) -> StateType:
    """The type of a state by its word. Raises `ValueError` for a word that is none."""
    try:
        return StateType(word)
    except ValueError:
        known = ", ".join(StateType)
        raise ValueError(f"{word!r} is no type of a state; the types are {known}. A state's name is free.") from None


FINAL = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED})
"""The types in which a run has ended."""
NAMES = {type: type.value.capitalize() for type in StateType}
"""What a state is called that has no name of its own."""


@dataclass(slots=True)
class StateDetails:
    """What a state carries for orchestration; every field has the name it has on the wire."""

    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
    child_flow_run_id: UUID | None = None
    scheduled_time: datetime | None = None
    cache_key: str | None = None
    cache_expiration: datetime | None = None
    deferred: bool | None = False
    untrackable_result: bool = False
    pause_timeout: datetime | None = None
    pause_reschedule: bool = False
    pause_key: str | None = None
    run_input_keyset: dict[str, str] | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    transition_id: UUID | None = None
    task_parameters_id: UUID | None = None
    traceparent: str | None = None
    deployment_concurrency_lease_id: UUID | None = None

    def given(self) -> dict[str, Any]:
        """The fields that differ from their defaults, by name."""
        held = zip(DETAILS, _details_of(self), strict=True)
        return {name: value for (name, default), value in held if value is not default and value != default}

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> StateDetails:
        return replace(self, **(update or {}))


DETAILS = tuple((field.name, field.default) for field in fields(StateDetails))
"""The fields of a state's details, and their defaults."""
_details_of = attrgetter(*(name for name, _ in DETAILS))

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    R = TypeVar("R", default=Any)
else:
    from typing import TypeVar

    R = TypeVar("R")


@dataclass(slots=True, eq=False)
class State(AsModel, Generic[R]):
    """Where a run stands: one moment of its history.

    `data` holds what the run left behind: a value, a `prefect.results.ResultRecord`, or nothing.
    Two states are equal when they say the same, whatever their ids and moments. A state that a user makes by hand gets
    its id and moment here, the one place on this floor that asks the clock; our own code gives both.
    """

    type: StateType
    name: str = ""
    id: UUID = field(default_factory=uuid4)
    timestamp: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    message: str | None = None
    data: Any = None
    state_details: StateDetails = field(default_factory=StateDetails)

    def __post_init__(self) -> None:
        if type(self.type) is not StateType:
            self.type = state_type(self.type)
        if not self.name:
            self.name = NAMES[self.type]

    def is_scheduled(self) -> bool:
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        return self.type is StateType.RUNNING

    def is_completed(self) -> bool:
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        return self.type is StateType.CRASHED

    def is_cancelled(self) -> bool:
        return self.type is StateType.CANCELLED

    def is_cancelling(self) -> bool:
        return self.type is StateType.CANCELLING

    def is_paused(self) -> bool:
        return self.type is StateType.PAUSED

    def is_final(self) -> bool:
        return self.type in FINAL

    @dispatched
    def result(self, raise_on_failure: bool = True, retry_result_failure: bool = True, fetch: bool = True) -> Any:
        """What the run left behind; in async code it is awaited.

        Raises `UnfinishedRun` or `PausedRun` while there is no result yet, `MissingResult` where it was not kept, and,
        unless `raise_on_failure` is False, the exception of a run that did not complete. The other two arguments are
        taken for older programs.
        """
        return result_of(self, raise_on_failure)

    async def aresult(self, raise_on_failure: bool = True, retry_result_failure: bool = True) -> Any:
        """As `result`, for async code."""
        return await in_thread(result_of, self, raise_on_failure)

    def fresh_copy(self, **changes: Any) -> State:
        """The same state under another id, at another moment, bound to no run and no transition."""
        details = replace(
            self.state_details, flow_run_id=None, task_run_id=None, child_flow_run_id=None, transition_id=None
        )
        fresh = {"id": uuid4(), "timestamp": datetime.now(timezone.utc), "state_details": details}
        return replace(self, **{**fresh, **changes})

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> State:
        return replace(self, **(update or {}))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return _meaning(self) == _meaning(other)

    def __hash__(self) -> int:
        """States that are equal have one hash as long as they do not change."""
        return hash((self.type, self.name, self.message))

    def _repr_html_(self) -> str:
        """The state as a notebook shows it."""
        return f"{badge(self.type.value, self.name)} {escape(self.message or '')}"

    def __repr__(self) -> str:
        message = "" if self.message is None else f"message={self.message!r}, "
        return f"{self.name}({message}type={self.type.value}, result={shown_result(self.data)})"

    def __str__(self) -> str:
        parts = [repr(self.message)] if self.message else []
        if self.name.lower() != self.type.value.lower():
            parts.append(f"type={self.type.value}")
        return f"{self.name}({', '.join(parts)})"


WRAPPERS: dict[StateType, type[PrefectException]] = {
    StateType.FAILED: FailedRun,
    StateType.CRASHED: CrashedRun,
    StateType.CANCELLED: CancelledRun,
}
"""What is raised for a run that left no exception behind."""


def result_of(state: State, raise_on_failure: bool = True) -> Any:
    """What a run left behind, at once; see `State.result`."""
    if state.is_paused():
        raise PausedRun("The run is paused; its result can be read after it ends.", state=state)
    if state.name == "NotReady" and state.message:
        raise UnfinishedRun(f"The run did not begin. {state.message}")
    if not state.is_final():
        raise UnfinishedRun(f"The run is {state.name}; its result can be read after it ends.")
    if raise_on_failure and not state.is_completed():
        raise exception_of(state)
    return _held_value(state)


def exception_of(state: State) -> BaseException:
    """The exception that tells why a run did not complete.

    Raises `TypeError` where the state holds something from which no exception can be made.
    """
    wrapper = WRAPPERS.get(state.type, PrefectException)
    held = None if is_unkept(state.data) else value_in(state.data)
    if held is None:
        return wrapper(state.message or f"The run ended as {state.name}.")
    if isinstance(held, BaseException):
        return held
    if isinstance(held, str):
        return wrapper(held)
    if isinstance(held, State):
        return exception_of(held)
    if isinstance(held, (list, tuple, set)):
        return _first_failure(held, state)
    raise TypeError(f"A {state.type} state holds a {type(held).__name__}; no exception can be made from it.")


def _first_failure(states: list[Any] | tuple[Any, ...] | set[Any], state: State) -> BaseException:
    for held in states:
        if isinstance(held, State) and not held.is_completed():
            return exception_of(held)
    raise TypeError(f"A {state.type} state holds a collection in which no state failed.")


def is_unkept(data: Any) -> bool:
    """Whether a state read from a database says that its result was not kept."""
    return isinstance(data, dict) and data.get("type") == "unpersisted"


def _held_value(state: State) -> Any:
    if state.data is None or is_unkept(state.data):
        if state.name == "Skipped" or not state.is_completed():
            return None
        raise MissingResult(
            "The run completed, but its result was not kept. Give persist_result=True to the task or flow, or set "
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT=true, to keep results."
        )
    return value_in(state.data)


def value_in(data: Any) -> Any:
    """What a state holds, taken out of its result record if it is in one."""
    return data.result if hasattr(data, "metadata") and hasattr(data, "result") else data


def shown_result(data: Any) -> str:
    """The value held by a state, shortened for a person to read."""
    value = value_in(data)
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001  # a user's value may not be able to show itself
        text = f"<{type(value).__name__} whose repr() raises {type(error).__name__}>"
    return text if len(text) <= 200 else f"{text[:197]}..."


def _meaning(state: State) -> tuple[Any, ...]:
    return state.type, state.name, state.message, state.data, state.state_details
