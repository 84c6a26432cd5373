"""Flows and tasks that return states: who calls them gets those, and they decide how the run ended."""

from __future__ import annotations

from typing import Any

import pytest

from prefect import allow_failure, flow, task
from prefect.exceptions import FailedRun
from prefect.states import Cancelled, Completed, Crashed, Failed, State, StateGroup


@task
def one() -> int:
    return 1


@task
def broken() -> int:
    raise ValueError("broken")


@pytest.mark.parametrize("made", [Completed(data=5), Failed(message="no"), Cancelled(message="stop")])
def test_a_task_that_returns_a_state_gives_it_to_its_caller_and_ends_in_it(made: State) -> None:
    @task
    def returns() -> State:
        return made

    @flow
    def calls() -> dict[str, Any]:
        return {"called": returns(), "ended": returns(return_state=True)}

    states = calls()

    assert isinstance(states["called"], State)
    assert (states["called"].type, states["called"].message) == (made.type, made.message)
    assert states["ended"].type is made.type


def test_a_future_gives_what_a_returned_state_holds() -> None:
    @task
    def returns() -> State:
        return Completed(data=5)

    @flow
    def submits() -> Any:
        return returns.submit().result()

    assert submits() == 5


def test_a_task_that_returns_states_gives_them_though_its_run_failed() -> None:
    @task
    def returns() -> list[State]:
        return [Completed(data=1), Failed(message="no")]

    @flow
    def calls() -> dict[str, Any]:
        return {"called": returns(), "ended": returns(return_state=True)}

    states = calls()

    assert [state.type for state in states["called"]] == ["COMPLETED", "FAILED"]
    assert states["ended"].is_failed()
    with pytest.raises(FailedRun, match="no"):
        states["ended"].result()


def test_a_flow_that_returns_futures_of_which_one_failed_gives_their_states() -> None:
    @flow
    def returns() -> Any:
        return [one.submit(), broken.submit()]

    first, second = returns()

    assert first.result() == 1
    assert second.is_failed()
    assert returns(return_state=True).message == "1/2 states failed."


def test_a_flow_that_returns_one_failed_state_raises_its_failure() -> None:
    @flow
    def returns() -> Any:
        return broken(return_state=True)

    with pytest.raises(ValueError, match="broken"):
        returns()


def test_futures_in_what_a_flow_returns_become_states_however_deep() -> None:
    @flow
    def returns() -> Any:
        return {"deep": [one.submit()], "plain": 3}

    given = returns()

    assert given["plain"] == 3
    assert given["deep"][0].result() == 1


def test_equal_states_are_one_member_of_a_set() -> None:
    assert len({Completed(message="a"), Completed(message="a"), Failed(message="a")}) == 2


def test_the_counts_of_a_group_of_states_are_properties() -> None:
    group = StateGroup([Completed(), Failed(), Crashed(), Cancelled()])

    assert (group.fail_count, group.cancelled_count, group.paused_count, group.final_count) == (2, 1, 0, 4)
    assert group.counts_message() == "total=4, 'COMPLETED'=1, 'FAILED'=1, 'CRASHED'=1, 'CANCELLED'=1"


def test_a_task_that_returns_futures_gives_them_and_is_completed() -> None:
    @task
    def returns() -> Any:
        return [one.submit(), broken.submit()]

    @flow
    def calls() -> dict[str, Any]:
        first, second = returns()
        second.wait()
        return {"state": returns(return_state=True).type, "first": first.result(), "second": second.state.type}

    assert calls() == {"state": "COMPLETED", "first": 1, "second": "FAILED"}


def test_runs_inside_of_what_another_run_came_to_are_handed_on_as_values() -> None:
    @task
    def future() -> Any:
        return one.submit()

    @task
    def states() -> Any:
        return {"states": [one(return_state=True)], "plain": 5}

    @task
    def seen(*values: Any) -> str:
        return repr(values)

    @flow
    def calls() -> str:
        return seen.submit(future.submit(), states.submit(), states(return_state=True)).result()

    assert calls() == "(1, {'states': [1], 'plain': 5}, {'states': [1], 'plain': 5})"


def test_a_failed_run_inside_of_what_another_run_came_to_counts_as_one_that_is_given() -> None:
    @task
    def futures() -> Any:
        return [one.submit(), broken.submit()]

    @task
    def seen(value: Any) -> str:
        return repr(value)

    @flow
    def calls() -> tuple[str | None, str]:
        hindered = seen.submit(futures.submit(), return_state=True)
        return hindered.name, seen.submit(allow_failure(futures.submit())).result()

    assert calls() == ("NotReady", "[1, ValueError('broken')]")
