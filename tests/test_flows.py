"""Flows: calling them, their parameters, names, tries, timeouts, hooks and ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pydantic
import pytest

from prefect import Flow, allow_failure, flow, get_run_logger, tags, task
from prefect.context import FlowRunContext
from prefect.exceptions import (
    FAIL,
    SKIP,
    FailedRun,
    FlowRunTimeoutError,
    InvalidNameError,
    MissingFlowError,
    ParameterBindError,
    ParameterTypeError,
    ReservedArgumentError,
    UnspecifiedFlowError,
)
from prefect.flows import select_flow
from prefect.runtime import flow_run as runtime
from prefect.states import Cancelled, Completed, Failed, State
from prefect.task_runners import ThreadPoolTaskRunner
from tests.recorded import flow_runs, history, messages, task_runs, the_flow_run, the_task_run


def test_calling_a_flow_gives_its_result_and_records_the_run() -> None:
    @flow
    def add_up(numbers: list[int]) -> int:
        """Adds numbers."""
        return sum(numbers)

    assert add_up([1, 2]) == 3

    run = the_flow_run()
    assert history(run) == ["Pending", "Running", "Completed"]
    assert run.parameters == {"numbers": [1, 2]}
    assert run.run_count == 1
    assert run.start_time is not None
    assert run.end_time is not None
    assert run.end_time >= run.start_time


def test_an_async_flow_is_awaited() -> None:
    @flow
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert asyncio.run(answer()) == 42
    assert history(the_flow_run()) == ["Pending", "Running", "Completed"]


def test_a_flow_is_named_after_its_function_with_dashes() -> None:
    @flow
    def my_first_flow() -> None: ...

    assert my_first_flow.name == "my-first-flow"
    assert flow(lambda: None).name == "unknown-lambda"


@pytest.mark.parametrize("name", ["a/b", "a%b", "a&b", "a>b", "a<b"])
def test_a_name_may_not_hold_banned_characters(name: str) -> None:
    with pytest.raises(InvalidNameError, match="may not hold"):
        flow(name=name)(lambda: None)


def test_a_name_that_is_a_function_is_refused() -> None:
    with pytest.raises(TypeError, match="name is a string"):
        flow(name=lambda: "x")(lambda: None)  # type: ignore[call-overload]  # that is the point


def test_the_version_is_a_hash_of_the_file_and_the_description_the_docstring() -> None:
    @flow
    def documented() -> None:
        """What it does."""

    @flow(version="7", description="said otherwise")
    def told() -> None:
        """What it does."""

    assert documented.version is not None
    assert len(documented.version) == 32
    assert documented.description == "What it does."
    assert (told.version, told.description) == ("7", "said otherwise")


class Order(pydantic.BaseModel):
    amount: int


def test_parameters_are_coerced_to_their_annotations() -> None:
    @flow
    def take(order: Order, count: int, *more: int, **options: float) -> Any:
        return order, count, more, options

    order, count, more, options = take({"amount": "3"}, "4", "5", rate="0.5")  # type: ignore[call-overload]  # coerced

    assert order == Order(amount=3)
    assert (count, more, options) == (4, (5,), {"rate": 0.5})


def test_a_parameter_of_the_wrong_type_fails_the_run_and_says_which() -> None:
    @flow
    def take(count: int) -> None: ...

    with pytest.raises(ParameterTypeError, match=r"count: .*integer.*given: 'many'"):
        take("many")  # type: ignore[call-overload]  # that is the point

    state = the_flow_run().state
    assert state is not None
    assert state.name == "Failed"
    assert state.message is not None
    assert state.message.startswith("Validation of flow parameters failed with error: ")


def test_without_validation_anything_goes() -> None:
    @flow(validate_parameters=False)
    def take(count: int) -> Any:
        return count

    assert take("many") == "many"  # type: ignore[call-overload]  # that is the point


def test_arguments_that_do_not_fit_make_no_run() -> None:
    @flow
    def take(count: int) -> None: ...

    with pytest.raises(ParameterBindError, match="missing a required argument: 'count'"):
        take()  # type: ignore[call-overload]  # that is the point

    assert flow_runs() == []


@pytest.mark.parametrize("name", ["return_state", "wait_for"])
def test_reserved_parameter_names_are_refused(name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"def fn({name}): ...", namespace)

    with pytest.raises(ReservedArgumentError, match=name):
        flow(namespace["fn"])


def test_a_run_is_named_by_a_template_over_its_parameters() -> None:
    @flow(flow_run_name="{city}-{day:02d}")
    def visit(city: str, day: int = 3) -> str:
        return str(runtime.name)

    assert visit("Rome") == "Rome-03"
    assert the_flow_run().name == "Rome-03"


def test_a_run_is_named_by_a_function() -> None:
    @flow(flow_run_name=lambda: "by-hand")
    def visit() -> None: ...

    visit()

    assert the_flow_run().name == "by-hand"


def test_a_naming_function_that_gives_no_string_fails_the_call() -> None:
    @flow(flow_run_name=lambda: 3)  # type: ignore[arg-type, return-value]  # that is the point
    def visit() -> None: ...

    with pytest.raises(TypeError, match="must give a string"):
        visit()


def test_tags_of_the_flow_and_of_the_block_add_up() -> None:
    @flow(tags=["daily"])
    def tagged() -> None: ...

    with tags("a"), tags("b"):
        tagged()

    assert the_flow_run().tags == ["a", "b", "daily"]


def test_a_failed_run_is_recorded_and_its_error_raised() -> None:
    @flow
    def fails() -> None:
        raise ValueError("no data")

    with pytest.raises(ValueError, match="no data"):
        fails()

    state = the_flow_run().state
    assert state is not None
    assert (state.name, state.message) == ("Failed", "Flow run encountered an exception: ValueError: no data")


def test_return_state_gives_the_state_instead() -> None:
    @flow
    def fails() -> None:
        raise ValueError("no data")

    state: State = fails(return_state=True)

    assert state.is_failed()
    with pytest.raises(ValueError, match="no data"):
        state.result()
    assert isinstance(state.result(raise_on_failure=False), ValueError)


def test_a_failed_flow_is_tried_again() -> None:
    tries = []

    @flow(retries=2, retry_delay_seconds=0.01)
    def third_time_lucky() -> int:
        tries.append(runtime.run_count)
        if len(tries) < 3:
            raise ValueError("not yet")
        return len(tries)

    assert third_time_lucky() == 3
    assert tries == [1, 2, 3]
    run = the_flow_run()
    assert history(run) == ["Pending", "Running", "AwaitingRetry", "Running", "AwaitingRetry", "Running", "Completed"]
    assert run.run_count == 3


def test_a_flow_takes_its_retries_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_DEFAULT_RETRIES", "1")
    tries = []

    @flow
    def second_time_lucky() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError

    second_time_lucky()

    assert len(tries) == 2


def test_a_flow_ends_at_its_timeout() -> None:
    @flow(timeout_seconds=0.1)
    def too_slow() -> None:
        time.sleep(30)

    started = time.monotonic()
    with pytest.raises(FlowRunTimeoutError, match=r"exceeded timeout of 0\.1 second"):
        too_slow()

    assert time.monotonic() - started < 15
    assert history(the_flow_run())[-1] == "TimedOut"


def test_an_async_flow_ends_at_its_timeout() -> None:
    @flow(timeout_seconds=0.1)
    async def too_slow() -> None:
        await asyncio.sleep(5)

    with pytest.raises(FlowRunTimeoutError):
        asyncio.run(too_slow())

    assert history(the_flow_run())[-1] == "TimedOut"


def test_a_timeout_error_of_the_users_counts_as_timed_out() -> None:
    @flow
    def gives_up() -> None:
        raise TimeoutError("the service")

    assert gives_up(return_state=True).name == "TimedOut"


def test_ignored_failures_do_not_fail_a_flow() -> None:
    @task
    def fails() -> None:
        raise ValueError

    @flow
    def ignores() -> str:
        fails(return_state=True)
        return "fine"

    assert ignores() == "fine"


@pytest.mark.parametrize(
    ("returned", "name", "message"),
    [
        ([Completed(), Completed()], "Completed", "All states completed."),
        ([Completed(), Failed()], "Failed", "1/2 states failed."),
        ((Failed(), Failed(), Completed()), "Failed", "2/3 states failed."),
        ([Cancelled(), Failed()], "Cancelled", "1/2 states cancelled."),
        ([], "Completed", None),
        ({"a": Failed()}, "Completed", None),
    ],
)
def test_returned_states_decide_how_a_flow_ends(returned: Any, name: str, message: str | None) -> None:
    @flow
    def returns() -> Any:
        return returned

    state = returns(return_state=True)

    assert (state.name, state.message) == (name, message)


def test_a_returned_state_of_the_users_own_is_taken_as_it_is() -> None:
    @flow
    def returns() -> Any:
        return Completed(name="Fine", message="really", data=3)

    state = returns(return_state=True)

    assert (state.name, state.message, state.result()) == ("Fine", "really", 3)
    assert history(the_flow_run())[-1] == "Fine"


def test_a_returned_future_decides_how_the_flow_ends() -> None:
    @task
    def fails() -> None:
        raise ValueError("in the task")

    @flow
    def returns() -> Any:
        return fails.submit()

    with pytest.raises(ValueError, match="in the task"):
        returns()


def test_an_aggregated_failure_without_an_exception_says_what_failed() -> None:
    @flow
    def returns() -> Any:
        return Failed(message="by hand")

    with pytest.raises(FailedRun, match="by hand"):
        returns()


def test_skip_completes_a_flow_as_skipped_and_fail_stops_its_retries() -> None:
    tries = []

    @flow(retries=3)
    def skips() -> None:
        raise SKIP("nothing new")

    @flow(retries=3)
    def gives_up() -> None:
        tries.append(1)
        raise FAIL("for good")

    skipped, failed = skips(return_state=True), gives_up(return_state=True)

    assert (skipped.type.value, skipped.name, skipped.message) == ("COMPLETED", "Skipped", "nothing new")
    assert skipped.result() is None
    assert (failed.name, failed.message, len(tries)) == ("Failed", "for good", 1)


def test_a_flow_called_in_a_flow_is_a_subflow_with_a_task_run_that_stands_for_it() -> None:
    @flow
    def child(x: int) -> int:
        return x + 1

    @flow
    def parent() -> int:
        return child(1) + child(2)

    assert parent() == 5

    runs = {run.parameters.get("x"): run for run in flow_runs()}
    top = runs.pop(None)
    stands_for = task_runs(top.id)
    assert [run.name for run in stands_for] == ["child-0", "child-1"]
    assert {run.parent_task_run_id for run in runs.values()} == {run.id for run in stands_for}
    assert history(stands_for[0]) == ["Pending", "Running", "Completed"]
    child_id = stands_for[0].state.state_details.child_flow_run_id if stands_for[0].state else None
    assert child_id == runs[1].id


def test_a_completed_subflow_is_not_run_again_when_its_parent_is(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    @flow(persist_result=True)
    def child() -> str:
        calls.append("child")
        return "kept"

    @flow(retries=1)
    def parent() -> str:
        got = child()
        calls.append("parent")
        if len(calls) == 2:
            raise ValueError("once")
        return got

    assert parent() == "kept"
    assert calls == ["child", "parent", "parent"]


def test_a_parents_next_try_takes_the_results_of_subflows_by_place_and_parameters() -> None:
    tried, ran = [], []

    @flow(persist_result=True)
    async def squared(x: int) -> int:
        ran.append(x)
        return x * x

    @flow(retries=1)
    async def parent() -> list[int]:
        tried.append(1)
        got = await asyncio.gather(*(squared(x) for x in ([1, 2, 3] if len(tried) == 1 else [3, 2, 1])))
        if len(tried) == 1:
            raise ValueError("once")
        return got

    assert asyncio.run(parent()) == [9, 4, 1]
    assert sorted(ran) == [1, 1, 2, 3, 3]


def test_a_subflow_called_in_a_task_belongs_to_that_run_of_the_task() -> None:
    tried: list[int] = []

    @flow(persist_result=True)
    def squared(x: int) -> int:
        return x * x

    @task
    def calls(x: int) -> int:
        return squared(x)

    @flow(retries=1)
    def parent() -> list[int]:
        tried.append(1)
        got: list[int] = calls.map([1, 2] if len(tried) == 1 else [2, 1]).result()
        if len(tried) == 1:
            raise ValueError("once")
        return got

    assert parent() == [4, 1]

    top = next(run for run in flow_runs() if run.parent_task_run_id is None)
    runs = task_runs(top.id)
    calling = {str(run.id) for run in runs if run.name.startswith("calls")}
    assert {run.dynamic_key for run in runs if run.task_key == "squared-subflow"} == calling


def test_a_subflow_whose_parameters_cannot_be_told_apart_runs_anew() -> None:
    tried, ran = [], []

    class Unpicklable:
        def __reduce__(self) -> Any:
            raise TypeError("not me")

    @flow(persist_result=True)
    def child(x: Any) -> str:
        ran.append(1)
        return "kept"

    @flow(retries=1)
    def parent() -> str:
        tried.append(1)
        got = child(Unpicklable())
        if len(tried) == 1:
            raise ValueError("once")
        return got

    assert parent() == "kept"
    assert len(ran) == 2


def test_a_subflow_waits_for_what_it_is_told_to() -> None:
    order = []

    @task
    def first() -> None:
        time.sleep(0.05)
        order.append("first")

    @flow
    def second() -> None:
        order.append("second")

    @flow
    def parent() -> None:
        second(wait_for=[first.submit()])

    parent()

    assert order == ["first", "second"]


def test_generator_flows_hand_their_values_on() -> None:
    @flow
    def counts(n: int) -> Generator[int, None, str]:
        yield from range(n)
        return "done"

    @flow
    async def counts_later(n: int) -> AsyncGenerator[int, None]:
        for number in range(n):
            yield number

    async def collected() -> list[int]:
        return [number async for number in counts_later(2)]

    assert list(counts(3)) == [0, 1, 2]
    assert asyncio.run(collected()) == [0, 1]
    assert [run.state_name for run in flow_runs()] == ["Completed", "Completed"]


def test_the_hooks_of_a_run_are_called_in_the_order_of_its_states() -> None:
    called: list[str] = []

    def note(what: str) -> Any:
        return lambda flow, run, state: called.append(f"{what}:{state.name}")

    async def later(flow: Any, run: Any, state: State) -> None:
        called.append("async")

    @flow(retries=1, on_running=[note("running")], on_failure=[note("failure")], on_completion=[note("done"), later])
    def second_time_lucky() -> None:
        if runtime.run_count == 1:
            raise ValueError

    second_time_lucky()

    assert called == ["running:Running", "running:Running", "done:Completed", "async"]


def test_hooks_are_added_by_decorators_and_what_they_raise_is_logged_only() -> None:
    called = []

    @flow
    def fails() -> None:
        raise ValueError

    @fails.on_failure
    def broken(flow: Any, run: Any, state: State) -> None:
        raise RuntimeError("the hook")

    @fails.on_failure
    def notes(flow: Any, run: Any, state: State) -> None:
        called.append(state.name)

    fails(return_state=True)

    assert called == ["Failed"]
    assert any("'broken' raised" in line for line in messages(the_flow_run()))


@pytest.mark.parametrize("hooks", [print, "print", [3]])
def test_hooks_that_are_no_list_of_functions_are_refused(hooks: Any) -> None:
    with pytest.raises(TypeError, match="on_failure"):
        flow(on_failure=hooks)(lambda: None)


def test_prints_are_logged_where_the_flow_says_so() -> None:
    @flow(log_prints=True)
    def talks() -> None:
        print("hello", "world")

    talks()

    assert "hello world" in messages(the_flow_run())


def test_a_task_and_a_subflow_inherit_log_prints(capsys: pytest.CaptureFixture[str]) -> None:
    @task
    def says() -> None:
        print("from the task")

    @flow
    def child() -> None:
        print("from the child")

    @flow(log_prints=True)
    def talks() -> None:
        says()
        child()

    talks()

    logged = [line for run in flow_runs() for line in messages(run)]
    assert {"from the task", "from the child"} <= set(logged)
    assert capsys.readouterr().out == ""


def test_flows_work_as_methods() -> None:
    class Shop:
        def __init__(self, name: str) -> None:
            self.name = name

        @flow
        def open(self, hour: int) -> str:
            return f"{self.name} at {hour}"

        @flow
        @classmethod
        def kind(cls) -> str:
            return cls.__name__

        @flow
        @staticmethod
        def twice(x: int) -> int:
            return 2 * x

    assert Shop("Bakery").open(7) == "Bakery at 7"
    assert Shop.kind() == "Shop"
    assert Shop.twice(4) == 8
    assert {tuple(run.parameters) for run in flow_runs()} == {("hour",), (), ("x",)}


def test_the_instance_of_a_flow_is_a_parameter_that_no_caller_gives() -> None:
    class Shop:
        @flow(flow_run_name="{self.street} {number}")
        def open(self, number: int) -> Any:
            context = FlowRunContext.get()
            return (context.parameters, context.flow_run.name) if context else None

        street = "High Street"

    shop = Shop()

    assert shop.open("7") == ({"self": shop, "number": 7}, "High Street 7")
    assert the_flow_run().parameters == {"number": "7"}
    assert list(shop.open.parameters.properties) == shop.open.parameters.required == ["number"]
    assert shop.open.validate_parameters({"number": "8"}) == {"number": 8}


def test_with_options_makes_another_flow_and_keeps_what_is_not_given() -> None:
    @flow(name="old", retries=3, description="kept")
    def original() -> None: ...

    changed = original.with_options(name="new", tags=["x"])

    assert (changed.name, changed.retries, changed.description, [*changed.tags]) == ("new", 3, "kept", ["x"])
    assert original.name == "old"


def test_parameters_are_described_as_json_schema() -> None:
    @flow
    def take(city: str, days: int = 3, *, when: list[str] | None = None) -> None: ...

    schema = take.parameters

    assert schema.required == ["city"]
    assert schema.properties["days"] == {"default": 3, "position": 1, "title": "days", "type": "integer"}


def test_parameters_that_json_does_not_know_are_shown_by_their_type() -> None:
    @flow
    def take(thing: Any, path: Path, when: set[int]) -> None: ...

    shown = take.serialize_parameters({"thing": object(), "path": Path("a/b"), "when": {2, 1}})

    assert shown == {"thing": "<object>", "path": "a/b", "when": [1, 2]}


def test_the_fn_of_a_flow_is_the_plain_function() -> None:
    @flow
    def double(x: int) -> int:
        return 2 * x

    assert double.fn(4) == 8
    assert flow_runs() == []


def test_a_task_runner_may_be_given_as_class_or_instance() -> None:
    made = [flow(task_runner=runner)(lambda: None) for runner in (ThreadPoolTaskRunner, ThreadPoolTaskRunner(3))]

    assert [flow.task_runner.max_workers for flow in made] == [None, 3]  # type: ignore[attr-defined]  # threads
    with pytest.raises(TypeError, match="task_runner"):
        flow(task_runner="threads")(lambda: None)  # type: ignore[call-overload]  # that is the point


def test_submitted_tasks_that_nobody_waited_for_have_ended_when_the_flow_has() -> None:
    @task
    def slow() -> None:
        time.sleep(0.05)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def forgets() -> None:
        for _ in range(5):
            slow.submit()

    forgets()

    assert [run.state_name for run in task_runs()] == ["Completed"] * 5


def test_a_flow_that_fails_does_not_begin_what_is_still_waiting() -> None:
    @task
    def slow() -> None:
        time.sleep(0.05)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def fails() -> None:
        for _ in range(5):
            slow.submit()
        raise ValueError

    fails(return_state=True)

    assert [run.state_name for run in task_runs()].count("Pending") >= 3


def test_the_run_logger_writes_into_the_log_of_the_run() -> None:
    @flow
    def talks() -> None:
        get_run_logger().warning("mind the %s", "gap")

    talks()

    assert "mind the gap" in messages(the_flow_run())


def test_select_flow_finds_the_one_that_is_meant() -> None:
    one: Flow[Any, Any] = flow(name="one")(lambda: None)
    two: Flow[Any, Any] = flow(name="two")(lambda: None)

    assert select_flow([one]) is one
    assert select_flow([one, two], "two") is two
    with pytest.raises(UnspecifiedFlowError, match="one, two"):
        select_flow([one, two])
    with pytest.raises(MissingFlowError, match="'three' not found in here"):
        select_flow([one], "three", from_message="here")


def test_a_failed_upstream_is_let_through_with_allow_failure() -> None:
    @task
    def fails() -> None:
        raise ValueError("bad")

    @flow
    def looks(outcome: Any) -> str:
        return type(outcome).__name__

    @flow
    def parent() -> str:
        return looks(allow_failure(fails.submit()))

    assert parent() == "ValueError"
    assert the_task_run_of_fails() == "Failed"


def the_task_run_of_fails() -> str | None:
    return next(run.state_name for run in task_runs() if run.name.startswith("fails"))


def test_the_only_task_run_is_named_after_its_task() -> None:
    @task
    def one() -> None: ...

    @flow
    def runs() -> None:
        one()

    runs()

    assert the_task_run().name.startswith("one-")


def test_a_flow_returns_when_its_time_is_over_and_nothing_submitted_starts_any_more() -> None:
    began: list[str] = []
    release = threading.Event()

    @task
    def waits() -> None:
        release.wait(10)

    @task
    def follows() -> None:
        began.append("follows")

    @flow(timeout_seconds=0.2)
    def late() -> None:
        futures.append(follows.submit(wait_for=[waits.submit()]))
        time.sleep(10)

    futures: list[Any] = []
    started = time.monotonic()
    state = late(return_state=True)
    took = time.monotonic() - started
    release.set()
    futures[0].wait(5)

    assert state.name == "TimedOut"
    assert took < 5
    assert began == []
    assert [run.state_type for run in task_runs()] == ["CRASHED", "CRASHED"]


def test_a_generator_flow_ends_when_its_own_code_has_taken_its_time() -> None:
    @flow(timeout_seconds=0.2)
    def endless() -> Generator[int, None, None]:
        while True:
            time.sleep(0.02)
            yield 1

    with pytest.raises(TimeoutError, match="exceeded timeout"):
        list(endless())


def test_a_function_that_names_a_flow_run_sees_the_run_and_not_its_parent() -> None:
    def name() -> str:
        return f"{runtime.flow_name} of {runtime.parameters['x']}"

    @flow(flow_run_name=name)
    def inner(x: int) -> Any:
        return runtime.name

    @flow(flow_run_name=name)
    def outer(x: int) -> Any:
        return [runtime.name, inner(x + 1)]

    assert outer(1) == ["outer of 1", "inner of 2"]
