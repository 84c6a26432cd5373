"""Generator flows and tasks whose consumer wants no more, and what they keep between their values."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing, contextmanager
from contextvars import ContextVar

import pytest

from prefect import flow, task
from prefect.states import State
from prefect.transactions import transaction
from tests.recorded import flow_runs, history, task_runs

place: ContextVar[str] = ContextVar("place", default="nowhere")


@contextmanager
def at(name: str) -> Iterator[None]:
    token = place.set(name)
    try:
        yield
    finally:
        place.reset(token)


def test_a_generator_flow_that_is_closed_early_is_completed() -> None:
    said: list[str] = []

    def note(_flow: object, _run: object, state: State) -> None:
        said.append(state.type.value)

    @flow(on_completion=[note], on_crashed=[note])
    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(5)
        finally:
            said.append("closed")

    with closing(numbers()) as items:
        assert next(items) == 0

    assert said == ["closed", "COMPLETED"]
    assert [run.state_type for run in flow_runs()] == ["COMPLETED"]


def test_an_async_generator_flow_that_is_closed_early_is_completed() -> None:
    @flow
    async def numbers() -> AsyncIterator[int]:
        for number in range(5):
            await asyncio.sleep(0)
            yield number

    async def first() -> int:
        async with aclosing(numbers()) as items:  # type: ignore[type-var]  # an async generator function gives more
            return await anext(items)

    assert asyncio.run(first()) == 0
    assert [run.state_type for run in flow_runs()] == ["COMPLETED"]


@pytest.mark.parametrize("persists", [None, True])
def test_a_generator_task_that_is_closed_early_is_rolled_back(persists: bool | None) -> None:
    said: list[str] = []

    @task(persist_result=persists, on_completion=[lambda _task, _run, state: said.append(state.name)])
    def numbers() -> Generator[int, None, None]:
        yield from range(5)

    numbers.on_rollback(lambda _: said.append("undone"))
    numbers.on_commit(lambda _: said.append("committed"))

    @flow
    def takes_two() -> list[int]:
        with closing(numbers()) as items:
            return [next(items), next(items)]

    assert takes_two() == [0, 1]
    assert said == ["undone", "Completed"]
    assert history(task_runs()[0]) == ["Pending", "Running", "Completed", "RolledBack"]


def test_what_is_around_a_generator_task_that_is_closed_early_is_committed() -> None:
    said: list[str] = []

    @task
    def numbers() -> Generator[int, None, None]:
        yield from range(5)

    @task
    def writes() -> None:
        pass

    numbers.on_rollback(lambda _: said.append("undone"))
    writes.on_commit(lambda _: said.append("written"))

    @flow
    def around() -> None:
        with transaction():
            writes()
            with closing(numbers()) as items:
                next(items)

    around()

    assert said == ["undone", "written"]
    assert sorted(str(run.state_name) for run in task_runs()) == ["Completed", "RolledBack"]


def test_what_a_generator_raises_when_it_is_closed_reaches_its_consumer() -> None:
    @flow
    def numbers() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            raise ValueError("not yet")

    items = numbers()
    next(items)

    with pytest.raises(ValueError, match="not yet"):
        items.close()
    assert [run.state_type for run in flow_runs()] == ["FAILED"]


@pytest.mark.parametrize("seconds", [None, 30])
def test_a_generator_keeps_its_context_variables_between_its_values(seconds: float | None) -> None:
    @task(timeout_seconds=seconds)
    async def places() -> AsyncIterator[str]:
        place.set("home")
        yield place.get()
        with at("shop"):
            yield place.get()
        yield place.get()

    @flow
    async def walk() -> list[str]:
        seen = []
        async for here in places():
            seen += [here, place.get()]
        return seen

    assert asyncio.run(walk()) == ["home", "nowhere", "shop", "nowhere", "home", "nowhere"]


def test_a_generator_that_is_closed_by_the_event_loop_leaves_its_blocks() -> None:
    @task
    async def places() -> AsyncIterator[str]:
        with at("shop"):
            yield place.get()
            yield place.get()

    @flow
    async def walk() -> str | None:
        async for here in places():
            return here
        return None

    async def walks() -> str | None:
        found: str | None = await walk()
        await asyncio.sleep(0.05)
        return found

    assert asyncio.run(walks()) == "shop"
    assert [run.state_name for run in task_runs()] == ["RolledBack"]
