"""A database of so many million events, and how long the questions of a feed take on it.

    python -m benchmarks.many_events PATH [MILLIONS]

What is in it, `event_database.py` says. These are the operations themselves; `python -m benchmarks feed` asks a server.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from benchmarks.event_database import DAYS, fill
from prefect._domain.event_filters import EventFilter, NameFilter, ResourceFilter
from prefect._domain.events import BEGINNING, LAST_ID, Position
from prefect._orchestration import events
from prefect._store.database import Database, open_database

MILLION = 1_000_000


def questions() -> dict[str, Callable[[Database], Any]]:
    """What pages and automations ask."""
    now = datetime.now(timezone.utc)
    month = EventFilter(now - timedelta(days=DAYS + 1), now + timedelta(days=1))
    day, hour = (EventFilter(now - span, now) for span in (timedelta(days=1), timedelta(hours=1)))
    failed = EventFilter(month.since, month.until, name=NameFilter(names=("prefect.task-run.Failed",)))
    one = EventFilter(month.since, month.until, resource=ResourceFilter(ids=("order.4711",)))
    run = "prefect.flow-run.a0000000-0000-7000-8000-000000000100"
    part = EventFilter(month.since, month.until, any_resource=(ResourceFilter(ids=(run,)),))
    hours = [(now - timedelta(minutes=number + 1), now - timedelta(minutes=number)) for number in range(60)]
    days = [(now - timedelta(hours=number + 1), now - timedelta(hours=number)) for number in range(24)]
    return {
        "the latest 50": lambda db: events.find(db, month, limit=50),
        "the next 50": lambda db: events.find(
            db, month, limit=50, after=events.Key(now - timedelta(days=15), LAST_ID), total=1
        ),
        "the latest 50 of a rare name": lambda db: events.find(db, failed, limit=50),
        "the latest 50 of one resource": lambda db: events.find(db, one, limit=50),
        "what has to do with one flow run": lambda db: events.find(db, part, limit=50),
        "an hour by minutes": lambda db: events.count_by_time(db, hour, hours),
        "a day by hours": lambda db: events.count_by_time(db, day, days),
        "a day by name": lambda db: events.count_by_name(db, day),
        "an hour by resource": lambda db: events.count_by_resource(db, hour, limit=100),
        "200 of the feed after a position": lambda db: events.read_feed(db, Position.at_end_of(500), limit=200),
        "200 of the feed from the beginning": lambda db: events.read_feed(db, BEGINNING, limit=200),
    }


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    path, millions = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 10
    is_new = not path.exists()
    with closing(open_database(f"sqlite:///{path}")) as db:
        if is_new:
            with db.read():
                pass  # which makes the tables
            fill(path, int(millions * MILLION))
        for name, ask in questions().items():
            print(f"{name:40} {1000 * best(ask, db):8.1f} ms")
    return 0


def best(ask: Callable[[Database], Any], db: Database, tries: int = 5) -> float:
    """Seconds of the fastest try."""
    taken = []
    for _ in range(tries):
        since = time.perf_counter()
        ask(db)
        taken.append(time.perf_counter() - since)
    return min(taken)


if __name__ == "__main__":
    sys.exit(main())
