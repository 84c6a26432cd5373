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

from prefect._interrupting import may_interrupt

RING_AGAIN = 0.005
"""Seconds after which an alarm rings again that rang where the program may not be interrupted."""


class Deadline(BaseException):
    """A call's time is up. It derives from `BaseException`, so that no `except Exception` swallows it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The {seconds} s of a call were over.")
        self.seconds = seconds


def call_before(deadline: Deadline, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call `fn`; raise the deadline when it has not returned in time."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with alarm(deadline):
            return fn(*args, **kwargs)
    return _call_in_a_thread(deadline, fn, args, kwargs)


@contextmanager
def alarm(deadline: Deadline) -> Iterator[None]:
    """Raise a deadline in the main thread when its time is over; an outer one that comes sooner keeps its turn."""

    def ring(signum: int, frame: FrameType | None) -> None:
        if may_interrupt(frame):
            raise deadline
        signal.setitimer(signal.ITIMER_REAL, RING_AGAIN)

    seconds = deadline.seconds
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


def _call_in_a_thread(
    deadline: Deadline, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    answer: Future[Any] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            answer.set_result(context.run(lambda: fn(*args, **kwargs)))
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for the answer
            answer.set_exception(error)

    threading.Thread(target=work, name="prefect-timed-call", daemon=True).start()
    return _answer_before(deadline, answer)


def _answer_before(deadline: Deadline, answer: Future[Any]) -> Any:
    done = threading.Event()
    answer.add_done_callback(lambda _: done.set())
    if not done.wait(deadline.seconds):
        raise deadline
    return answer.result()
