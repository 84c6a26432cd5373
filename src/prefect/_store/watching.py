"""Waiting until somebody has committed something, in whatever thread, process or host.

SQLite counts the commits of others for each connection (`PRAGMA data_version`), so a watch looks at that count often,
and at once after a commit of its own process. PostgreSQL tells: statements that make or move flow runs, and those that
say what is to run, call `announce`.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

from prefect._store.connection import Connection, PostgresConnection, SqliteConnection
from prefect._store.database import Database

CHANNEL = "prefect_changes"
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.1
"""Seconds between two looks at SQLite's count: short after a commit, then growing. A look costs less than the waking
up for it, and the longest pause keeps both at 0.1 % of a core."""
CALMER_EVERY = 50
"""The part of the time without a commit that the next pause is."""


def announce(conn: Connection) -> None:
    """Wake the watches of this database when the transaction commits; on SQLite they see every commit."""
    if conn.dialect == "postgresql":
        conn.execute("SELECT pg_notify(?, '')", (CHANNEL,))


class Watch:
    """Sees commits from the moment in which it is made; for one thread at a time."""

    def __init__(self, db: Database, *, longest_pause: float = LONGEST_PAUSE) -> None:
        self._db = db
        self.longest_pause = longest_pause
        self._ears: Ears | None = _ears(db)

    def wait(self, timeout_seconds: float) -> bool:
        """Return as soon as there has been a commit since the last call; whether there was one in time.

        After an error of the database the next call connects anew, and says that there was a commit.
        """
        if self._ears is None:
            self._ears = _ears(self._db)
            return True
        try:
            return self._ears.wait(timeout_seconds, self.longest_pause)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection that the watch has of its own."""
        if self._ears is not None:
            self._ears.close()
            self._ears = None


class Ears(Protocol):
    """What hears of commits on one kind of database."""

    def wait(self, timeout_seconds: float, longest_pause: float) -> bool: ...
    def close(self) -> None: ...


def _ears(db: Database) -> Ears:
    conn = db.connect()
    return Counted(conn, db.commits_here()) if isinstance(conn, SqliteConnection) else Told(conn)


class Counted:
    """Looks at the count that SQLite keeps for a connection."""

    def __init__(self, conn: SqliteConnection, commits_here: threading.Event) -> None:
        self._conn = conn
        self._commits_here = commits_here
        self._seen = self._count()
        self._seen_at = time.monotonic()

    def wait(self, timeout_seconds: float, longest_pause: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        time.sleep(max(min(self._seen_at + SHORTEST_PAUSE, deadline) - time.monotonic(), 0.0))
        while True:
            self._commits_here.clear()
            count, now = self._count(), time.monotonic()
            if count != self._seen:
                self._seen, self._seen_at = count, now
                return True
            if now >= deadline:
                return False
            self._commits_here.wait(min(self._pause(now), longest_pause, deadline - now))

    def _pause(self, now: float) -> float:
        return max((now - self._seen_at) / CALMER_EVERY, SHORTEST_PAUSE)

    def _count(self) -> int:
        return int(self._conn.execute("PRAGMA data_version")[0][0])

    def close(self) -> None:
        self._conn.close()


class Told:
    """Listens to what PostgreSQL tells."""

    def __init__(self, conn: PostgresConnection) -> None:
        self._conn = conn
        conn.execute(f"LISTEN {CHANNEL}")

    def wait(self, timeout_seconds: float, longest_pause: float) -> bool:
        heard = list(self._conn.raw.notifies(timeout=max(timeout_seconds, 0), stop_after=1))
        return bool(heard)

    def close(self) -> None:
        self._conn.close()
