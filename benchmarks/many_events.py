"""A database of so many million events, and how long the questions of a feed take on it.

    python -m benchmarks.many_events PATH [MILLIONS]

Nine in ten events are the states of task runs, the others those of programs. They are spread over the 30 days before
now; one task run in a thousand failed. Rows are made inside SQLite by counting.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from prefect._domain.event_filters import EventFilter, NameFilter, ResourceFilter
from prefect._domain.events import BEGINNING, LAST_ID, Position
from prefect._orchestration import events
from prefect._store.database import Database, open_database

DAYS = 30
MILLION = 1_000_000
MOMENT = "strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', '-{days} days', '+' || ({seconds}) || ' seconds')"
IDENTITY = "printf('{kind}-0000-7000-8000-%012x', {number})"
COUNTED = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})"
STATES = ("Pending", "Running", "Completed")


def fill(db: Database, millions: float) -> None:
    """Put so many million events into a database."""
    runs = int(millions * MILLION * 0.3)
    others = int(millions * MILLION) - len(STATES) * runs
    with db.write() as conn:
        for statement in statements(runs, others):
            conn.execute(statement)


def statements(runs: int, others: int) -> Iterator[str]:
    """The rows of task runs with three states each, and of other events."""
    flow, run = IDENTITY.format(kind="f0000000", number="0"), IDENTITY.format(kind="a0000000", number="i")
    of_flow = "id, created, updated, name, tags, labels"
    yield f"INSERT INTO flow ({of_flow}) SELECT {flow}, datetime(), datetime(), 'f', '[]', '{{}}'"
    of_run = ("flow_id", "name", "parameters", "tags", "labels", "context", "empirical_policy", "auto_scheduled")
    yield (
        f"{COUNTED.format(count=runs // 100 + 1)} INSERT INTO flow_run (id, created, updated, {', '.join(of_run)}, "
        f"job_variables, run_count, total_run_time) SELECT {run}, datetime(), datetime(), {flow}, 'r-' || i, '{{}}', "
        "'[]', '{}', '{}', '{}', 0, '{}', 1, 0 FROM n"
    )
    task, of_flow_run = (
        IDENTITY.format(kind=kind, number=number) for kind, number in (("b0000000", "i"), ("a0000000", "i / 100"))
    )
    yield (
        f"{COUNTED.format(count=runs)} INSERT INTO task_run (id, created, updated, flow_run_id, name, task_key, "
        "dynamic_key, tags, labels, empirical_policy, task_inputs, flow_run_run_count, run_count, total_run_time) "
        f"SELECT {task}, datetime(), datetime(), {of_flow_run}, 't-' || i, 't', i, '[]', '{{}}', '{{}}', '{{}}', 1, 1, "
        "0 FROM n"
    )
    step = DAYS * 86_400 / max(runs, 1)
    for number, name in enumerate(STATES):
        moment = MOMENT.format(days=DAYS, seconds=f"(i + {number / 10}) * {step}")
        said = "CASE WHEN i % 1000 = 7 THEN 'Failed' ELSE 'Completed' END" if name == "Completed" else f"'{name}'"
        id = IDENTITY.format(kind=f"c000000{number}", number="i")
        yield (
            f"{COUNTED.format(count=runs)} INSERT INTO task_run_state (task_run_id, timestamp, id, type, name, "
            f"state_details, turn) SELECT {task}, {moment}, {id}, UPPER({said}), {said}, '{{}}', 1 + i / 500 FROM n"
        )
    moment = MOMENT.format(days=DAYS, seconds=f"i * {DAYS * 86_400 / max(others, 1)}")
    id = IDENTITY.format(kind="e0000000", number="i")
    resource = "'order.' || (i % 10000)"
    yield (
        f"{COUNTED.format(count=others)} INSERT INTO events (turn, occurred, id, event, resource_id, resource, "
        f"related, payload, received) SELECT 1 + i / 50, {moment}, {id}, 'order.kind-' || (i % 20), {resource}, "
        f"'{{\"prefect.resource.id\":\"order.' || (i % 10000) || '\"}}', '[]', '{{}}', {moment} FROM n"
    )
    yield (
        f"{COUNTED.format(count=others)} INSERT INTO event_resources (event_id, resource_id, resource_role, occurred) "
        f"SELECT {id}, {resource}, '', {moment} FROM n"
    )
    yield f"UPDATE turn SET value = {runs // 500 + others // 50 + 2}"


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
            fill(db, millions)
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
