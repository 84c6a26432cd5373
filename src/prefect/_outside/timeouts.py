"""Blocks of code that may take only so long, for programs that import them from `prefect.utilities.timeout`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prefect._engine.deadlines import Deadline, alarm


def fail_if_not_timeout_error(timeout_exc_type: type[Exception]) -> None:
    """Raise `ValueError` for an exception that is no `TimeoutError`."""
    if not issubclass(timeout_exc_type, TimeoutError):
        raise ValueError(f"timeout_exc_type is a subclass of TimeoutError; it is {timeout_exc_type.__name__}.")


@contextmanager
def timeout(seconds: float | None = None, timeout_exc_type: type[TimeoutError] = TimeoutError) -> Iterator[None]:
    """Raise when the block has taken so many seconds. Works in the main thread, where a signal can end it."""
    fail_if_not_timeout_error(timeout_exc_type)
    if seconds is None:
        yield
        return
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("A block can be timed out in the main thread alone; give the call a timeout of its own.")
    deadline = Deadline(seconds)
    try:
        with alarm(deadline):
            yield
    except Deadline as late:
        if late is not deadline:
            raise
        raise timeout_exc_type(f"Scope timed out after {seconds} second(s).") from None


@contextmanager
def timeout_async(seconds: float | None = None, timeout_exc_type: type[TimeoutError] = TimeoutError) -> Iterator[None]:
    """Raise when the block of async code has taken so many seconds."""
    fail_if_not_timeout_error(timeout_exc_type)
    task, is_late = asyncio.current_task(), False

    def ring() -> None:
        nonlocal is_late
        is_late = task is not None and task.cancel()

    clock = asyncio.get_running_loop().call_later(seconds, ring) if seconds is not None else None
    try:
        yield
    except asyncio.CancelledError:
        if not is_late:
            raise
        if task is not None and hasattr(task, "uncancel"):
            task.uncancel()
        raise timeout_exc_type(f"Scope timed out after {seconds} second(s).") from None
    finally:
        if clock is not None:
            clock.cancel()
