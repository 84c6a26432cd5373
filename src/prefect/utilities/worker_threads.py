"""Threads in which code waits that async code has sent there, and ways back into the async code's loop.

A thread is marked as such a one when code is sent there. anyio is loaded by the first that asks for a way.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from prefect.utilities.asyncutils import a_loop_runs, waited_for

if TYPE_CHECKING:
    import asyncio

    import anyio

T = TypeVar("T")
MOST_THREADS = 250
_mark = threading.local()
_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, anyio.CapacityLimiter] = WeakKeyDictionary()


def get_thread_limiter() -> anyio.CapacityLimiter:
    """What bounds how many threads the code of one event loop has at once. Raises `RuntimeError` outside of a loop."""
    import asyncio

    import anyio

    loop = asyncio.get_running_loop()
    if loop not in _limiters:
        _limiters[loop] = anyio.CapacityLimiter(MOST_THREADS)
    return _limiters[loop]


def mark_as_worker_thread() -> None:
    """Say that this thread is one to which async code sends what waits."""
    _mark.is_worker = True


def call_with_mark(call: Callable[..., T]) -> T:
    """What a call gives, in a thread that is marked from now on."""
    mark_as_worker_thread()
    return call()


def in_async_worker_thread() -> bool:
    """Whether this thread is one to which async code sends what waits."""
    return getattr(_mark, "is_worker", False)


def in_async_main_thread() -> bool:
    """Whether an event loop runs in this thread."""
    return a_loop_runs()


async def run_sync_in_worker_thread(__fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The result of a call that blocks, made in another thread while the event loop goes on."""
    import anyio.to_thread

    call = partial(call_with_mark, partial(__fn, *args, **kwargs))
    return await anyio.to_thread.run_sync(call, limiter=get_thread_limiter())


def run_async_from_worker_thread(__fn: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """What an async function gives, awaited in the loop whose code sent this thread here.

    Raises `RuntimeError` in a thread that `run_sync_in_worker_thread` has not made.
    """
    import anyio.from_thread

    async def awaited() -> T:
        return await __fn(*args, **kwargs)

    return anyio.from_thread.run(awaited)


def run_async_in_new_loop(__fn: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """What an async function gives, awaited in a loop of its own. Raises `RuntimeError` where one runs already."""
    import asyncio

    async def awaited() -> T:
        return await __fn(*args, **kwargs)

    return asyncio.run(awaited())


def sync(__async_fn: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """What an async function gives, for code that waits, wherever that is.

    In a thread to which async code has sent it, it is awaited in the loop of that code; within a loop, in another
    thread; elsewhere in a loop of its own.
    """
    if in_async_worker_thread() and not in_async_main_thread():
        return run_async_from_worker_thread(__async_fn, *args, **kwargs)
    return waited_for(__async_fn(*args, **kwargs))
