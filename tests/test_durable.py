"""Durable flows, whose runs go on where a crash stopped them; a crash here is an exit that a flow's code asks for."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel

from prefect import flow, task, unmapped
from prefect._clock import now
from prefect.cache_policies import INPUTS
from prefect.durable import send, sleep, step_key, wait_for, wait_for_event, wait_for_input
from prefect.events import emit_event
from prefect.exceptions import ConfigurationError, MissingContextError
from prefect.runtime import flow_run
from prefect.states import State
from tests import recorded

LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)


class Lives:
    """What a test's flow does in each of its lives: it crashes in all but the last."""

    def __init__(self, number: int = 2) -> None:
        self._left = number
        self.done: list[Any] = []

    def note(self, what: Any) -> Any:
        self.done.append(what)
        return what

    def crash_unless_last(self) -> None:
        self._left -= 1
        if self._left > 0:
            raise SystemExit("It crashes.")

    def lived(self, call: Callable[[], Any]) -> Any:
        """What the last life comes to."""
        while self._left > 1:
            with pytest.raises(SystemExit):
                call()
        return call()


@pytest.fixture
def lives() -> Lives:
    return Lives()


def test_what_tasks_came_to_is_not_done_again(lives: Lives) -> None:
    @task
    def step(number: int) -> int:
        return lives.note(number) * 10  # type: ignore[no-any-return]

    @flow(durable=True)
    def durable(number: int) -> int:
        total = step(number) + step(number) + sum(step.map([1, 2]).result())
        lives.crash_unless_last()
        return total + step(3)

    assert lives.lived(lambda: durable(7)) == 70 + 70 + 10 + 20 + 30
    assert sorted(lives.done) == [1, 2, 3, 7, 7]
    run = recorded.the_flow_run()
    assert recorded.history(run) == ["Pending", "Running", "Crashed", "Pending", "Running", "Completed"]
    assert (run.run_count, run.empirical_policy.resumes) == (1, 1)
    assert Counter(each.state_name for each in recorded.task_runs()) == {"Completed": 5}
    assert "where it stopped (resume 1 of 10), with version" in "".join(recorded.messages(run))


def test_submitted_steps_that_are_kept_are_not_recorded_again_however_often_the_run_goes_on() -> None:
    lives = Lives(5)

    @task
    def step(number: int, others: Sequence[int] = ()) -> int:
        return lives.note(number + sum(others))  # type: ignore[no-any-return]

    @task
    def listed() -> Generator[int, None, None]:
        yield from (1, 2)

    @flow(durable=True)
    def durable() -> int:
        first = step.submit(1)
        second = step.submit(first, [first, 1])
        many = step.map([second, 10, 20], unmapped(listed.submit()))
        total = sum(many.result())
        lives.crash_unless_last()
        return total + step.submit(many[2]).result()

    assert lives.lived(durable) == 6 + 13 + 23 + 23
    assert sorted(lives.done) == [1, 3, 6, 13, 23, 23]
    runs = recorded.task_runs()
    assert Counter(each.state_name for each in runs) == {"Completed": 7}
    (found,) = max(runs, key=lambda each: each.start_time or LONG_AGO).task_inputs["number"]
    assert found["id"] in {str(each.id) for each in runs}


def test_steps_are_found_in_whatever_order_they_are_called(lives: Lives) -> None:
    @task
    def step(number: int) -> int:
        return lives.note(number)  # type: ignore[no-any-return]

    @flow(durable=True)
    def durable() -> list[int]:
        numbers = [step(number) for number in ([1, 2, 3] if not lives.done else [3, 4, 2, 1])]
        lives.crash_unless_last()
        return numbers

    assert lives.lived(durable) == [3, 4, 2, 1]
    assert lives.done == [1, 2, 3, 4]


def test_a_call_with_other_parameters_is_another_run(lives: Lives) -> None:
    @flow(durable=True)
    def durable(number: int) -> int:
        lives.crash_unless_last()
        return number

    with pytest.raises(SystemExit):
        durable(1)

    assert durable(2) == 2
    assert sorted(run.state_name or "" for run in recorded.flow_runs()) == ["Completed", "Crashed"]


def test_subflows_go_on_likewise(lives: Lives) -> None:
    @task
    def step(number: int) -> int:
        return lives.note(number)  # type: ignore[no-any-return]

    @flow
    def inner(number: int) -> int:
        first = step(number)
        if number == 2:
            lives.crash_unless_last()
        return first + step(number + 10)

    @task
    def around(number: int) -> int:
        return inner(number)

    @flow(durable=True)
    def durable() -> int:
        return inner(1) + inner(1) + around(2)

    assert lives.lived(durable) == 12 + 12 + 14
    assert lives.done == [1, 11, 1, 11, 2, 12]
    histories = sorted(recorded.history(run) for run in recorded.flow_runs() if run.parent_task_run_id is not None)
    assert histories == [
        ["Pending", "Running", "Completed"],
        ["Pending", "Running", "Completed"],
        ["Pending", "Running", "Crashed", "Running", "Completed"],
    ]


