"""A pool of threads in which a task may wait for another one without a deadlock.

A worker that waits for work that has not begun does it itself: its own place in the pool is idle meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from typing import Any

IDLE_SECONDS = 5.0


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

    There are as many threads as there is unfinished work, within the bound: so none that could begin waits for a
    thread, however long the others take.
    """

    def __init__(self, most: int | None, name: str) -> None:
        self._most = most
        self._name = name
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._change = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._works: dict[Future[Any], Work] = {}

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        """Have a call made by some thread."""
        work = Work(call)
        with self._change:
            self._works[work.future] = work
            self._queue.put(work)
            if len(self._works) > len(self._threads) and (self._most is None or len(self._threads) < self._most):
                self._add_thread()
        return work.future

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._work_on, name=self._name, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work_on(self) -> None:
        try:
            while (work := self._next()) is not None:
                self._perform(work)
                del work  # what it came to is not held while the thread waits for the next
        finally:
            with self._change:
                self._threads.discard(threading.current_thread())

    def _next(self) -> Work | None:
        """The next work, or None where there was none for a while: the thread counts no more then."""
        while True:
            try:
                return self._queue.get(timeout=IDLE_SECONDS)
            except Empty:
                with self._change:
                    if self._queue.empty():
                        self._threads.discard(threading.current_thread())
                        return None

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
            for _ in self._threads:
                self._queue.put(None)

    def join(self) -> None:
        """Wait until everything has ended, also what is submitted meanwhile."""
        while unfinished := self._unfinished():
            wait(unfinished)

    def _unfinished(self) -> list[Future[Any]]:
        with self._change:
            return [future for future in self._works if not future.done()]
