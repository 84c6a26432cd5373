"""States as users make and read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from prefect import states
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.exceptions import CancelledRun, CrashedRun, FailedRun, MissingResult, PausedRun, UnfinishedRun

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MADE: list[tuple[Callable[..., Any], str, str]] = [
    (states.Scheduled, "SCHEDULED", "Scheduled"),
    (states.Late, "SCHEDULED", "Late"),
    (states.AwaitingRetry, "SCHEDULED", "AwaitingRetry"),
    (states.AwaitingConcurrencySlot, "SCHEDULED", "AwaitingConcurrencySlot"),
    (states.Pending, "PENDING", "Pending"),
    (states.Submitting, "PENDING", "Submitting"),
    (states.InfrastructurePending, "PENDING", "InfrastructurePending"),
    (states.Running, "RUNNING", "Running"),
    (states.Retrying, "RUNNING", "Retrying"),
    (states.Paused, "PAUSED", "Paused"),
    (states.Suspended, "PAUSED", "Suspended"),
    (states.Cancelling, "CANCELLING", "Cancelling"),
    (states.Cancelled, "CANCELLED", "Cancelled"),
    (states.Completed, "COMPLETED", "Completed"),
    (states.Failed, "FAILED", "Failed"),
    (states.Crashed, "CRASHED", "Crashed"),
]


@pytest.mark.parametrize(("make", "type", "name"), MADE, ids=lambda value: getattr(value, "__name__", None))
def test_each_constructor_makes_its_state(make: Callable[..., State[Any]], type: str, name: str) -> None:
    state = make(message="m")

    assert (state.type.value, state.name, state.message) == (type, name, "m")
    assert getattr(state, f"is_{type.lower()}")()
    assert state.is_final() is (type in {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})
    assert make(name="Own").name == "Own"


@pytest.mark.parametrize("make", [states.Scheduled, states.AwaitingRetry, states.Late, states.AwaitingConcurrencySlot])
def test_a_scheduled_state_has_a_time(make: Callable[..., State[Any]]) -> None:
    assert make(NOON).state_details.scheduled_time == NOON
    assert make(scheduled_time=NOON).state_details.scheduled_time == NOON
    assert make().state_details.scheduled_time is not None


def test_a_pause_has_one_end() -> None:
    details: StateDetails = states.Paused(timeout_seconds=60).state_details

    assert details.pause_timeout is not None
    assert timedelta(seconds=50) < details.pause_timeout - datetime.now(timezone.utc) <= timedelta(seconds=60)
    assert states.Paused(pause_expiration_time=NOON).state_details.pause_timeout == NOON
    assert states.Suspended(timeout_seconds=1).state_details.pause_reschedule
    with pytest.raises(ValueError, match=r"pause_expiration_time|timeout"):
        states.Paused(timeout_seconds=1, pause_expiration_time=NOON)
    with pytest.raises(ValueError, match="pause timeout"):
        states.Paused(timeout_seconds=1, state_details={"pause_timeout": NOON})


def test_a_state_is_read_by_a_person() -> None:
    assert repr(states.Completed(message="ok", data=1)) == "Completed(message='ok', type=COMPLETED, result=1)"
    assert str(states.Completed(message="ok")) == "Completed('ok')"
    assert str(states.Completed()) == "Completed()"
    assert str(states.Failed(message="no", name="TimedOut")) == "TimedOut('no', type=FAILED)"


def test_a_state_gives_what_the_run_left() -> None:
    error = ValueError("no")

    assert states.Completed(data=3).result() == 3
    assert states.Failed(data=error).result(raise_on_failure=False) is error
    with pytest.raises(ValueError, match="no"):
        states.Failed(data=error).result()


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (states.Failed(message="m"), FailedRun, "m"),
        (states.Crashed(message="m"), CrashedRun, "m"),
        (states.Cancelled(message="m"), CancelledRun, "m"),
        (states.Failed(data="said"), FailedRun, "said"),
        (states.Paused(), PausedRun, "paused"),
        (states.Running(), UnfinishedRun, "Running"),
        (states.Scheduled(), UnfinishedRun, "Scheduled"),
        (states.Completed(), MissingResult, "persist_result"),
        (states.Failed(data=states.Crashed(message="inner")), CrashedRun, "inner"),
        (states.Failed(data=[states.Completed(data=1), states.Failed(message="second")]), FailedRun, "second"),
        (states.Failed(data=3), TypeError, "int"),
    ],
    ids=repr,
)
def test_a_state_without_a_result_says_why(state: State[Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        state.result()


def test_states_are_equal_that_say_the_same() -> None:
    assert states.Completed(message="a") == states.Completed(message="a")
    assert states.Completed(message="a") != states.Completed(message="b")
    assert states.Completed() != "Completed"


def test_a_fresh_copy_belongs_to_no_run() -> None:
    state: State[Any] = states.Completed(message="m", state_details={"flow_run_id": "x", "cache_key": "k"})
    copy = state.fresh_copy()

    assert copy.id != state.id
    assert (copy.message, copy.state_details.flow_run_id, copy.state_details.cache_key) == ("m", None, "k")


def test_a_state_can_be_made_by_hand() -> None:
    state: State[Any] = State(type=StateType.COMPLETED)

    assert state.name == "Completed"
    with pytest.raises(ValueError, match="NONSENSE"):
        State(type="NONSENSE")  # type: ignore[arg-type]  # users may


def test_helpers_tell_states_from_other_things() -> None:
    assert states.is_state(states.Completed())
    assert not states.is_state(1)
    assert states.is_state_iterable([states.Completed(), states.Failed()])
    assert not states.is_state_iterable([states.Completed(), 1])
    assert not states.is_state_iterable([])
