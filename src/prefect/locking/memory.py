"""Locks within one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import asyncio

    from typing_extensions import Self


class MemoryLockManager:
    """Locks that the threads of one process share; there is one of it."""

    _one: ClassVar[MemoryLockManager | None] = None

    def __new__(cls) -> Self:
        if cls._one is None or not isinstance(cls._one, cls):
            made = super().__new__(cls)
            made._holders = {}
            made._change = threading.Condition()
            made._awaiting = set()
            cls._one = made
        return cls._one

    _holders: dict[str, tuple[str, float | None]]
    _change: threading.Condition
    _awaiting: set[asyncio.Future[None]]
    """What async code awaits, each a future of its own loop; no thread waits for them, which a holder may need."""

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Take the lock, waiting for it; False when the time is up. Who holds it already keeps it."""
        deadline = None if acquire_timeout is None else time.monotonic() + acquire_timeout
        with self._change:
            while not self._taken(key, holder, hold_timeout):
                if not self._wait(key, deadline):
                    return False
            return True

    def _taken(self, key: str, holder: str, hold_timeout: float | None) -> bool:
        """Whether the holder has the lock, because nobody had it, or because it was its own already."""
        owner = self._owner(key)
        if owner is None:
            self._holders[key] = (holder, None if hold_timeout is None else time.monotonic() + hold_timeout)
        return owner in (None, holder)

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises `ValueError` where the holder does not have it."""
        with self._change:
            if self._owner(key) != holder:
                raise ValueError(f"No lock held by {holder!r} for the key {key!r}.")
            del self._holders[key]
            self._change.notify_all()
            for awaiting in self._awaiting:
                _wake(awaiting)

    def is_locked(self, key: str) -> bool:
        with self._change:
            return self._owner(key) is not None

    def is_lock_holder(self, key: str, holder: str) -> bool:
        with self._change:
            return self._owner(key) == holder

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the lock; False when the time is up."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._change:
            while self._owner(key) is not None:
                if not self._wait(key, deadline):
                    return False
            return True

    def _owner(self, key: str) -> str | None:
        holder, until = self._holders.get(key, (None, None))
        if holder is not None and until is not None and until <= time.monotonic():
            del self._holders[key]
            return None
        return holder

    def _wait(self, key: str, deadline: float | None) -> bool:
        """Wait for a change, or for the hold to run out; False when the deadline has passed."""
        self._change.wait(self._longest_wait(key, deadline))
        return deadline is None or time.monotonic() < deadline

    def _longest_wait(self, key: str, deadline: float | None) -> float | None:
        ends = [end for end in (deadline, self._holders[key][1]) if end is not None]
        return max(min(ends) - time.monotonic(), 0) if ends else None

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """As `acquire_lock`, for async code."""
        return await self._awaited(key, lambda: self._taken(key, holder, hold_timeout), acquire_timeout)

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """As `wait_for_lock`, for async code."""
        return await self._awaited(key, lambda: self._owner(key) is None, timeout)

    async def _awaited(self, key: str, succeeds: Callable[[], bool], timeout: float | None) -> bool:
        """Try again with each change until it succeeds; False when the time is up."""
        import asyncio

        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._change:
                if succeeds():
                    return True
                if deadline is not None and time.monotonic() >= deadline:
                    return False
                change, longest = asyncio.get_running_loop().create_future(), self._longest_wait(key, deadline)
                self._awaiting.add(change)
            try:
                await asyncio.wait([change], timeout=longest)
            finally:
                with self._change:
                    self._awaiting.discard(change)


def _wake(awaiting: asyncio.Future[None]) -> None:
    """Tell a future of whatever loop that something has changed, unless its loop is over."""
    with suppress(RuntimeError):
        awaiting.get_loop().call_soon_threadsafe(_resolve, awaiting)


def _resolve(awaiting: asyncio.Future[None]) -> None:
    if not awaiting.done():
        awaiting.set_result(None)


__all__ = ["MemoryLockManager"]
