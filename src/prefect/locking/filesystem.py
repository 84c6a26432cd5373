"""Locks that the processes of one machine share, or of several on a shared folder: one file a lock.

A lock file names its holder and when its hold runs out. It is looked at and written under a guard (`flock`).
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

POLL_SECONDS = 0.05


class FileSystemLockManager:
    """Locks as files in a folder."""

    def __init__(self, lock_files_directory: Path | str) -> None:
        self.lock_files_directory = Path(lock_files_directory).expanduser().resolve()

    def _file(self, key: str) -> Path:
        return self.lock_files_directory / f"{key.replace('/', '_').replace(os.sep, '_')}.lock"

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Take the lock, waiting for it; False when the time is up. Who holds it already keeps it."""
        self.lock_files_directory.mkdir(parents=True, exist_ok=True)
        deadline = None if acquire_timeout is None else time.monotonic() + acquire_timeout
        while not self._taken(key, holder, hold_timeout):
            if self._owner(key) == holder:
                return True
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _taken(self, key: str, holder: str, hold_timeout: float | None) -> bool:
        """Whether nobody held the lock, so that it is this holder's now."""
        with self._guarded():
            if self._owner(key) is not None:
                return False
            until = None if hold_timeout is None else time.time() + hold_timeout
            draft = self.lock_files_directory / f".{uuid4().hex}"
            draft.write_text(json.dumps({"holder": holder, "until": until}))
            draft.replace(self._file(key))
            return True

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """One process at a time looks and writes; the system gives the guard back when a process dies."""
        with (self.lock_files_directory / ".guard").open("a") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _owner(self, key: str) -> str | None:
        """Who holds the lock; None where nobody does, or the hold has run out."""
        try:
            held = json.loads(self._file(key).read_text())
        except FileNotFoundError:
            return None
        has_run_out = held["until"] is not None and held["until"] <= time.time()
        return None if has_run_out else str(held["holder"])

    def release_lock(self, key: str, holder: str) -> None:
        """Give the lock back. Raises `ValueError` where the holder does not have it."""
        self.lock_files_directory.mkdir(parents=True, exist_ok=True)
        with self._guarded():
            if self._owner(key) != holder:
                raise ValueError(f"No lock held by {holder!r} for the key {key!r}.")
            self._file(key).unlink()

    def is_locked(self, key: str) -> bool:
        return self._owner(key) is not None

    def is_lock_holder(self, key: str, holder: str) -> bool:
        return self._owner(key) == holder

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the lock; False when the time is up."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.is_locked(key):
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """As `acquire_lock`, for async code; no thread waits meanwhile, which the holder may need."""
        deadline = None if acquire_timeout is None else time.monotonic() + acquire_timeout
        while not self.acquire_lock(key, holder, 0, hold_timeout):
            if not await _waited_until(deadline):
                return False
        return True

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.is_locked(key):
            if not await _waited_until(deadline):
                return False
        return True


async def _waited_until(deadline: float | None) -> bool:
    """Let a moment pass; False where the deadline has."""
    import asyncio

    if deadline is not None and time.monotonic() >= deadline:
        return False
    await asyncio.sleep(POLL_SECONDS)
    return True


__all__ = ["FileSystemLockManager"]
