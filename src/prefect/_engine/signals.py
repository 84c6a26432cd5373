"""SIGTERM while a run is going on: it becomes an exception, so that the run ends in the right state.

It is raised where the program may be interrupted (`_interrupting.py`). Elsewhere it is sent again soon; what is left of
it when the run has ended is raised then.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType

from prefect._interrupting import may_interrupt, uninterrupted
from prefect.exceptions import TerminationSignal

AGAIN_AFTER = 0.005
"""Seconds after which a signal that came at the wrong time is sent again."""

_was_terminated = False


def was_terminated() -> bool:
    """Whether SIGTERM has come: an event loop that ends for it cancels its tasks, which does not tell why."""
    return _was_terminated


def terminates_runs() -> bool:
    """Whether SIGTERM would raise `TerminationSignal` now."""
    return signal.getsignal(signal.SIGTERM) is _terminate


class TerminationRaised:
    """Inside the block SIGTERM raises `TerminationSignal` in the main thread, unless the program treats it itself.

    One block at a time takes the signal over; others inside it or beside it share what it does.
    """

    _sharing = 0
    _postponed = False
    _sending = threading.Lock()

    def __enter__(self) -> None:
        global _was_terminated
        self._shares = threading.current_thread() is threading.main_thread() and self._can_be_shared()
        if not self._shares:
            return
        TerminationRaised._sharing += 1
        if TerminationRaised._sharing == 1:
            _was_terminated = TerminationRaised._postponed = False
            signal.signal(signal.SIGTERM, _terminate)

    def _can_be_shared(self) -> bool:
        return self._sharing > 0 or signal.getsignal(signal.SIGTERM) == signal.SIG_DFL

    @uninterrupted
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._shares:
            return
        TerminationRaised._sharing -= 1
        if TerminationRaised._sharing > 0:
            return
        with self._sending:
            if signal.getsignal(signal.SIGTERM) is _terminate:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
            is_left = TerminationRaised._postponed
            TerminationRaised._postponed = False
        if is_left and error is None:
            raise TerminationSignal(signal.SIGTERM)


class Forking:
    """What happens to SIGTERM in a fork: the runs stay with the parent, and the child ends for it as Python would.

    It is held back until the child treats it so: Python forgets what a child gets in its first moment.
    """

    _held = threading.local()

    def begin(self) -> None:
        self._held.mask = None
        if TerminationRaised._sharing:
            self._held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def end(self) -> None:
        if self._held.mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._held.mask)

    def end_in_child(self) -> None:
        TerminationRaised._sharing, TerminationRaised._postponed = 0, False
        TerminationRaised._sending = threading.Lock()
        if signal.getsignal(signal.SIGTERM) is _terminate:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.end()


if sys.platform != "win32":
    _forking = Forking()
    os.register_at_fork(before=_forking.begin, after_in_parent=_forking.end, after_in_child=_forking.end_in_child)


def end_this_process() -> None:
    """Ask this process to end as if SIGTERM had come, where that would end its runs in the right state, and once."""
    if not _was_terminated and terminates_runs():
        os.kill(os.getpid(), signal.SIGTERM)


def kill_this_process() -> None:
    """Kill this process and its group, where it leads a session of its own, as the processes of deployed runs do."""
    if sys.platform != "win32" and os.getsid(0) == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)


def _terminate(signum: int, frame: FrameType | None) -> None:
    global _was_terminated
    _was_terminated = True
    if may_interrupt(frame):
        TerminationRaised._postponed = False
        raise TerminationSignal(signum)
    if not TerminationRaised._postponed:
        TerminationRaised._postponed = True
        _thread.start_new_thread(_send_again, ())  # it takes no lock that the interrupted code may hold


def _send_again() -> None:
    """Send the signal again and again until it was raised, or the run has ended."""
    while TerminationRaised._postponed:
        time.sleep(AGAIN_AFTER)
        with TerminationRaised._sending:
            if TerminationRaised._postponed:
                os.kill(os.getpid(), signal.SIGTERM)
