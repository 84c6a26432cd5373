"""SIGTERM while a run is going on: it becomes an exception, so that the run ends in the right state."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from prefect.exceptions import TerminationSignal

_was_terminated = False


def was_terminated() -> bool:
    """Whether SIGTERM has come: an event loop that ends for it cancels its tasks, which does not tell why."""
    return _was_terminated


@contextmanager
def termination_raised() -> Iterator[None]:
    """Raise `TerminationSignal` in the main thread on SIGTERM, unless the program treats the signal itself."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def end_this_process() -> None:
    """Ask this process to end as if SIGTERM had come, where that would end its runs in the right state, and once."""
    if not _was_terminated and signal.getsignal(signal.SIGTERM) is _terminate:
        os.kill(os.getpid(), signal.SIGTERM)


def kill_this_process() -> None:
    """Kill this process and its group, where it leads a session of its own, as the processes of deployed runs do."""
    if sys.platform != "win32" and os.getsid(0) == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)


def _terminate(signum: int, frame: FrameType | None) -> None:
    global _was_terminated
    _was_terminated = True
    raise TerminationSignal(signum)
