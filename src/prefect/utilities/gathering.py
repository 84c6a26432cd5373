"""Async code that goes on together: groups of tasks with results, bounds that are asked for late, ends of loops.

asyncio and anyio are loaded by who imports this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from types import TracebackType
from typing import Any, NoReturn, TypeVar
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import anyio
import anyio.abc

T = TypeVar("T")
_going_on: set[asyncio.Task[Any]] = set()
_at_end: WeakKeyDictionary[asyncio.AbstractEventLoop, list[AsyncGenerator[None]]] = WeakKeyDictionary()


class GatherIncomplete(RuntimeError):
    """A result was asked for before its task had ended."""


class GatherTaskGroup(anyio.abc.TaskGroup):
    """A group of tasks whose results can be asked for by the key that starting one gives, once the group has ended."""

    def __init__(self, task_group: anyio.abc.TaskGroup) -> None:
        self._group = task_group
        self._results: dict[UUID, Any] = {}

    @property
    def cancel_scope(self) -> anyio.CancelScope:  # type: ignore[override]  # an attribute in anyio
        """What cancels the group."""
        return self._group.cancel_scope

    def start_soon(self, func: Callable[..., Awaitable[Any]], *args: Any, name: object = None) -> UUID:  # type: ignore[override,misc,unused-ignore]  # anyio gives nothing, or its own
        """Start an async function; the key of its result."""
        key = uuid4()
        self._results[key] = GatherIncomplete

        async def kept() -> None:
            self._results[key] = await func(*args)

        self._group.start_soon(kept, name=name)
        return key

    def create_task(self, coro: Coroutine[Any, Any, T], *, name: object = None, context: Context | None = None) -> Any:
        """Start a coroutine as the groups of newer versions of anyio do; what they give."""
        return self._group.create_task(coro, name=name, context=context)  # type: ignore[attr-defined,unused-ignore]

    async def start(self, func: object, *args: object, name: object = None) -> NoReturn:  # type: ignore[override,unused-ignore]  # nothing is started
        """Raise `RuntimeError`: a task that says when it has started gives no result here."""
        raise RuntimeError("GatherTaskGroup does not support `start`; use `start_soon`, whose key gives the result.")

    def get_result(self, key: UUID) -> Any:
        """What a task came to. Raises `GatherIncomplete` before its end, and `KeyError` for a key that is none."""
        result = self._results[key]
        if result is GatherIncomplete:
            raise GatherIncomplete("The task has not ended; ask for its result after the `async with` block.")
        return result

    async def __aenter__(self) -> GatherTaskGroup:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return bool(await self._group.__aexit__(kind, error, trace))


def create_gather_task_group() -> GatherTaskGroup:
    """A group of tasks with results.

    async with create_gather_task_group() as group:
        key = group.start_soon(fetch, 1)
    group.get_result(key)
    """
    return GatherTaskGroup(anyio.create_task_group())


class LazySemaphore:
    """A bound on how many are inside `async with` at once; how many, a function says when the first one comes."""

    def __init__(self, initial_value_func: Callable[[], int]) -> None:
        self.initial_value_func = initial_value_func
        self._semaphore: asyncio.Semaphore | None = None

    async def __aenter__(self) -> asyncio.Semaphore:
        if self._semaphore is None:
            self._semaphore = asyncio.Semaphore(self.initial_value_func())
        await self._semaphore.__aenter__()
        return self._semaphore

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._semaphore is not None  # it was entered
        self._semaphore.release()


def create_task(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that is held until it ends, whoever else lets it go."""
    task = asyncio.create_task(coroutine)
    _going_on.add(task)
    task.add_done_callback(_going_on.discard)
    return task


async def add_event_loop_shutdown_callback(coroutine_fn: Callable[[], Awaitable[Any]]) -> None:
    """Have an async function called when the loop that runs here is shut down, as `asyncio.run` does at its end."""

    async def at_end() -> AsyncGenerator[None]:
        with suppress(GeneratorExit):
            yield
        await coroutine_fn()

    generator = at_end()
    await anext(generator)  # from now on the loop knows it, and closes it before itself
    _at_end.setdefault(asyncio.get_running_loop(), []).append(generator)
