"""Requests that wait for something to come are woken when the database changes; nobody polls."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from prefect._store.database import Database
from prefect._store.watching import LONGEST_PAUSE, SHORTEST_PAUSE, Watch

LOOK = 0.5
"""Seconds after which the watching thread looks whether it is to end."""
logger = logging.getLogger("prefect.server")


class Change:
    """What one request waits for, as soon as may be where it is `soon`."""

    def __init__(self, *, soon: bool = False) -> None:
        self.soon = soon
        self._loop = asyncio.get_running_loop()
        self._happened = asyncio.Event()

    def happened(self) -> None:
        """Wake the one who waits; called from the watching thread."""
        self._loop.call_soon_threadsafe(self._happened.set)

    async def wait(self, seconds: float) -> None:
        """Return when something has changed since the beginning, or the time is over."""
        try:
            await asyncio.wait_for(self._happened.wait(), seconds)
        except asyncio.TimeoutError:
            return


class Changes:
    """Tells those who wait that the database has changed. Nothing is watched while nobody waits."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: set[Change] = set()
        self._somebody = threading.Condition()
        self._closed = False

    @contextmanager
    def noticed(self, *, soon: bool = False) -> Iterator[Change]:
        """A change that is noticed from now on."""
        change = Change(soon=soon)
        with self._somebody:
            self._waiting.add(change)
            self._somebody.notify()
        try:
            yield change
        finally:
            with self._somebody:
                self._waiting.discard(change)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the database inside the block."""
        watcher = threading.Thread(target=self._watch, name="prefect-changes", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            with self._somebody:
                self._closed = True
                self._somebody.notify()
            watcher.join()

    def _watch(self) -> None:
        with closing(Watch(self._db)) as watch:
            while self._somebody_waits():
                watch.longest_pause = SHORTEST_PAUSE if self._is_soon() else LONGEST_PAUSE
                if self._has_changed(watch):
                    with self._somebody:
                        for change in self._waiting:
                            change.happened()

    def _is_soon(self) -> bool:
        with self._somebody:
            return any(change.soon for change in self._waiting)

    def _has_changed(self, watch: Watch) -> bool:
        try:
            return watch.wait(LOOK)
        except Exception as error:  # noqa: BLE001  # the database may answer the next time
            logger.warning("The database cannot be watched: %s: %s", type(error).__name__, error)
            time.sleep(LOOK)
            return False

    def _somebody_waits(self) -> bool:
        with self._somebody:
            while not self._waiting and not self._closed:
                self._somebody.wait()
            return not self._closed
