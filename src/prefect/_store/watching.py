"""Waiting until somebody has committed something, in whatever thread, process or host.

SQLite counts the commits of others for each connection (`PRAGMA data_version`), so a watch looks at that count often.
PostgreSQL tells: statements that make or move flow runs, and those that say what is to run, call `announce`.
"""

from __future__ import annotations

import time
from typing import Protocol

from prefect._store.database import Connection, Database, PostgresConnection, SqliteConnection

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
        self._longest_pause = longest_pause
        self._ears: Ears | None = _ears(db, longest_pause)

    def wait(self, timeout_seconds: float) -> bool:
        """Return as soon as there has been a commit since the last call; whether there was one in time.

        After an error of the database the next call connects anew, and says that there was a commit.
        """
        if self._ears is None:
            self._ears = _ears(self._db, self._longest_pause)
            return True
        try:
            return self._ears.wait(timeout_seconds)
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

    def wait(self, timeout_seconds: float) -> bool: ...
    def close(self) -> None: ...


def _ears(db: Database, longest_pause: float) -> Ears:
    conn = db.connect()
    return Counted(conn, longest_pause) if isinstance(conn, SqliteConnection) else Told(conn)


class Counted:
    """Looks at the count that SQLite keeps for a connection."""

    def __init__(self, conn: SqliteConnection, longest_pause: float) -> None:
        self._conn = conn
        self._longest_pause = longest_pause
        self._seen = self._count()
        self._seen_at = time.monotonic()

    def wait(self, timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while (count := self._count()) == self._seen:
            now = time.monotonic()
            if now >= deadline:
                return False
            time.sleep(min(self._pause(now), deadline - now))
        self._seen, self._seen_at = count, time.monotonic()
        return True

    def _pause(self, now: float) -> float:
        return min(max((now - self._seen_at) / CALMER_EVERY, SHORTEST_PAUSE), self._longest_pause)

    def _count(self) -> int:
        return int(self._conn.execute("PRAGMA data_version")[0][0])

    def close(self) -> None:
        self._conn.close()


class Told:
    """Listens to what PostgreSQL tells."""

    def __init__(self, conn: PostgresConnection) -> None:
        self._conn = conn
        conn.execute(f"LISTEN {CHANNEL}")

    def wait(self, timeout_seconds: float) -> bool:
        heard = list(self._conn.raw.notifies(timeout=max(timeout_seconds, 0), stop_after=1))
        return bool(heard)

    def close(self) -> None:
        self._conn.close()
