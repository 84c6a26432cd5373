"""Locks within one process."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, ClassVar

from prefect.utilities.asyncutils import in_thread

if TYPE_CHECKING:
    from typing_extensions import Self


class MemoryLockManager:
    """Locks that the threads of one process share; there is one of it."""

    _one: ClassVar[MemoryLockManager | None] = None

    def __new__(cls) -> Self:
        if cls._one is None or not isinstance(cls._one, cls):
            made = super().__new__(cls)
            made._holders = {}
            made._change = threading.Condition()
            cls._one = made
        return cls._one

    _holders: dict[str, tuple[str, float | None]]
    _change: threading.Condition

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Take the lock, waiting for it; False when the time is up. Who holds it already keeps it."""
        deadline = None if acquire_timeout is None else time.monotonic() + acquire_timeout
        with self._change:
            while (owner := self._owner(key)) is not None and owner != holder:
                if not self._wait(key, deadline):
                    return False
            if self._owner(key) != holder:
                self._holders[key] = (holder, None if hold_timeout is None else time.monotonic() + hold_timeout)
            return True

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises `ValueError` where the holder does not have it."""
        with self._change:
            if self._owner(key) != holder:
                raise ValueError(f"No lock held by {holder!r} for the key {key!r}.")
            del self._holders[key]
            self._change.notify_all()

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
        ends = [end for end in (deadline, self._holders[key][1]) if end is not None]
        self._change.wait(min(ends) - time.monotonic() if ends else None)
        return deadline is None or time.monotonic() < deadline

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        return await in_thread(self.acquire_lock, key, holder, acquire_timeout, hold_timeout)

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        return await in_thread(self.wait_for_lock, key, timeout)


__all__ = ["MemoryLockManager"]
