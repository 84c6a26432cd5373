"""Somebody who follows the feed of events all the time, as automations do, and remembers what came."""

from __future__ import annotations

import threading

from prefect._domain.events import Position
from prefect._orchestration.events import read_feed
from prefect._store.database import Database

AT_ONCE = 200
LOOK_EVERY = 0.05
"""Seconds between two looks for new events."""
FIRST = Position.at_end_of(-(2**62))
"""Before all events."""


class Follower:
    """Reads the feed in a thread; whatever goes wrong, it goes on where it was."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._place = FIRST
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.given: list[str] = []
        """The ids of the events that came, in their order."""

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Read what is left and follow no more."""
        self._is_over.set()
        self._thread.join()
        while self._read():
            pass

    def _follow(self) -> None:
        while not self._is_over.wait(LOOK_EVERY):
            try:
                while self._read():
                    pass
            except Exception:  # noqa: BLE001  # the database is tortured, too
                continue

    def _read(self) -> bool:
        """Read a page; whether there was anything."""
        page = read_feed(self._db, self._place, limit=AT_ONCE)
        for place, event in page:
            self._place = place
            self.given.append(str(event.id))
        return bool(page)
