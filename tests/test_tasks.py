"""Tasks: calling, submitting and mapping them, their tries, timeouts, inputs, hooks and ends."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import pickle
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from itertools import pairwise
from typing import Any

import pytest

from prefect import allow_failure, flow, get_run_logger, tags, task, unmapped
from prefect.cache_policies import INPUTS
from prefect.context import TaskRunContext
from prefect.exceptions import (
    FAIL,
    SKIP,
    MappingLengthMismatch,
    MappingMissingIterable,
    ParameterBindError,
    ReservedArgumentError,
    TaskRunTimeoutError,
    UnfinishedRun,
    UpstreamTaskError,
)
from prefect.futures import PrefectFuture, as_completed, wait
from prefect.runtime import task_run as runtime
from prefect.states import Completed, Failed, State
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import Task, exponential_backoff
from prefect.utilities.annotations import opaque, quote
from tests.recorded import flow_runs, history, messages, task_runs, the_flow_run, the_task_run


@task
def double(x: int) -> int:
    return 2 * x


@task
def fails(message: str = "boom") -> int:
    raise ValueError(message)


def in_a_flow(fn: Callable[[], Any], **options: Any) -> Any:
    """What a function comes to that runs as a flow, its states given as they are."""
    holder: list[Any] = []

    @flow(name="around", **options)
    def around() -> None:
        holder.append(fn())

    around()
    return holder[0]


def test_a_task_called_in_a_flow_gives_its_result_and_records_its_run() -> None:
    assert in_a_flow(lambda: double(3)) == 6

    run = the_task_run()
    assert history(run) == ["Pending", "Running", "Completed"]
    assert run.name.startswith("double-")
    assert run.flow_run_id == the_flow_run().id
    assert run.start_time is not None
    assert run.end_time is not None


def test_a_task_called_on_its_own_is_recorded_under_its_name() -> None:
    assert double(3) == 6

    run = the_task_run()
    assert (run.name, run.flow_run_id, run.state_name) == ("double", None, "Completed")


def test_an_async_task_is_awaited() -> None:
    @task
    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    @flow
    async def around() -> list[int]:
        return list(await asyncio.gather(later(1), later(2)))

    assert asyncio.run(around()) == [2, 3]
    assert [run.state_name for run in task_runs()] == ["Completed", "Completed"]


def test_the_key_of_a_task_changes_with_its_body() -> None:
    def make(body: str) -> Task[Any, Any]:
        namespace: dict[str, Any] = {}
        exec(f"def fn(x):\n    return {body}", namespace)
        return task(namespace["fn"])  # type: ignore[no-any-return]  # made by exec

    one, same, other = make("x + 1"), make("x + 1"), make("x * 2")

    assert one.task_key == same.task_key != other.task_key
    assert one.task_key.startswith("fn-")


def test_a_run_is_named_by_a_template_or_a_function() -> None:
    @task(task_run_name="sum of {x} and {y}")
    def add(x: int, y: int = 2) -> str | None:
        return runtime.name  # type: ignore[no-any-return]  # made by a module's __getattr__

    named = add.with_options(task_run_name=lambda: "by hand")
    with_parameters = add.with_options(task_run_name=lambda parameters: f"{parameters['x']}!")

    assert in_a_flow(lambda: [add(1), named(1), with_parameters(1)]) == ["sum of 1 and 2", "by hand", "1!"]


def test_tags_of_the_task_and_of_the_block_add_up() -> None:
    @task(tags=["slow"])
    def tagged() -> None: ...

    def run() -> None:
        with tags("today"):
            tagged()

    in_a_flow(run)

    assert the_task_run().tags == ["slow", "today"]


def test_a_failed_task_raises_where_it_was_called() -> None:
    def run() -> str:
        try:
            fails()
        except ValueError as error:
            return str(error)
        return "nothing was raised"

    assert in_a_flow(run) == "boom"

    state = the_task_run().state
    assert state is not None
    assert (state.name, state.message) == ("Failed", "Task run encountered an exception ValueError: boom")


def test_the_log_tells_a_failure_with_its_traceback() -> None:
    in_a_flow(lambda: fails(return_state=True))

    assert any("Traceback" in line and "ValueError: boom" in line for line in messages(the_flow_run()))


def test_a_failed_task_is_tried_again_after_its_delay() -> None:
    tries: list[int] = []

    @task(retries=2, retry_delay_seconds=0.01)
    def third_time_lucky() -> int:
        tries.append(runtime.run_count)
        if len(tries) < 3:
            raise ValueError("not yet")
        return len(tries)

    assert in_a_flow(third_time_lucky) == 3
    assert tries == [1, 2, 3]
    expected = ["Pending", "Running", "AwaitingRetry", "Retrying", "AwaitingRetry", "Retrying", "Completed"]
    assert history(the_task_run()) == expected


def test_without_a_delay_a_task_is_tried_again_at_once() -> None:
    tries: list[int] = []

    @task(retries=1)
    def second_time_lucky() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError

    in_a_flow(second_time_lucky)

    assert history(the_task_run()) == ["Pending", "Running", "Retrying", "Completed"]


@pytest.mark.parametrize(
    ("delays", "expected"),
    [([0.01, 0.02], [0.01, 0.02, 0.02]), (exponential_backoff(0.01), [0.01, 0.02, 0.04]), (0.01, [0.01] * 3)],
)
def test_delays_may_be_a_list_or_a_function(delays: Any, expected: list[float]) -> None:
    tried_at: list[float] = []

    @task(retries=3, retry_delay_seconds=delays)
    def never() -> None:
        tried_at.append(time.monotonic())
        raise ValueError

    in_a_flow(lambda: never(return_state=True))

    gaps = [later - earlier for earlier, later in pairwise(tried_at)]
    assert len(gaps) == 3
    assert all(gap >= delay for gap, delay in zip(gaps, expected, strict=True))


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="50 retry delays"):
        task(retries=1, retry_delay_seconds=[1.0] * 51)(double.fn)
    with pytest.raises(ValueError, match="retry_jitter_factor"):
        task(retry_jitter_factor=-1)(double.fn)
    with pytest.raises(TypeError, match="retry_condition_fn"):
        task(retry_condition_fn="yes")(double.fn)  # type: ignore[call-overload]  # that is the point
    with pytest.raises(TypeError, match="is a class"):
        task(dict)
    with pytest.raises(TypeError, match=r"@my_task\.on_rollback"):
        task(on_rollback=[print])(double.fn)


@pytest.mark.parametrize(
    ("condition", "tries"),
    [
        (lambda task, run, state: True, 3),
        (lambda task, run, state: False, 1),
        (functools.partial(lambda wanted, task, run, state: wanted, True), 3),
    ],
)
def test_a_condition_decides_about_another_try(condition: Any, tries: int) -> None:
    count: list[int] = []

    @task(retries=2, retry_condition_fn=condition)
    def never() -> None:
        count.append(1)
        raise ValueError

    in_a_flow(lambda: never(return_state=True))

    assert len(count) == tries


def test_a_condition_may_be_async_and_one_that_raises_ends_the_tries() -> None:
    count: list[str] = []

    async def yes(task: Any, run: Any, state: State) -> bool:
        return True

    def broken(task: Any, run: Any, state: State) -> bool:
        raise RuntimeError("the condition")

    @task(retries=1)
    def never(which: str) -> None:
        count.append(which)
        raise ValueError

    def run() -> None:
        never.with_options(retry_condition_fn=yes)("yes", return_state=True)
        never.with_options(retry_condition_fn=broken)("broken", return_state=True)

    in_a_flow(run)

    assert count == ["yes", "yes", "broken"]


def test_a_returned_failed_state_is_tried_again_too() -> None:
    count: list[int] = []

    @task(retries=1)
    def returns() -> State:
        count.append(1)
        return Failed(message="not good enough") if len(count) == 1 else Completed(data="good")

    ended = in_a_flow(lambda: returns(return_state=True))
    assert ended.result() == "good"
    assert len(count) == 2


def test_a_sync_task_ends_at_its_timeout_on_the_main_thread_and_in_a_thread() -> None:
    @task(timeout_seconds=0.1)
    def too_slow() -> None:
        time.sleep(30)

    def run() -> list[State]:
        return [too_slow(return_state=True), too_slow.submit(return_state=True)]

    started = time.monotonic()
    states = in_a_flow(run)

    assert time.monotonic() - started < 15
    assert [state.name for state in states] == ["TimedOut", "TimedOut"]
    assert states[0].message == "Task run exceeded timeout of 0.1 second(s)"
    with pytest.raises(TaskRunTimeoutError):
        states[0].result()


def test_an_async_task_ends_at_its_timeout_and_is_tried_again() -> None:
    count: list[int] = []

    @task(timeout_seconds=0.1, retries=1)
    async def slow_at_first() -> str:
        count.append(1)
        if len(count) == 1:
            await asyncio.sleep(5)
        return "in time"

    assert asyncio.run(slow_at_first()) == "in time"


def test_submit_gives_a_future_that_is_resolved_where_it_is_passed_on() -> None:
    def run() -> int:
        first = double.submit(1)
        assert isinstance(first, PrefectFuture)
        return double.submit(first).result()

    assert in_a_flow(run) == 4
    first, second = task_runs()
    assert second.task_inputs == {"x": [{"input_type": "task_run", "id": str(first.id)}]}


def test_submitted_tasks_run_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=30)

    @task
    def meets() -> None:
        meeting.wait()

    in_a_flow(lambda: [future.result() for future in [meets.submit() for _ in range(3)]])

    assert [run.state_name for run in task_runs()] == ["Completed"] * 3


def test_an_async_task_may_be_submitted() -> None:
    @task
    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    assert in_a_flow(lambda: later.submit(1).result()) == 2


def test_outside_of_a_flow_nothing_can_be_submitted() -> None:
    with pytest.raises(RuntimeError, match="outside of a flow"):
        double.submit(1)


def test_return_state_waits_for_a_submitted_task() -> None:
    state = in_a_flow(lambda: double.submit(2, return_state=True))

    assert state.is_completed()


def test_map_runs_the_task_for_each_item() -> None:
    @task
    def add(x: int, y: int, z: int = 1) -> int:
        return x + y + z

    def run() -> list[int]:
        return add.map([1, 2, 3], unmapped(10)).result()

    assert in_a_flow(run) == [12, 13, 14]


def test_map_takes_any_iterable_but_text() -> None:
    @task
    def pair(a: Any, b: Any) -> tuple[Any, Any]:
        return a, b

    def run() -> list[Any]:
        over_dict = pair.map({"k": 1, "l": 2}, "text").result()
        over_generator = pair.map((x for x in (1, 2)), b=b"bytes").result()
        return [*over_dict, *over_generator]

    assert in_a_flow(run) == [("k", "text"), ("l", "text"), (1, b"bytes"), (2, b"bytes")]


def test_map_over_a_future_and_over_futures() -> None:
    @task
    def numbers() -> list[int]:
        return [1, 2]

    def run() -> list[int]:
        return double.map(double.map(numbers.submit())).result()

    assert in_a_flow(run) == [4, 8]


def test_map_with_keyword_collecting_functions() -> None:
    @task
    def collect(x: int, **rest: Any) -> Any:
        return x, rest

    assert in_a_flow(lambda: collect.map([1, 2], y=[3, 4]).result()) == [(1, {"y": 3}), (2, {"y": 4})]


def test_map_refuses_what_does_not_fit() -> None:
    @task
    def add(x: int, y: int) -> int:
        return x + y

    def run() -> None:
        with pytest.raises(MappingLengthMismatch, match="same length"):
            add.map([1, 2], [1, 2, 3])
        with pytest.raises(MappingMissingIterable, match="No iterable parameters"):
            add.map(1, 2)
        assert add.map([], []).result() == []

    in_a_flow(run)


def test_a_failed_item_of_a_map_is_raised_from_its_result() -> None:
    @task
    def picky(x: int) -> int:
        if x == 2:
            raise ValueError("two")
        return x

    def run() -> list[Any]:
        futures = picky.map([1, 2, 3])
        with pytest.raises(ValueError, match="two"):
            futures.result()
        return futures.result(raise_on_failure=False)

    good, bad, also_good = in_a_flow(run)

    assert (good, also_good) == (1, 3)
    assert isinstance(bad, ValueError)


def test_a_task_does_not_run_after_a_failed_upstream() -> None:
    def run() -> State:
        return double.submit(fails.submit(), return_state=True)

    state = in_a_flow(run)

    assert (state.type.value, state.name) == ("PENDING", "NotReady")
    assert "did not reach a 'COMPLETED' state." in str(state.message)
    with pytest.raises(UnfinishedRun, match=r"did not begin.*It ended as Failed: .*ValueError: boom"):
        state.result()


def test_allow_failure_gives_the_exception_and_for_what_was_not_ready_none() -> None:
    @task
    def look(x: Any) -> Any:
        return x

    def run() -> list[Any]:
        failed = fails.submit()
        not_ready = double.submit(failed)
        return [look.submit(allow_failure(failed)).result(), look.submit(allow_failure(not_ready)).result()]

    failed, not_ready = in_a_flow(run)

    assert isinstance(failed, ValueError)
    assert not_ready is None


@pytest.mark.parametrize(
    "wait_for",
    [
        lambda: allow_failure(fails.submit()),
        lambda: [double.submit(1), allow_failure(fails.submit())],
        lambda: allow_failure([fails.submit(), double.submit(1)]),
        lambda: [allow_failure(fails.map(["a", "b"]))],
        lambda: [allow_failure(fails(return_state=True))],
        lambda: {"deep": [[allow_failure(fails.submit())]]},
    ],
    ids=["alone", "in a list", "around a list", "around a map in a list", "a state", "deep"],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda wait_for: double(2, wait_for=wait_for),
        lambda wait_for: double.submit(2, wait_for=wait_for).result(),
        lambda wait_for: double.map([2], wait_for=wait_for).result()[0],
        lambda wait_for: flow(double.fn)(2, wait_for=wait_for),
    ],
    ids=["call", "submit", "map", "subflow"],
)
def test_an_allowed_failure_keeps_nobody_from_starting(call: Callable[[Any], Any], wait_for: Callable[[], Any]) -> None:
    assert in_a_flow(lambda: call(wait_for())) == 4


def test_a_failure_is_allowed_only_where_that_is_said() -> None:
    def run() -> list[Any]:
        failed = fails.submit()
        mixed = [allow_failure(failed), double.submit(1), failed]
        return [double(1, wait_for=mixed, return_state=True).name, keep([mixed], return_state=True).name]

    assert in_a_flow(run) == ["NotReady", "NotReady"]


@task
def keep(x: Any, y: Any = None) -> Any:
    return (x, y) if y is not None else x


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: keep([allow_failure(fails.submit()), 1]), ["boom", 1]),
        (lambda: keep({"a": [allow_failure(fails.submit())], "b": allow_failure(keep(2))}), {"a": ["boom"], "b": 2}),
        (lambda: keep.map([allow_failure(fails.submit()), double.submit(1)]).result(), ["boom", 2]),
        (lambda: keep.map(allow_failure([fails.submit(), double.submit(1)])).result(), ["boom", 2]),
        (lambda: keep.map(allow_failure(fails.submit()), [1, 2]).result(), [("boom", 1), ("boom", 2)]),
        (lambda: keep.map(allow_failure(keep.submit([3, 4])), [1, 2]).result(), [([3, 4], 1), ([3, 4], 2)]),
        (lambda: keep.map([1, 2], unmapped(allow_failure(fails.submit()))).result(), [(1, "boom"), (2, "boom")]),
        (lambda: keep.map([1, 2], allow_failure(unmapped([fails.submit()]))).result(), [(1, ["boom"]), (2, ["boom"])]),
        (lambda: flow(keep.fn)([allow_failure(fails.submit())]), ["boom"]),
    ],
)  # fmt: skip
def test_an_allowed_failure_is_given_as_its_error_wherever_it_stands(call: Callable[[], Any], expected: Any) -> None:
    def told(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(told(item) for item in value)
        if isinstance(value, dict):
            return {key: told(item) for key, item in value.items()}
        return str(value) if isinstance(value, ValueError) else value

    assert told(in_a_flow(call)) == expected


@pytest.mark.parametrize("annotation", [allow_failure, quote])
def test_an_annotated_run_alone_is_nothing_to_map_over(annotation: Callable[[Any], Any]) -> None:
    def run() -> None:
        assert keep.map(keep.submit([3, 4])).result() == [3, 4]
        with pytest.raises(MappingMissingIterable, match="at least one iterable"):
            keep.map(annotation(keep.submit([3, 4])))

    in_a_flow(run)


def test_what_a_failed_run_came_to_is_not_mapped_over() -> None:
    with pytest.raises(UpstreamTaskError, match="did not reach a 'COMPLETED' state"):
        in_a_flow(lambda: keep.map(fails.submit()))


def test_quoted_items_are_mapped_and_not_looked_into() -> None:
    @task
    def kinds(x: list[Any]) -> list[str]:
        return [type(item).__name__ for item in x]

    def run() -> Any:
        return kinds.map(quote([[double.submit(1)], [2]])).result()

    assert in_a_flow(run) == [["PrefectConcurrentFuture"], ["int"]]


def test_a_list_is_taken_as_it_is_at_the_call() -> None:
    def run() -> list[Any]:
        waited, given, futures = [double.submit(1)], [double.submit(2)], []
        for _ in range(3):
            waited.append(double.submit(3, wait_for=waited))
            future = keep.submit(given)
            given.append(future)
            futures.append(future)
        return [waited[-1].result(), [future.result() for future in futures]]

    assert in_a_flow(run) == [6, [[4], [4, [4]], [4, [4], [4, [4]]]]]


def test_a_task_that_waits_for_itself_is_told() -> None:
    given, own = threading.Event(), list[Any]()

    @task
    def waits() -> int:
        assert given.wait(20)
        result: int = own[0].result()
        return result

    def run() -> Any:
        own.append(waits.submit())
        given.set()
        return own[0].result()

    with pytest.raises(ValueError, match="waits for itself"):
        in_a_flow(run)


def test_wait_for_orders_runs_without_passing_anything() -> None:
    order: list[str] = []

    @task
    def note(what: str, pause: float = 0) -> None:
        time.sleep(pause)
        order.append(what)

    def run() -> None:
        first = note.submit("first", pause=0.05)
        note("second", wait_for=[first])

    in_a_flow(run)

    assert order == ["first", "second"]
    assert "wait_for" in task_runs()[1].task_inputs


def test_futures_are_found_inside_of_collections_and_dataclasses() -> None:
    @dataclasses.dataclass
    class Box:
        content: Any

    @task
    def unpack(things: Any) -> Any:
        return things

    def run() -> Any:
        one = double.submit(1)
        return unpack({"list": [one], "box": Box(one), "set": {1}, "tuple": (one, 3)})

    unpacked = in_a_flow(run)

    assert unpacked == {"list": [2], "box": Box(2), "set": {1}, "tuple": (2, 3)}


def test_quote_and_opaque_are_not_looked_into() -> None:
    @task
    def first_of(x: Any) -> str:
        return type(x[0]).__name__

    @task
    def numbers() -> list[int]:
        return [1, 2]

    def run() -> list[str]:
        return [first_of(quote([double.submit(1)])), first_of(opaque(numbers.submit()))]

    assert in_a_flow(run) == ["PrefectConcurrentFuture", "int"]


def test_where_a_plain_result_came_from_is_traced() -> None:
    @task
    def make() -> dict[str, int]:
        return {"a": 1}

    @task
    def use(thing: dict[str, int]) -> None: ...

    in_a_flow(lambda: use(make()))

    made, used = task_runs()
    assert used.task_inputs == {"thing": [{"input_type": "task_run", "id": str(made.id)}]}


def test_a_skipped_task_completes_with_none_and_skips_those_that_are_fed_with_it() -> None:
    tries: list[int] = []

    @task(retries=3)
    def skips() -> Any:
        tries.append(1)
        raise SKIP("nothing to do")

    @task
    def after(x: Any) -> str:
        return f"got {x}"

    def run() -> list[State]:
        skipped = skips.submit()
        return [
            skips(return_state=True),
            after.submit(skipped, return_state=True),
            after.submit(allow_failure(skipped), return_state=True),
            after.with_options(skip_on_upstream_skip=False).submit(skipped, return_state=True),
        ]

    skipped, fed, allowed, declared = in_a_flow(run)

    assert (skipped.name, skipped.message, skipped.result(), len(tries)) == ("Skipped", "nothing to do", None, 2)
    assert (fed.type.value, fed.name) == ("COMPLETED", "Skipped")
    assert (allowed.result(), declared.result()) == ("got None", "got None")


def test_skip_and_fail_may_be_returned() -> None:
    @task(retries=2)
    def returns(signal: Any) -> Any:
        return signal

    def run() -> list[State]:
        return [returns(quote(SKIP("s")), return_state=True), returns(quote(FAIL("f")), return_state=True)]

    skipped, failed = in_a_flow(run)

    assert (skipped.name, skipped.message) == ("Skipped", "s")
    assert (failed.name, failed.message) == ("Failed", "f")
    assert [run.run_count for run in task_runs()] == [1, 1]


def test_a_call_that_does_not_fit_the_signature_is_told_at_once() -> None:
    with pytest.raises(ParameterBindError, match="missing a required argument: 'x'"):
        double()  # type: ignore[call-overload]  # that is the point


def test_reserved_parameter_names_are_refused() -> None:
    with pytest.raises(ReservedArgumentError, match="wait_for"):

        @task
        def bad(wait_for: Any) -> None: ...


def test_generator_tasks_hand_their_values_on_and_are_gathered_when_submitted() -> None:
    @task
    def counts(n: int) -> Generator[int, None, None]:
        yield from range(n)

    @task
    async def counts_later(n: int) -> AsyncGenerator[int, None]:
        for number in range(n):
            yield number

    @flow
    async def around() -> list[int]:
        return [number async for number in counts_later(2)]

    assert in_a_flow(lambda: [*counts(3)]) == [0, 1, 2]
    assert in_a_flow(lambda: counts.submit(3).result()) == [0, 1, 2]
    assert in_a_flow(lambda: counts_later.submit(3).result()) == [0, 1, 2]
    assert asyncio.run(around()) == [0, 1]


def test_tasks_work_as_methods() -> None:
    class Shop:
        def __init__(self, price: int) -> None:
            self.price = price

        @task
        def cost(self, count: int) -> int:
            return self.price * count

        @task
        @staticmethod
        def twice(x: int) -> int:
            return 2 * x

        @task
        @classmethod
        def kind(cls) -> str:
            return cls.__name__

    shop = Shop(3)

    assert in_a_flow(lambda: [shop.cost(2), shop.cost.submit(3).result(), Shop.twice(4), Shop.kind()]) == [
        6,
        9,
        8,
        "Shop",
    ]


class Scale:
    """Something to weigh by."""

    def __init__(self, factor: int) -> None:
        self.factor = factor
        self.used = 0

    @task(task_run_name="by {self.factor}")
    def weigh(self, x: int) -> int:
        self.used += 1
        return self.factor * x

    @task(persist_result=True, cache_policy=INPUTS)
    def kept(self, x: int) -> int:
        return self.factor * x

    @task(persist_result=True)
    def kept_by_default(self, x: int) -> int:
        return self.factor * x

    @task(persist_result=True, cache_policy=INPUTS - "self")
    def shared(self, x: int) -> int:
        return self.factor * x

    @task
    @classmethod
    def named(cls, x: int) -> str:
        return f"{cls.__name__} {x}"


class Balance(Scale):
    """A scale of another name."""


def test_the_instance_is_an_input_of_its_method_by_which_results_are_kept_apart() -> None:
    def run() -> list[Any]:
        one, hundred = Scale(1), Scale(100)
        return [
            (one.kept(5), hundred.kept(5), Scale(1).kept(5, return_state=True).name),
            (one.kept_by_default(5), hundred.kept_by_default(5)),
            (one.kept.submit(6).result(), hundred.kept.submit(6).result()),
            (one.kept.map([7, 8]).result(), hundred.kept.map([7, 8]).result()),
            (one.shared(5), hundred.shared(5)),
        ]

    assert in_a_flow(run) == [(5, 500, "Cached"), (5, 500), (6, 600), ([7, 8], [700, 800]), (5, 5)]


def test_the_instance_is_seen_where_parameters_are() -> None:
    seen: list[dict[str, Any]] = []

    class Key:
        @task(cache_key_fn=lambda context, parameters: seen.append(parameters))
        def made(self, x: int) -> None: ...

        @task(cache_key_fn=lambda context, parameters: seen.append(parameters))
        @classmethod
        def made_of_class(cls, x: int) -> None: ...

        @task(cache_key_fn=lambda context, parameters: seen.append(parameters))
        @staticmethod
        def made_of_nothing(x: int) -> None: ...

    key = Key()
    in_a_flow(lambda: [key.made(1), Key.made_of_class(2), key.made_of_nothing(3), Scale(4).weigh(2)])

    assert seen == [{"self": key, "x": 1}, {"cls": Key, "x": 2}, {"x": 3}]
    assert task_runs()[-1].name == "by 4"


def test_a_method_is_given_its_own_instance_and_not_mapped_over_it() -> None:
    @dataclasses.dataclass
    class Basket:
        held: list[Any]
        count: int = 0

        def __iter__(self) -> Iterator[Any]:
            return iter(self.held)

        @task
        def take(self, x: int) -> int:
            self.count += 1
            return len(self.held) * x

    def run() -> Any:
        basket = Basket([double.submit(1)])
        return basket.take(2), basket.take.map([3, 4]).result(), basket.count

    assert in_a_flow(run) == (2, [3, 4], 3)


def test_a_bound_task_keeps_its_instance_with_other_options_and_in_a_pickle() -> None:
    scale = Scale(3)

    weighed = in_a_flow(lambda: (scale.weigh.with_options(name="other")(2), scale.weigh.fn(scale, 5)))
    pickled = pickle.loads(pickle.dumps((scale.weigh, Balance.named)))

    assert weighed == (6, 15)
    assert scale.used == 2
    assert in_a_flow(lambda: (pickled[0](4), pickled[1](1))) == (12, "Balance 1")


def test_a_decorated_function_is_given_its_parameters_by_position() -> None:
    def noted(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def call(*args: Any) -> Any:
            return args, fn(*args)

        return call

    @task
    @noted
    def add(x: int, y: int = 2) -> int:
        return x + y

    assert in_a_flow(lambda: add(y=5, x=1)) == ((1, 5), 6)


def test_the_hooks_of_a_task_run() -> None:
    called: list[str] = []

    def note(what: str) -> Any:
        return lambda task, run, state: called.append(f"{what}:{state.name}")

    hooks: Any = {
        "on_running": [note("running")],
        "on_completion": [note("done")],
        "on_failure": [note("failure")],
    }

    def run() -> None:
        double.with_options(**hooks)(1)
        fails.with_options(retries=1, **hooks)(return_state=True)

    in_a_flow(run)

    expected = ["running:Running", "done:Completed", "running:Running", "running:Retrying", "failure:Failed"]
    assert called == expected


def test_hooks_are_added_by_decorators() -> None:
    called: list[str] = []

    @task
    def work() -> None: ...

    @work.on_completion
    def note(task: Any, run: Any, state: State) -> None:
        called.append(run.name)

    work()

    assert called == ["work"]


def test_with_options_keeps_what_is_not_given() -> None:
    original = task(retries=3, tags=["a"], name="old")(double.fn)

    changed = original.with_options(tags=["b"], name="new")

    assert (changed.name, changed.retries, sorted(changed.tags)) == ("new", 3, ["b"])
    assert (original.name, sorted(original.tags)) == ("old", ["a"])


def test_the_context_tells_about_the_task() -> None:
    seen: list[Any] = []

    @task
    def looks(x: int) -> None:
        context = TaskRunContext.get()
        assert context is not None
        seen.append((context.task.name, context.parameters, context.task_run.name))
        get_run_logger().info("in the task")

    in_a_flow(lambda: looks.submit(3).result())

    ((name, parameters, run_name),) = seen
    assert (name, parameters) == ("looks", {"x": 3})
    assert run_name == the_task_run().name
    assert "in the task" in messages(the_flow_run())


def test_tasks_that_submit_and_wait_do_not_block_a_bounded_pool() -> None:
    @task
    def depth(n: int) -> int:
        return 0 if n == 0 else 1 + int(depth.submit(n - 1).result())

    assert in_a_flow(lambda: depth.submit(20).result(), task_runner=ThreadPoolTaskRunner(max_workers=1)) == 20


def test_as_completed_gives_the_quick_ones_first() -> None:
    @task
    def naps(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    def run() -> list[float]:
        return [future.result() for future in as_completed([naps.submit(0.2), naps.submit(0.0)])]

    assert in_a_flow(run) == [0.0, 0.2]


def test_waiting_has_its_time() -> None:
    gate = threading.Event()

    @task
    def waits() -> None:
        gate.wait(5)

    def run() -> None:
        slow, quick = waits.submit(), double.submit(1)
        quick.wait()
        done, not_done = wait([slow, quick], timeout=0.05)
        assert (done, not_done) == ({quick}, {slow})
        with pytest.raises(TimeoutError, match="has not ended in"):
            slow.result(timeout=0.01)
        with pytest.raises(TimeoutError, match=r"1 \(of 2\) futures unfinished"):
            list(as_completed([slow, quick], timeout=0.05))
        gate.set()

    in_a_flow(run)


def test_a_future_tells_when_it_is_done() -> None:
    called: list[Any] = []

    def run() -> None:
        future = double.submit(1)
        future.add_done_callback(called.append)
        future.wait()
        assert future.state.is_completed()

    in_a_flow(run)

    assert len(called) == 1


def test_a_task_that_is_told_to_exit_crashes_and_so_does_its_flow() -> None:
    @task
    def leaves() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        in_a_flow(leaves)

    assert the_task_run().state_name == "Crashed"
    (run,) = flow_runs()
    assert run.state_name == "Crashed"


def test_a_cancelled_async_flow_crashes_with_its_task() -> None:
    started = asyncio.Event()

    @task
    async def waits() -> None:
        started.set()
        await asyncio.sleep(10)

    @flow
    async def around() -> None:
        await waits()

    async def cancels() -> None:
        running = asyncio.ensure_future(around())
        await started.wait()
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()

    asyncio.run(cancels())

    assert the_task_run().state_name == "Crashed"
    state = the_flow_run().state
    assert state is not None
    assert (state.name, state.message) == ("Crashed", "Execution was cancelled by the runtime environment.")


def test_what_is_sent_to_a_generator_task_reaches_it_and_what_it_returns_comes_back() -> None:
    @task
    def echoes() -> Generator[Any, Any, str]:
        first = yield 1
        try:
            yield first
        except KeyError as thrown:
            return f"ended by {thrown.args[0]}"
        return "not thrown"

    def consumed() -> tuple[Any, Any, Any]:
        values = echoes()
        first, second = next(values), values.send("sent")
        with pytest.raises(StopIteration) as end:
            values.throw(KeyError("me"))
        return first, second, end.value.value

    assert in_a_flow(consumed) == (1, "sent", "ended by me")


def test_what_is_sent_to_an_async_generator_task_reaches_it() -> None:
    @task
    async def echoes() -> AsyncGenerator[Any, Any]:
        sent = yield 1
        yield sent

    async def consumed() -> list[Any]:
        values = echoes()
        return [await anext(values), await values.asend("sent")]

    assert asyncio.run(consumed()) == [1, "sent"]


def test_the_consumer_of_a_generator_task_is_not_inside_of_it() -> None:
    @task
    def tells() -> Generator[Any, None, None]:
        yield runtime.id

    inside, outside = in_a_flow(lambda: next((told, runtime.id) for told in tells()))

    assert inside is not None
    assert outside is None


@pytest.mark.parametrize("is_async", [False, True])
def test_a_generator_task_ends_when_its_own_code_has_taken_its_time(is_async: bool) -> None:
    @task(timeout_seconds=0.2)
    def endless() -> Generator[int, None, None]:
        while True:
            time.sleep(0.02)
            yield 1

    @task(timeout_seconds=0.2)
    async def endless_too() -> AsyncGenerator[int, None]:
        while True:
            await asyncio.sleep(0.02)
            yield 1

    async def consumed() -> None:
        async for _ in endless_too():
            pass

    with pytest.raises(TimeoutError, match="exceeded timeout"):
        asyncio.run(consumed()) if is_async else in_a_flow(lambda: list(endless()))


def test_a_task_fails_whose_exception_cannot_tell_what_it_is() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __repr__ = __str__

    tries: list[int] = []

    @task(retries=1)
    def fails() -> None:
        tries.append(1)
        raise Mute

    state = in_a_flow(lambda: fails(return_state=True))

    assert state.message == "Task run encountered an exception Mute (its str() raises RuntimeError)"
    assert "whose repr() raises RuntimeError" in repr(state)
    assert len(tries) == 2


def test_a_function_that_names_a_task_run_sees_the_run() -> None:
    @task(task_run_name=lambda: f"{runtime.task_name} of {runtime.parameters['x']}")
    def named(x: int) -> Any:
        return runtime.name

    assert in_a_flow(lambda: named.submit(3).result()) == "named of 3"