@pytest.mark.parametrize(("says", "done"), [("keep", ["old"]), ("rerun", ["old", "new"])])
def test_code_that_has_changed_is_told(says: Any, done: list[str], lives: Lives) -> None:
    def old() -> str:
        return str(lives.note("old"))

    def new() -> str:
        return str(lives.note("new"))

    @flow(durable=True, changed_tasks=says)
    def durable() -> str:
        step = task(name="step")(new if lives.done else old)
        came_to = step()
        lives.crash_unless_last()
        return came_to

    assert lives.lived(durable) == done[-1]
    assert lives.done == done
    told = [line.message for line in recorded.log_lines(recorded.the_flow_run()) if "has changed" in line.message]
    assert told == [
        "The code of this task has changed since its result was kept in this run, which "
        + ("is used." if says == "keep" else "is not used: it runs anew.")
    ]


def test_a_run_goes_on_as_often_as_its_flow_says() -> None:
    @flow(durable=True, max_resumes=2)
    def durable() -> None:
        raise SystemExit("It always crashes.")

    for _ in range(4):
        with pytest.raises(SystemExit):
            durable()

    again, given_up = recorded.flow_runs()
    assert (again.empirical_policy.resumes, given_up.empirical_policy.resumes) == (0, 2)
    assert given_up.state is not None
    assert given_up.state.message == (
        "Execution was aborted by Python system exit call. It was resumed 2 times, as often as its flow allows."
    )


def test_a_failure_is_no_crash(lives: Lives) -> None:
    @flow(durable=True)
    def durable() -> None:
        lives.note("failed")
        raise ValueError("It fails.")

    states: list[State] = [durable(return_state=True), durable(return_state=True)]

    assert all(state.is_failed() for state in states)
    assert len(recorded.flow_runs()) == 2


def test_tasks_that_say_how_they_are_kept_are_kept_so(lives: Lives) -> None:
    @task(cache_policy=INPUTS)
    def cached(number: int) -> int:
        return lives.note(number)  # type: ignore[no-any-return]

    @task(persist_result=False)
    def cheap(number: int) -> int:
        return lives.note(number)  # type: ignore[no-any-return]

    @flow(durable=True)
    def durable() -> int:
        total = cached(1) + cached(1) + cheap(2)
        lives.crash_unless_last()
        return total

    assert lives.lived(durable) == 4
    assert lives.done == [1, 2, 2]


def test_async_flows_go_on(lives: Lives) -> None:
    @task
    async def step(number: int) -> int:
        return lives.note(number)  # type: ignore[no-any-return]

    @flow(durable=True)
    async def durable() -> int:
        numbers = await asyncio.gather(*(step(number) for number in range(3)))
        lives.crash_unless_last()
        return sum(numbers)

    assert lives.lived(lambda: asyncio.run(durable())) == 3
    assert sorted(lives.done) == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_resumes": 3}, TypeError),
        ({"durable": True, "max_resumes": -1}, ValueError),
        ({"durable": True, "changed_tasks": "never"}, ValueError),
        ({"durable": True, "persist_result": False}, TypeError),
    ],
)
def test_options_that_do_not_fit_are_refused(options: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"durable|max_resumes|changed_tasks"):
        flow(lambda: None, **options)


# -- waiting ---------------------------------------------------------------------------------------------------------


class Decision(BaseModel):
    approved: bool
    by: str


def test_a_wait_lasts_from_its_first_begin_on_whatever_happens_meanwhile(lives: Lives) -> None:
    began: list[float] = []

    @flow(durable=True)
    def durable() -> float:
        began.append(time.monotonic())
        sleep(0.4)
        lives.crash_unless_last()
        sleep(0.1)
        return time.monotonic() - began[-1]

    assert 0.1 <= lives.lived(durable) < 0.4
    assert began[1] - began[0] >= 0.4


def test_an_input_is_received_once_and_the_oldest_first(lives: Lives) -> None:
    @flow(durable=True)
    def durable() -> list[Any]:
        run_id = flow_run.id
        for value in (1, 2):
            send(run_id, value, key="number")
        send(run_id, Decision(approved=True, by="Ada"))
        first, second = wait_for_input(int, key="number"), wait_for_input(int, key="number")
        lives.crash_unless_last()
        send(run_id, 3, key="number")
        return [first, second, wait_for_input(int, key="number"), wait_for_input(Decision)]

    *numbers, decision = lives.lived(durable)

    assert numbers == [1, 2, 3]
    assert (decision.approved, decision.by) == (True, "Ada")


