"""Handing on, one by one, what a generator flow or task yields."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

from prefect._engine.deadlines import Deadline
from prefect._engine.steps import Advance, Call, ConsumerLeft, Emit, Outcome, Raised, Returned, Step


class TimeLeft:
    """The seconds that a generator's own code may still take; what its consumer does meanwhile does not count."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._used = 0.0
        self._started = 0.0

    def __enter__(self) -> float | None:
        """Raises `Deadline` when none are left."""
        self._started = time.monotonic()
        if self._limit is None:
            return None
        if self._used >= self._limit:
            raise Deadline(self._limit)
        return self._limit - self._used

    def __exit__(self, *_: object) -> None:
        self._used += time.monotonic() - self._started


def iterated(
    generator: Any,
    context: AbstractContextManager[Any],
    within: contextvars.Context,
    time_left: TimeLeft,
    emits: Callable[[Any], bool],
    is_left: Callable[[], None] = lambda: None,
) -> Generator[Step, Any, Outcome]:
    """Hand the values of a generator on, where `emits` says so of a value; its outcome is what the generator returns.

    `is_left` is told where the consumer goes before the end.

    The consumer's code runs outside of the run's `context`, the generator `within` its own; what the consumer sends or
    throws reaches the generator, which is closed when the consumer wants no more.
    """
    what, is_thrown = None, False
    while True:
        outcome = yield from _advanced(generator, within, what, is_thrown, time_left)
        if isinstance(outcome, Raised):
            if isinstance(outcome.error, (StopIteration, StopAsyncIteration)):
                return Returned(getattr(outcome.error, "value", None))
            return outcome
        what, is_thrown = None, False
        if emits(outcome.value):
            try:
                what, is_thrown = yield from _emitted(outcome.value, context)
            except ConsumerLeft:
                is_left()
                return (yield from _closed(generator, within, time_left))


def _advanced(
    generator: Any, within: contextvars.Context, what: Any, is_thrown: bool, time_left: TimeLeft
) -> Generator[Step, Any, Outcome]:
    try:
        with time_left as seconds:
            outcome: Outcome = yield Advance(generator, within, what, is_thrown, seconds)
    except Deadline as late:
        return Raised(late, timed_out=True)
    return outcome


def _closed(generator: Any, within: contextvars.Context, time_left: TimeLeft) -> Generator[Step, Any, Outcome]:
    close = getattr(generator, "aclose", None) or generator.close
    try:
        with time_left as seconds:
            outcome: Outcome = yield Call(close, timeout=seconds, within=within)
    except Deadline as late:
        return Raised(late, timed_out=True)
    return outcome


def _emitted(value: Any, context: AbstractContextManager[Any]) -> Generator[Step, Any, tuple[Any, bool]]:
    """What the consumer answers to a value, and whether it is an exception that it throws."""
    context.__exit__(None, None, None)
    try:
        return (yield Emit(value)), False
    except Exception as thrown:  # noqa: BLE001  # the generator decides what becomes of it
        return thrown, True
    finally:
        context.__enter__()
