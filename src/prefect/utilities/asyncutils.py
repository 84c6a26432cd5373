"""Bridges between code that waits and code that is awaited.

asyncio is loaded by the first call that needs it: a program without async code does not pay for it.
"""

from __future__ import annotations

import sys
from collections import abc
from collections.abc import Callable, Generator
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from typing_extensions import Self

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The result of a call that blocks, made in another thread while the event loop goes on."""
    import asyncio

    return await asyncio.to_thread(call, *args, **kwargs)


def awaitable_in_a_loop(call: Callable[P, T]) -> Callable[P, Any]:
    """The same function; called where an event loop runs, it gives a coroutine that does not block the loop.

    Older programs await such functions in async code and just call them elsewhere.
    """

    @wraps(call)
    def either(*args: P.args, **kwargs: P.kwargs) -> Any:
        return in_thread(call, *args, **kwargs) if a_loop_runs() else call(*args, **kwargs)

    return either


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
