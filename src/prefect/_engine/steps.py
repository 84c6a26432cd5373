"""The steps that a run yields to its driver: what must be carried out differently in the sync and the async world.

Each step has two ways: `take` blocks the thread, `atake` leaves the event loop free. What user code raised comes back
as `Raised`, so that an exception that leaves a core is always ours.
"""

from __future__ import annotations

import contextvars
import inspect
import os
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from prefect._engine.deadlines import Deadline, call_before
from prefect._engine.forks import end_this_fork
from prefect._interrupting import interruptible
from prefect.utilities.asyncutils import at_once

if TYPE_CHECKING:
    import asyncio


class Returned(NamedTuple):
    """User code came back with a value."""

    value: Any


class Raised(NamedTuple):
    """User code raised; `timed_out` when it was our deadline that ended it."""

    error: BaseException
    timed_out: bool = False


Outcome = Returned | Raised


class Call(NamedTuple):
    """Call a user's function; seconds of `timeout`, None for no limit.

    What it sets in context variables is not seen by its caller: it runs `within` a context of its own, a new one unless
    one is given.
    """

    fn: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = MappingProxyType({})
    timeout: float | None = None
    within: contextvars.Context | None = None

    @interruptible
    def take(self) -> Outcome:
        home = os.getpid()
        outcome = self._taken()
        if os.getpid() != home:
            end_this_fork(outcome.error if isinstance(outcome, Raised) else None)
        return outcome

    def _taken(self) -> Outcome:
        deadline = None if self.timeout is None else Deadline(self.timeout)
        try:
            fn = partial((self.within or contextvars.copy_context()).run, self.fn)
            if deadline is None:
                return Returned(fn(*self.args, **self.kwargs))
            return Returned(call_before(deadline, fn, self.args, self.kwargs))
        except Deadline as late:
            return Raised(late, timed_out=late is deadline)
        except BaseException as error:  # noqa: BLE001  # whatever user code raises is its outcome
            return Raised(error)

    @interruptible
    async def atake(self) -> Outcome:
        home = os.getpid()
        outcome = await self._ataken()
        if os.getpid() != home:
            end_this_fork(outcome.error if isinstance(outcome, Raised) else None)
        return outcome

    async def _ataken(self) -> Outcome:
        try:
            within = self.within or contextvars.copy_context()
            value = at_once(within.run, self.fn, *self.args, **self.kwargs)
            if not inspect.isawaitable(value):
                return Returned(value)
            if self.timeout is None:
                return Returned(await Within(within, value))
            return await _awaited_before(self.timeout, Within(within, value))
        except BaseException as error:  # noqa: BLE001  # same
            return Raised(error)


class Within:
    """An awaitable that is carried on in a context of its own, by the task that awaits it."""

    __slots__ = ("_awaitable", "_context")

    def __init__(self, context: contextvars.Context, awaitable: Awaitable[Any]) -> None:
        self._context = context
        self._awaitable = awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        run, steps = self._context.run, self._awaitable.__await__()
        advance, answer = getattr(steps, "send", lambda _: next(steps)), None
        while True:
            try:
                step = run(advance, answer)
            except StopIteration as end:
                return end.value
            try:
                advance, answer = getattr(steps, "send", lambda _: next(steps)), (yield step)
            except BaseException as error:  # noqa: BLE001  # what is awaited decides what becomes of it
                advance, answer = getattr(steps, "throw", _raise), error


def _raise(error: BaseException) -> Any:
    raise error


async def _awaited_before(seconds: float, awaitable: Any) -> Outcome:
    import asyncio

    work = asyncio.ensure_future(awaitable)
    try:
        done, _ = await asyncio.wait({work}, timeout=seconds)
    except BaseException:
        work.cancel()
        raise
    if work in done:
        return Returned(work.result())
    work.cancel()
    await asyncio.wait({work}, timeout=1)
    return Raised(Deadline(seconds), timed_out=True)


class Advance(NamedTuple):
    """Ask a generator of the user's for its next value; `Raised(StopIteration)` when there is none.

    It is handed `what`: a value that was sent to it, or an exception that was thrown into it. Between its values it
    keeps what it sets in context variables, when it is always asked `within` the same context.
    """

    generator: Any
    within: contextvars.Context
    what: Any = None
    is_thrown: bool = False
    timeout: float | None = None

    def take(self) -> Outcome:
        advance = self.generator.throw if self.is_thrown else self.generator.send
        return Call(advance, (self.what,), timeout=self.timeout, within=self.within).take()

    async def atake(self) -> Outcome:
        if not hasattr(self.generator, "asend"):
            return self.take()
        advance = self.generator.athrow if self.is_thrown else self.generator.asend
        return await Call(advance, (self.what,), timeout=self.timeout, within=self.within).atake()


class Sleep(NamedTuple):
    """Let seconds pass."""

    seconds: float

    @interruptible
    def take(self) -> None:
        time.sleep(self.seconds)

    async def atake(self) -> None:
        import asyncio

        await asyncio.sleep(self.seconds)


class Block(NamedTuple):
    """Carry out work of ours that may block, such as a transaction or the reading of a file.

    What has begun is done to its end, whoever is cancelled meanwhile.
    """

    work: Callable[[], Any]

    def take(self) -> Any:
        return self.work()

    async def atake(self) -> Any:
        import asyncio

        working = _in_a_thread(self.work)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait({working})
            raise


class Until(NamedTuple):
    """Wait until something has happened that others do."""

    work: Callable[[], Any]

    @interruptible
    def take(self) -> Any:
        return self.work()

    async def atake(self) -> Any:
        return await _in_a_thread(self.work)


class Awaited(NamedTuple):
    """Wait for others in each world's own way: by a call that blocks, or by one that is awaited."""

    work: Callable[[], Any]
    awork: Callable[[], Awaitable[Any]]

    @interruptible
    def take(self) -> Any:
        return self.work()

    async def atake(self) -> Any:
        return await self.awork()


def _in_a_thread(work: Callable[[], Any]) -> asyncio.Future[Any]:
    import asyncio

    context = contextvars.copy_context()
    return asyncio.get_running_loop().run_in_executor(None, context.run, work)


class Hook(NamedTuple):
    """Call a user's hook, which may be a coroutine function in either world; what it raises comes back as `Raised`."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]

    def take(self) -> Outcome:
        return Call(complete, (self.fn, *self.args)).take()

    async def atake(self) -> Outcome:
        return await Call(self.fn, self.args).atake()


def complete(call: Callable[..., Any], *args: Any) -> Any:
    """What a call gives, or what that comes to if it can be awaited, from code that is not async."""
    import asyncio

    value = at_once(call, *args)
    if not inspect.isawaitable(value):
        return value
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_awaited(value))
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(contextvars.copy_context().run, asyncio.run, _awaited(value)).result()


async def _awaited(value: Any) -> Any:
    return await value


class ConsumerLeft(BaseException):
    """Whoever iterated over a generator flow or task has closed it.

    It stands for `GeneratorExit`, which may not be followed by further steps in the generators that a core is made of.
    """


class Emit(NamedTuple):
    """Hand a value of a generator flow or task to whoever iterates over it; raises `ConsumerLeft` if nobody does."""

    value: Any


Step = Call | Advance | Sleep | Block | Until | Awaited | Hook | Emit
