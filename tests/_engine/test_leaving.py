"""A task runner is left in the context in which the flow's function used it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextvars import ContextVar, Token
from typing import Any

import pytest

from prefect import flow
from prefect.context import FlowRunContext
from prefect.task_runners import ThreadPoolTaskRunner

current: ContextVar[str | None] = ContextVar("current", default=None)
left: list[str | None] = []


class Naming(ThreadPoolTaskRunner):
    """Names itself as current when it is first used, and takes that back when it is left."""

    token: Token[str | None] | None = None

    def use(self) -> None:
        self.token = current.set("this one")

    def __exit__(self, *told: Any) -> None:
        left.append(current.get())
        if self.token is not None and current.get() is not None:
            current.reset(self.token)
        super().__exit__(*told)


def used() -> None:
    context = FlowRunContext.get()
    assert context is not None
    context.task_runner.use()


@flow(task_runner=Naming())
def sync_flow() -> None:
    used()


@flow(task_runner=Naming())
async def async_flow() -> None:
    used()


@flow(task_runner=Naming())
def generator_flow() -> Iterator[int]:
    used()
    yield 1


@flow(task_runner=Naming(), timeout_seconds=0.2)
def slow_flow() -> None:
    used()
    time.sleep(30)


def test_what_a_task_runner_sets_when_it_is_used_it_can_take_back() -> None:
    left.clear()

    sync_flow()
    asyncio.run(async_flow())
    assert list(generator_flow()) == [1]

    assert left == ["this one"] * 3
    assert current.get() is None


def test_a_function_that_is_left_behind_keeps_its_context_and_the_flow_ends() -> None:
    left.clear()

    with pytest.raises(TimeoutError):
        slow_flow()

    assert len(left) == 1