def test_an_input_that_does_not_come_in_time_is_told_as_before(lives: Lives) -> None:
    @flow(durable=True)
    def durable() -> str:
        try:
            wait_for_input(key="never", timeout=0.1)
        except TimeoutError as error:
            lives.note(str(error))
        send(flow_run.id, "late", key="never")
        lives.crash_unless_last()
        return "went on"

    assert lives.lived(durable) == "went on"
    assert lives.done == ["No input 'never' has come in 0:00:00.100000."] * 2


def test_an_event_is_waited_for_since_the_wait_began(lives: Lives) -> None:
    @flow(durable=True)
    def durable() -> str:
        if not lives.done:
            emit_event("order.shipped", {"prefect.resource.id": "order.1"}, payload={"by": "ship"})
            since = now() - timedelta(minutes=1)
            lives.note(wait_for_event("order.*", resource="order.1", since=since).payload["by"])
        lives.crash_unless_last()
        with pytest.raises(TimeoutError, match=r"'order\.shipped'"):
            wait_for_event("order.shipped", timeout=0.1)
        return str(lives.done[0])

    assert lives.lived(durable) == "ship"


def test_a_condition_is_asked_until_it_is_true_and_its_answer_kept(lives: Lives) -> None:
    def ready() -> int | None:
        lives.note("asked")
        return 7 if len(lives.done) == 3 else None

    @flow(durable=True)
    def durable() -> int:
        answer = wait_for(ready, every=0.01)
        lives.crash_unless_last()
        return answer or 0

    assert lives.lived(durable) == 7
    assert len(lives.done) == 3


def test_a_subflow_waits_where_it_is_also_inside_of_a_task() -> None:
    @flow
    def inner() -> int:
        send(flow_run.id, 3)
        sleep(0.01)
        return int(wait_for_input(int))

    @task
    def around() -> int:
        with pytest.raises(MissingContextError, match="not in a task"):
            sleep(1)
        return inner()

    @flow(durable=True)
    def durable() -> int:
        return inner() + around()

    assert durable() == 6


def test_async_flows_wait_without_blocking_the_loop() -> None:
    @flow(durable=True)
    async def durable() -> int:
        _, answer = await asyncio.gather(sleep(0.2), asyncio.sleep(0.01, 5))
        await send(flow_run.id, answer)
        return int(await wait_for_input(int))

    assert asyncio.run(durable()) == 5


@pytest.mark.parametrize("wait", [lambda: sleep(1), lambda: wait_for_input(), lambda: wait_for(lambda: True)])
def test_waiting_is_for_durable_flows(wait: Callable[[], Any]) -> None:
    @flow
    def usual() -> None:
        wait()

    with pytest.raises(MissingContextError, match="durable=True"):
        usual()
    with pytest.raises(MissingContextError, match="durable=True"):
        wait()


# -- at most once ----------------------------------------------------------------------------------------------------


def test_a_step_that_must_not_run_twice_is_not_begun_again(lives: Lives) -> None:
    @task(at_most_once=True)
    def charge(order: int) -> str:
        lives.note(step_key())
        if order == 2:
            lives.crash_unless_last()
        return f"charged {order}"

    @flow(durable=True)
    def durable() -> list[str]:
        states: list[State[str]] = [charge(order, return_state=True) for order in (1, 2)]
        return [state.message or state.result() for state in states]

    first, second = lives.lived(durable)

    assert (first, len(lives.done), len(set(lives.done))) == ("charged 1", 2, 2)
    assert "OutcomeUnknown" in second
    assert repr(lives.done[1]) in second


def test_a_step_has_the_same_key_in_each_of_its_tries(lives: Lives) -> None:
    @task(retries=1)
    def step() -> None:
        lives.note(step_key())
        if len(lives.done) == 1:
            raise ValueError
        lives.crash_unless_last()

    @flow(durable=True)
    def durable() -> None:
        step()

    lives.lived(durable)

    assert len(lives.done) == 3
    assert len(set(lives.done)) == 1


def test_at_most_once_needs_what_makes_it_so() -> None:
    @task(at_most_once=True)
    def charge() -> None:
        raise AssertionError("It is not called.")

    @flow
    def usual() -> None:
        charge()

    with pytest.raises(ConfigurationError, match="durable=True"):
        usual()
    with pytest.raises(ValueError, match="retries is 2"):
        task(at_most_once=True, retries=2)(lambda: None)
