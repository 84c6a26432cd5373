"""Carry out the steps of a core: four short loops, one for each world that user code can live in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar

from prefect._engine.steps import ConsumerLeft, Emit, Step
from prefect._interrupting import uninterrupted
from prefect.utilities.asyncutils import at_once, runs_sync_code

Ended = TypeVar("Ended")
Core = Generator[Step, Any, Ended]


@runs_sync_code
@uninterrupted
def drive(core: Core[Ended]) -> Ended:
    """Run a core to its end in this thread."""
    advance: Any = core.send
    answer: Any = None
    while True:
        try:
            step = advance(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration does not know its type
        try:
            advance, answer = core.send, step.take()
        except BaseException as error:  # noqa: BLE001  # the core decides what becomes of it
            advance, answer = core.throw, error


@uninterrupted
async def adrive(core: Core[Ended]) -> Ended:
    """Run a core to its end in this event loop."""
    advance: Any = core.send
    answer: Any = None
    while True:
        try:
            step = at_once(advance, answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # same
        try:
            advance, answer = core.send, await step.atake()
        except BaseException as error:  # noqa: BLE001  # same
            advance, answer = core.throw, error


@runs_sync_code
@uninterrupted
def drive_generator(core: Core[Ended], conclude: Callable[[Ended], Any]) -> Generator[Any, Any, Any]:
    """Run the core of a generator function, handing its values on; `conclude` says what comes back, or raises."""
    advance: Any = core.send
    answer: Any = None
    while True:
        try:
            step = advance(answer)
        except StopIteration as end:
            ended = end.value
            break
        try:
            advance = core.send
            if isinstance(step, Emit):
                answer = yield step.value
            else:
                answer = step.take()
        except GeneratorExit:
            advance, answer = core.throw, ConsumerLeft()
        except BaseException as error:  # noqa: BLE001  # same
            advance, answer = core.throw, error
    return conclude(ended)


@uninterrupted
async def adrive_generator(core: Core[Ended], conclude: Callable[[Ended], Any]) -> AsyncGenerator[Any, Any]:
    """Run the core of an async generator function, handing its values on; `conclude` may raise for how it ended."""
    advance: Any = core.send
    answer: Any = None
    while True:
        try:
            step = at_once(advance, answer)
        except StopIteration as end:
            ended = end.value
            break
        try:
            advance = core.send
            if isinstance(step, Emit):
                answer = yield step.value
            else:
                answer = await step.atake()
        except GeneratorExit:
            advance, answer = core.throw, ConsumerLeft()
        except BaseException as error:  # noqa: BLE001  # same
            advance, answer = core.throw, error
    conclude(ended)
