"""A pool of threads in which a task may wait for another one without a deadlock.

A worker that waits for work that has not begun does it itself: its own place in the pool is idle meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

IDLE_SECONDS = 5.0
LATE = 0.002
"""Seconds after which a thread that was called is late: the interpreter, which changes hands every 5 ms, is busy."""
LOOK_EVERY = 0.01
"""Seconds between two looks at whether others still take work."""


class Work:
    """A call that somebody has to make, once."""

    __slots__ = ("_call", "_taken", "future")

    def __init__(self, call: Callable[[], Any]) -> None:
        self.future: Future[Any] = Future()
        self._call: Callable[[], Any] | None = call
        self._taken = threading.Lock()

    def perform(self) -> bool:
        """Make the call, unless somebody has begun it or it was cancelled; whether it was made here."""
        if not self._taken.acquire(blocking=False):
            return False
        call, self._call = self._call, None
        assert call is not None
        self.future.set_running_or_notify_cancel()
        try:
            self.future.set_result(call())
        except BaseException as error:  # noqa: BLE001  # it belongs to whoever waits for the future
            self.future.set_exception(error)
        return True

    def cancel(self) -> bool:
        """See to it that the call is never made, unless somebody has begun it; whether it is cancelled by this."""
        if not self._taken.acquire(blocking=False):
            return False
        self.future.cancel()
        self.future.set_running_or_notify_cancel()
        return True


class ThreadPool:
    """Threads that take work from one queue; `most` None sets no bound.

    As long as work waits, one further thread is on its way to it, within the bound, called by whoever leaves work
    behind: so none that could begin waits for another to end, however long that takes. Where that thread comes late,
    because the interpreter is busy, it lets the others go on as long as they take work themselves: more threads would
    only wait for the interpreter, and each that waits for it slows it down. So it does while `is_held` says that what
    has begun is held up, and what would begin, too.
    """

    def __init__(self, most: int | None, name: str, is_held: Callable[[], bool] = bool) -> None:
        self._most = most
        self._name = name
        self._is_held = is_held
        self._queue: deque[Work] = deque()
        self._taken = 0
        self._change = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._idle: list[threading.Lock] = []
        """The bells of the threads that have nothing to do, the latest last: who is called, has it released."""
        self._called: tuple[float, int] | None = None
        """When a thread was called that is still on its way, and how much work had been taken by then."""
        self._closed = False
        self._works: dict[Future[Any], Work] = {}

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        """Have a call made by some thread."""
        work = Work(call)
        with self._change:
            self._works[work.future] = work
            self._queue.append(work)
            self._call_another()
        return work.future

    def _call_another(self) -> None:
        """Have one more thread come, unless one is on its way or there are as many as may be; with the lock held."""
        if self._called is not None or not self._queue:
            return
        if self._idle:
            self._called = time.monotonic(), self._taken
            self._idle.pop().release()
        elif self._most is None or len(self._threads) < self._most:
            self._called = time.monotonic(), self._taken
            thread = threading.Thread(target=self._work_on, name=self._name, daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work_on(self) -> None:
        bell = threading.Lock()
        bell.acquire()
        self._let_others_go_on()
        try:
            while (work := self._next(bell)) is not None:
                self._perform(work)
                del work  # what it came to is not held while the thread waits for the next
        finally:
            with self._change:
                self._threads.discard(threading.current_thread())
                self._call_another()

    def _next(self, bell: threading.Lock) -> Work | None:
        """The next work, or None where there was none for a while."""
        while True:
            with self._change:
                if self._queue:
                    self._taken += 1
                    work = self._queue.popleft()
                    self._call_another()
                    return work
                if self._closed:
                    return None
                self._idle.append(bell)
            if not self._is_called(bell):
                return None
            self._let_others_go_on()

    def _is_called(self, bell: threading.Lock) -> bool:
        """Wait with nothing to do; whether one was called, and not only waited long enough."""
        if bell.acquire(timeout=IDLE_SECONDS):
            return True
        with self._change:
            if bell not in self._idle:
                return bell.acquire()  # called in this very moment
            self._idle.remove(bell)
            self._threads.discard(threading.current_thread())
            return False

    def _let_others_go_on(self) -> None:
        """As the one that is on its way: come, but wait while the interpreter is busy and others take the work."""
        due, taken = self._called or (0.0, self._taken)
        while self._queue and (self._is_held() or (self._taken != taken and time.monotonic() - due > LATE)):
            due, taken = time.monotonic() + LOOK_EVERY, self._taken
            time.sleep(LOOK_EVERY)
        with self._change:
            self._called = None

    def _perform(self, work: Work) -> None:
        if work.perform():
            self._forget(work)

    def _forget(self, work: Work) -> None:
        with self._change:
            self._works.pop(work.future, None)

    def help_along(self, future: Future[Any]) -> None:
        """Called by who waits for a future: a thread of this pool does the work itself if nobody has begun it."""
        if threading.current_thread() not in self._threads:
            return
        work = self._works.get(future)
        if work is not None:
            self._perform(work)

    def cancel_waiting(self) -> None:
        """Cancel what nobody has begun."""
        with self._change:
            waiting = list(self._works.values())
        for work in waiting:
            if work.cancel():
                self._forget(work)

    def close(self, error: BaseException | None = None) -> None:
        """Let every thread end that has nothing to do, whatever ended the flow."""
        with self._change:
            self._closed = True
            while self._idle:
                self._idle.pop().release()

    def join(self) -> None:
        """Wait until everything has ended, also what is submitted meanwhile."""
        while unfinished := self._unfinished():
            wait(unfinished)

    def _unfinished(self) -> list[Future[Any]]:
        with self._change:
            return [future for future in self._works if not future.done()]
