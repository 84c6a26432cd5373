"""Which runs an argument came from, and that results are not held for the sake of knowing it."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Generator
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from prefect import flow, task
from prefect._engine.origins import Origins
from tests.recorded import flow_runs, task_runs


class Thing:
    """A result that knows weak references."""


@task
def pair() -> tuple[Thing, list[int]]:
    return Thing(), [1]


@task
def use(x: Any, y: Any = None) -> None: ...


@task
def wraps(x: Any) -> None:
    use(x)


@task
def each() -> Generator[Thing, None, None]:
    yield Thing()
    yield Thing()


@flow
def sub(x: Any) -> None: ...


def inputs(name: str) -> list[dict[str, list[str]]]:
    """For each run of that name its inputs, and the names of the runs that they came from, without their suffixes."""
    top = next(run for run in flow_runs() if run.parent_task_run_id is None)
    runs = task_runs(top.id)
    names = {str(run.id): run.name.rpartition("-")[0] for run in runs}
    return [
        {given: [names[source["id"]] for source in sources] for given, sources in run.task_inputs.items()}
        for run in runs
        if run.name.startswith(f"{name}-")
    ]


def test_what_is_unpacked_or_packed_again_is_traced_to_the_run_that_made_it() -> None:
    @flow
    def around() -> None:
        thing, numbers = pair()
        use(thing, y=numbers)
        use({"k": [thing]}, 5)
        sub({"k": thing})
        use(pair.submit().result()[1])

    around()

    assert inputs("use") == [{"x": ["pair"], "y": ["pair"]}, {"x": ["pair"], "y": []}, {"x": ["pair"], "y": []}]
    assert inputs("sub") == [{"x": ["pair"]}]


def test_what_a_subflow_made_is_traced_to_its_run() -> None:
    @flow
    def makes_a_thing() -> Thing:
        return Thing()

    @flow
    def around() -> None:
        use([makes_a_thing()])

    around()

    (child,) = [run for run in flow_runs() if run.parent_task_run_id is not None]
    (run,) = [run for run in task_runs() if run.name.startswith("use-")]
    assert run.task_inputs["x"] == [{"input_type": "flow_run", "id": str(child.id)}]


def test_the_items_of_a_generator_are_traced_to_it() -> None:
    @flow
    def around() -> None:
        for item in list(each()):
            use(item)

    around()

    assert inputs("use") == [{"x": ["each"], "y": []}] * 2


def test_what_a_task_calls_has_the_task_as_its_parent() -> None:
    @task
    def calls() -> None:
        sub(1)
        use.submit(1).wait()

    @flow
    def around() -> None:
        wraps(1)
        calls()
        use(1)

    around()

    alone: dict[str, list[str]] = {"x": [], "y": []}
    assert inputs("use") == [{**alone, "__parents__": ["wraps"]}, {**alone, "__parents__": ["calls"]}, alone]
    assert [run["__parents__"] for run in inputs("sub")] == [["calls"]]


class Big(list[int]):
    """A list, of which a test can count how many are alive."""

    made: ClassVar[list[weakref.ref[Big]]] = []

    def __init__(self) -> None:
        super().__init__(range(3))
        self.made.append(weakref.ref(self))


def alive() -> int:
    gc.collect()
    return sum(one() is not None for one in Big.made)


@task
def makes(x: Any = None) -> Any:
    return [Big()]


@task
def takes(x: Any) -> int:
    return len(x)


@pytest.mark.parametrize(
    "runs",
    [
        lambda: [makes() and None for _ in range(10)],
        lambda: [makes(return_state=True) and None for _ in range(10)],
        lambda: [future.wait() for future in [makes.submit() for _ in range(10)]],  # type: ignore[func-returns-value]
        lambda: makes.map(range(10)).wait(),
        lambda: [takes(makes()) for _ in range(10)],
        lambda: [takes.submit(makes.submit()).result() for _ in range(10)],
        lambda: takes.map(makes.map(range(10))),
        lambda: takes.with_options(persist_result=True).map(makes.map(range(10))).result(),
    ],
)
def test_a_result_lives_as_long_as_somebody_can_ask_for_it(runs: Callable[[], Any]) -> None:
    @flow
    def around() -> tuple[int, Any]:
        kept = runs()
        deadline = time.monotonic() + 10
        while (left := alive()) > 1 and time.monotonic() < deadline:
            takes([])  # threads let go of their last work, and the flow looks again at what it holds, with the next
        return left, kept

    left, _ = around()

    assert left <= 1


def test_a_result_that_is_asked_for_later_is_there() -> None:
    @flow
    def around() -> None:
        kept = [makes.submit() for _ in range(10)]
        takes([])
        assert [len(future.result()) for future in kept] == [1] * 10

    around()


def test_an_object_is_known_while_it_lives_and_as_itself_only() -> None:
    origins, run = Origins(), uuid4()
    thing, numbers, empty = Thing(), [1], ()
    for value in (thing, numbers, empty, 5):
        origins.remember(value, run)

    assert origins.of(thing) == origins.of(numbers) == {"input_type": "task_run", "id": str(run)}
    assert origins.of([1]) is origins.of(empty) is origins.of(5) is None


def test_the_latest_run_that_gave_an_object_is_the_one_it_came_from() -> None:
    origins, thing = Origins(), [1]
    runs = [uuid4(), uuid4()]
    for run in runs:
        origins.remember(thing, run)

    source = origins.of(thing)
    assert source is not None
    assert UUID(source["id"]) == runs[1]


def test_what_nobody_holds_is_forgotten_and_what_is_held_is_bounded() -> None:
    origins = Origins()
    for _ in range(50):
        origins.remember([Thing()], uuid4())
    assert len(origins) <= 2

    held = [[number] for number in range(2000)]
    for one in held:
        origins.remember(one, uuid4())
    assert len(origins) <= 260
    assert origins.of(held[-1]) is not None
