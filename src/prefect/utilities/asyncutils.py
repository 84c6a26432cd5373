"""Bridges between code that waits and code that is awaited.

A *dispatched* name is one for both: `Variable.get("x")` in code that waits, `await Variable.get("x")` in async code.
Which of the two code is, the call stack says: the nearest coroutine around it makes it async, the nearest sync run (of
a flow, a task or another dispatched name) makes it sync. Nothing has to be kept for that while runs go on.

asyncio is loaded by the first call that needs it: a program without async code does not pay for it.
"""

from __future__ import annotations

import inspect
import sys
from collections import abc
from collections.abc import Callable, Generator
from contextlib import asynccontextmanager
from functools import wraps
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload
from uuid import UUID

from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from typing_extensions import Self

    from prefect.utilities.gathering import (
        GatherIncomplete,
        GatherTaskGroup,
        LazySemaphore,
        add_event_loop_shutdown_callback,
        create_gather_task_group,
        create_task,
    )
    from prefect.utilities.worker_threads import (
        call_with_mark,
        get_thread_limiter,
        in_async_main_thread,
        in_async_worker_thread,
        mark_as_worker_thread,
        run_async_from_worker_thread,
        run_async_in_new_loop,
        run_sync_in_worker_thread,
        sync,
    )

HOMES = {
    "GatherIncomplete": "prefect.utilities.gathering",
    "GatherTaskGroup": "prefect.utilities.gathering",
    "LazySemaphore": "prefect.utilities.gathering",
    "add_event_loop_shutdown_callback": "prefect.utilities.gathering",
    "call_with_mark": "prefect.utilities.worker_threads",
    "create_gather_task_group": "prefect.utilities.gathering",
    "create_task": "prefect.utilities.gathering",
    "get_thread_limiter": "prefect.utilities.worker_threads",
    "in_async_main_thread": "prefect.utilities.worker_threads",
    "in_async_worker_thread": "prefect.utilities.worker_threads",
    "mark_as_worker_thread": "prefect.utilities.worker_threads",
    "run_async_from_worker_thread": "prefect.utilities.worker_threads",
    "run_async_in_new_loop": "prefect.utilities.worker_threads",
    "run_sync_in_worker_thread": "prefect.utilities.worker_threads",
    "sync": "prefect.utilities.worker_threads",
}
"""What programs import from here, and few of them need."""
__getattr__ = lazy_names(__name__, HOMES)
P = ParamSpec("P")
T = TypeVar("T")
Sync = Literal[False]
Async = Literal[True]
"""For types of what is one for sync and one for async code."""
Fn = TypeVar("Fn", bound=Callable[..., Any])
Awaited = TypeVar("Awaited", bound=Callable[..., abc.Awaitable[Any]])
"""A function whose value may be awaited, too: its callers see its type; those of others see Any."""


