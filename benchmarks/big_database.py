"""A database as it looks after a busy year: 200 000 flow runs and 2 000 000 task runs of 50 flows.

    python -m benchmarks.big_database PATH [FLOW_RUNS]

Rows are made inside SQLite by counting, so that it takes a minute and not an hour. Runs are spread over the 90 days
before now, most of them completed; the last two hundred are scheduled.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from prefect._store.database import Connection, open_database

FLOW_RUNS = 200_000
TASKS_EACH = 10
FLOWS = 50
DAYS = 90

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})"
ID = "printf('{kind}0000000-0000-7000-8000-%012x', {number})"
MOMENT = (
    "strftime('%Y-%m-%dT%H:%M:%f000+00:00', julianday('now') - {days} * (1.0 - ({number} + 0.0) / {count}) + {plus})"
)
STATES = """CASE WHEN {number} >= {count} - 200 THEN '{scheduled}' WHEN {number} % 20 = 1 THEN '{failed}'
WHEN {number} % 50 = 2 THEN '{crashed}' WHEN {number} % 50 = 3 THEN '{cancelled}' ELSE '{completed}' END"""


def fill(conn: Connection, flow_runs: int) -> None:
    """Put the rows in; call it in a write transaction."""
    flows(conn)
    runs(conn, flow_runs)
    states(conn, flow_runs)
    task_runs(conn, flow_runs)


def flows(conn: Connection) -> None:
    conn.execute(
        f"{NUMBERS.format(count=FLOWS)} INSERT INTO flow (id, created, updated, name, tags, labels) "
        f"SELECT {identity('f', 'i')}, {now()}, {now()}, 'flow-' || i, '[]', '{{}}' FROM n"
    )


def runs(conn: Connection, count: int) -> None:
    type, name = state("i", count, upper=True), state("i", count, upper=False)
    due = f"CASE WHEN i >= {count} - 200 THEN {moment('i', count, 1)} END"
    conn.execute(
        f"{NUMBERS.format(count=count)} INSERT INTO flow_run (id, created, updated, flow_id, name, parameters, tags, "
        "labels, context, empirical_policy, auto_scheduled, job_variables, state_id, state_type, state_name, "
        "state_timestamp, state_details, run_count, expected_start_time, next_scheduled_start_time, start_time, "
        "end_time, total_run_time) "
        f"SELECT {identity('a', 'i')}, {moment('i', count)}, {moment('i', count)}, {identity('f', f'i % {FLOWS}')}, "
        f"'run-' || i, '{{\"day\": ' || i || '}}', CASE i % 3 WHEN 0 THEN '[\"etl\"]' ELSE '[]' END, '{{}}', '{{}}', "
        f"'{{}}', i % 2, '{{}}', {identity('b', 'i')}, {type}, {name}, {moment('i', count, 0.001)}, '{{}}', 1, "
        f"{moment('i', count)}, {due}, {moment('i', count)}, {moment('i', count, 0.001)}, i % 300 FROM n"
    )


def states(conn: Connection, count: int) -> None:
    conn.execute(
        f"{NUMBERS.format(count=count)} INSERT INTO flow_run_state (id, flow_run_id, type, name, timestamp, "
        "state_details) "
        f"SELECT {identity('b', 'i')}, {identity('a', 'i')}, {state('i', count, upper=True)}, "
        f"{state('i', count, upper=False)}, {moment('i', count, 0.001)}, '{{}}' FROM n"
    )


def task_runs(conn: Connection, flow_runs: int) -> None:
    count = flow_runs * TASKS_EACH
    conn.execute(
        f"{NUMBERS.format(count=count)} INSERT INTO task_run (id, created, updated, flow_run_id, name, task_key, "
        "dynamic_key, tags, labels, empirical_policy, task_inputs, flow_run_run_count, state_id, state_type, "
        "state_name, state_timestamp, state_details, run_count, expected_start_time, start_time, end_time, "
        "total_run_time) "
        f"SELECT {identity('c', 'i')}, {moment('i', count)}, {moment('i', count)}, "
        f"{identity('a', f'i / {TASKS_EACH}')}, 'task-' || i, 'task-' || (i % {TASKS_EACH}), i, '[]', '{{}}', '{{}}', "
        f"'{{}}', 1, {identity('d', 'i')}, {state('i', count, upper=True)}, {state('i', count, upper=False)}, "
        f"{moment('i', count)}, '{{}}', 1, {moment('i', count)}, {moment('i', count)}, {moment('i', count, 0.0001)}, "
        "i % 60 FROM n"
    )


def identity(kind: str, number: str) -> str:
    return ID.format(kind=kind, number=number)


def now() -> str:
    return "strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now')"


def moment(number: str, count: int, plus: float = 0.0) -> str:
    """The moment of a run, in days after the first of them, and some days later."""
    return MOMENT.format(days=DAYS, number=number, count=count, plus=plus)


def state(number: str, count: int, *, upper: bool) -> str:
    """The type, or the name, of the state of a run."""
    names = {name: name.upper() if upper else name.capitalize() for name in STATE_NAMES}
    return STATES.format(number=number, count=count, **names)


STATE_NAMES = ("scheduled", "failed", "crashed", "cancelled", "completed")


def main() -> None:
    path, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else FLOW_RUNS
    began = time.perf_counter()
    db = open_database(f"sqlite:///{path.resolve()}")
    with db.write() as conn:
        fill(conn, count)
    db.close()
    print(f"{count} flow runs and {count * TASKS_EACH} task runs in {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
