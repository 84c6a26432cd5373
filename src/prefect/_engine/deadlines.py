"""Ending a call at its deadline.

On the main thread an alarm interrupts the call, even one that blocks in the operating system. Elsewhere nothing can
interrupt a thread, so the call gets a thread of its own that is left behind when its time is up.
"""

from __future__ import annotations

import contextvars
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Deadline(BaseException):
    """A call's time is up. It derives from `BaseException`, so that no `except Exception` swallows it."""


def call_before(seconds: float, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call `fn`; raise `Deadline` when it has not returned in so many seconds."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with alarm(seconds):
            return fn(*args, **kwargs)
    return _call_in_a_thread(seconds, fn, args, kwargs)


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise `Deadline` in the main thread after so many seconds; an outer alarm that rings sooner keeps its turn."""

    def ring(signum: int, frame: FrameType | None) -> None:
        raise Deadline

    outer_left, _ = signal.getitimer(signal.ITIMER_REAL)
    if 0 < outer_left <= seconds:
        yield
        return
    started = time.monotonic()
    outer_ring = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer_ring)
        if outer_left:
            signal.setitimer(signal.ITIMER_REAL, max(outer_left - (time.monotonic() - started), 1e-6))


def _call_in_a_thread(seconds: float, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    answer: Future[Any] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            answer.set_result(context.run(lambda: fn(*args, **kwargs)))
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for the answer
            answer.set_exception(error)

    threading.Thread(target=work, name="prefect-timed-call", daemon=True).start()
    return _answer_before(seconds, answer)


def _answer_before(seconds: float, answer: Future[Any]) -> Any:
    done = threading.Event()
    answer.add_done_callback(lambda _: done.set())
    if not done.wait(seconds):
        raise Deadline
    return answer.result()
