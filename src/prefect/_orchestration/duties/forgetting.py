"""Forgetting old events, some at a time, so that others write between; their space is used for new ones.

The states of runs are not forgotten here: they go with their runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from prefect._store.database import Database
from prefect._store.events import delete_old_events

AT_ONCE = 1_000
"""How many events are removed in one transaction."""


def forget_old_events(db: Database, *, keep: timedelta, now: datetime) -> int:
    """Remove the events that happened longer ago than they are kept; how many."""
    forgotten = 0
    while True:
        with db.write() as conn:
            some = delete_old_events(conn, before=now - keep, limit=AT_ONCE)
        forgotten += some
        if some < AT_ONCE:
            return forgotten