async def in_thread(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The result of a call that blocks, made in another thread while the event loop goes on."""
    import asyncio

    return await asyncio.to_thread(call, *args, **kwargs)


ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_sync_code: dict[CodeType, None] = {}


def runs_sync_code(fn: Fn) -> Fn:
    """Mark a function: what it calls is sync code, whatever runs further out."""
    _sync_code[fn.__code__] = None
    return fn


@runs_sync_code
def at_once(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What a call gives, with every dispatched name in it doing its work before it returns."""
    return call(*args, **kwargs)


@overload
def dispatched(call: Awaited, *, aio: Callable[..., Any] | None = None) -> Awaited: ...
@overload
def dispatched(call: Callable[P, T], *, aio: Callable[..., Any] | None = None) -> Callable[P, Any]: ...


def dispatched(call: Callable[..., Any], *, aio: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Make of a function that waits one that async code awaits.

    Called in async code, it gives a coroutine, in which the event loop goes on; elsewhere it does its work and returns.
    `_sync=True` and `_sync=False` say which of the two is wished. The async body is its attribute `aio`: the same work
    in another thread, unless another body is given. A coroutine that nobody awaits does nothing; Python warns of it.
    """

    @wraps(call)
    async def in_another_thread(*args: Any, **kwargs: Any) -> Any:
        return await in_thread(call, *args, **kwargs)

    body = aio or in_another_thread

    @wraps(call)
    def either(*args: Any, _sync: bool | None = None, **kwargs: Any) -> Any:
        is_async = a_loop_runs() and _is_called_by_async_code() if _sync is None else not _sync
        return body(*args, **kwargs) if is_async else at_once(call, *args, **kwargs)

    either.aio = body  # type: ignore[attr-defined]  # functions have attributes
    return either


def _is_called_by_async_code() -> bool:
    """Whether the nearest coroutine is nearer than the nearest sync run; a callback of the loop is async code, too."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code in _sync_code:
            return False
        if frame.f_code.co_flags & ASYNC:
            return True
        frame = frame.f_back
    return True


def a_loop_runs() -> bool:
    """Whether an event loop runs in this thread."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def waited_for(awaitable: abc.Awaitable[T]) -> T:
    """The result of something that is to be awaited, for code that waits; within an event loop, in another thread."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    async def awaited() -> T:
        return await awaitable

    if not a_loop_runs():
        return asyncio.run(awaited())
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, awaited()).result()


def to_its_end(call: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
    """What a call comes to, for code that waits; of one that is async, what it comes to when it was awaited."""
    told = at_once(call, *args, **kwargs)
    return waited_for(told) if inspect.isawaitable(told) else told


def run_coro_as_sync(
    coroutine: abc.Coroutine[Any, Any, T], *, force_new_thread: bool = False, wait_for_result: bool = True
) -> T | None:
    """The result of a coroutine, for code that waits; within an event loop, from another thread.

    Without `wait_for_result` it goes on in another thread, and None is given.
    """
    if wait_for_result:
        return waited_for(coroutine)
    from threading import Thread

    Thread(target=waited_for, args=(coroutine,), name="prefect-coroutine", daemon=True).start()
    return None


def sync_compatible(async_fn: Callable[P, abc.Coroutine[Any, Any, T]]) -> Callable[P, Any]:
    """Make of an async function one that code which waits calls, too; in async code it is awaited."""

    @wraps(async_fn)
    def waiting(*args: Any, **kwargs: Any) -> Any:
        return waited_for(async_fn(*args, **kwargs))

    either: Callable[P, Any] = dispatched(waiting, aio=async_fn)
    return either


def is_async_fn(func: Any) -> bool:
    """Whether a function, also one that is wrapped, gives a coroutine."""
    return inspect.iscoroutinefunction(inspect.unwrap(func))


def is_async_gen_fn(func: Any) -> bool:
    return inspect.isasyncgenfunction(inspect.unwrap(func))


async def gather(*calls: Callable[[], abc.Awaitable[T]]) -> list[T]:
    """What async functions give that are called at once, in order."""
    import asyncio

    return list(await asyncio.gather(*(call() for call in calls)))


@asynccontextmanager
async def asyncnullcontext(value: Any = None, *args: Any, **kwargs: Any) -> abc.AsyncIterator[Any]:
    """A block of async code around which nothing is done; it is given the value, whatever else is said."""
    yield value


class Awaitable:
    """Something that programs may await, too, where older versions gave a coroutine for it."""

    def __await__(self) -> Generator[None, None, Self]:
        return self
        yield


class AwaitableId(Awaitable, UUID):
    """An id that may be awaited."""

    @classmethod
    def of(cls, id: UUID) -> AwaitableId:
        return cls(int=id.int)


__all__ = [
    "Async",
    "Awaitable",
    "AwaitableId",
    "GatherIncomplete",
    "GatherTaskGroup",
    "LazySemaphore",
    "Sync",
    "a_loop_runs",
    "add_event_loop_shutdown_callback",
    "asyncnullcontext",
    "at_once",
    "call_with_mark",
    "create_gather_task_group",
    "create_task",
    "dispatched",
    "gather",
    "get_thread_limiter",
    "in_async_main_thread",
    "in_async_worker_thread",
    "in_thread",
    "is_async_fn",
    "is_async_gen_fn",
    "mark_as_worker_thread",
    "run_async_from_worker_thread",
    "run_async_in_new_loop",
    "run_coro_as_sync",
    "run_sync_in_worker_thread",
    "runs_sync_code",
    "sync",
    "sync_compatible",
    "to_its_end",
    "waited_for",
]
