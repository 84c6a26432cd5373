"""What a lock manager is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class LockManager(Protocol):
    """Gives locks by key to holders; times are in seconds, None waits or holds for ever."""

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Take the lock, waiting for it; False when the time is up."""

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """As `acquire_lock`, for async code."""

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises `ValueError` where the holder does not have it."""

    def is_locked(self, key: str) -> bool:
        """Whether somebody holds the lock."""

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether this holder has the lock."""

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the lock; False when the time is up."""

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """As `wait_for_lock`, for async code."""


__all__ = ["LockManager"]
