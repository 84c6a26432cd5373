"""A database with so many events, for either side.

    python -m benchmarks.event_database PATH [EVENTS]

The file must have its side's tables already (start its server once). Nine in ten events are the states of task runs,
which are rows of their own in one database and events in the other; the others are those of programs. They are spread
over the 30 days before now; one task run in a thousand failed. Rows are made inside SQLite by counting.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

EVENTS = 10_000_000
DAYS = 30
OURS, THEIRS = "%Y-%m-%dT%H:%M:%f000+00:00", "%Y-%m-%d %H:%M:%f000"
"""How each side writes a moment."""
COUNTED = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})"
STATES = ("Pending", "Running", "Completed")
OF_AN_ORDER = "'order.' || (i % 10000)"
KIND = "'order.kind-' || (i % 20)"


def fill(path: Path, events: int = EVENTS) -> None:
    """Put so many events into a database."""
    runs = int(events * 0.3)
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA foreign_keys = OFF")
    is_ours = bool(conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchall())
    for statement in (our_rows if is_ours else their_rows)(runs, events - len(STATES) * runs):
        conn.execute(statement)
    conn.commit()
    conn.close()


def our_rows(runs: int, others: int) -> Iterator[str]:
    """Task runs with three states each, and other events."""
    flow, run = identity("f0000000", "0"), identity("a0000000", "i")
    of_flow = "id, created, updated, name, tags, labels"
    yield f"INSERT INTO flow ({of_flow}) SELECT {flow}, datetime(), datetime(), 'f', '[]', '{{}}'"
    of_run = ("flow_id", "name", "parameters", "tags", "labels", "context", "empirical_policy", "auto_scheduled")
    yield (
        f"{COUNTED.format(count=runs // 100 + 1)} INSERT INTO flow_run (id, created, updated, {', '.join(of_run)}, "
        f"job_variables, run_count, total_run_time) SELECT {run}, datetime(), datetime(), {flow}, 'r-' || i, '{{}}', "
        "'[]', '{}', '{}', '{}', 0, '{}', 1, 0 FROM n"
    )
    yield (
        f"{COUNTED.format(count=runs)} INSERT INTO task_run (id, created, updated, flow_run_id, name, task_key, "
        "dynamic_key, tags, labels, empirical_policy, task_inputs, flow_run_run_count, run_count, total_run_time) "
        f"SELECT {task_run()}, datetime(), datetime(), {flow_run()}, 't-' || i, 't', i, '[]', '{{}}', '{{}}', '{{}}', "
        "1, 1, 0 FROM n"
    )
    for number, name in enumerate(STATES):
        said = state(name)
        yield (
            f"{COUNTED.format(count=runs)} INSERT INTO task_run_state (task_run_id, timestamp, id, type, name, "
            f"state_details, turn) SELECT {task_run()}, {moment(OURS, runs, number / 10)}, "
            f"{identity(f'c000000{number}', 'i')}, UPPER({said}), {said}, '{{}}', 1 + i / 500 FROM n"
        )
    at, id = moment(OURS, others), identity("e0000000", "i")
    yield (
        f"{COUNTED.format(count=others)} INSERT INTO events (turn, occurred, id, event, resource_id, resource, "
        f"related, payload, received) SELECT 1 + i / 50, {at}, {id}, {KIND}, {OF_AN_ORDER}, {labels(OF_AN_ORDER)}, "
        f"'[]', '{{}}', {at} FROM n"
    )
    yield (
        f"{COUNTED.format(count=others)} INSERT INTO event_resources (event_id, resource_id, resource_role, occurred) "
        f"SELECT {id}, {OF_AN_ORDER}, '', {at} FROM n"
    )
    yield f"UPDATE turn SET value = {runs // 500 + others // 50 + 2}"


def their_rows(runs: int, others: int) -> Iterator[str]:
    """The same events, as upstream holds them: those of the states, too, with a row for each resource."""
    run, flow = f"'prefect.flow-run.' || {flow_run()}", f"'prefect.flow.' || {identity('f0000000', '0')}"
    task = f"'prefect.task-run.' || {task_run()}"
    around = f"'[' || {labels(run, 'flow-run')} || ',' || {labels(flow, 'flow')} || ']'"
    for number, name in enumerate(STATES):
        at, id = moment(THEIRS, runs, number / 10), identity(f"c000000{number}", "i")
        ids = f"'[\"' || {run} || '\",\"' || {flow} || '\"]'"
        yield their_events(runs, id, at, f"'prefect.task-run.' || {state(name)}", task, ids, around)
        for resource, role in ((task, ""), (run, "flow-run"), (flow, "flow")):
            yield their_resources(runs, id, at, resource, role)
    at, id = moment(THEIRS, others), identity("e0000000", "i")
    yield their_events(others, id, at, KIND, OF_AN_ORDER, "'[]'", "'[]'")
    yield their_resources(others, id, at, OF_AN_ORDER, "")


def their_events(count: int, id: str, at: str, name: str, resource: str, ids: str, around: str) -> str:
    return (
        f"{COUNTED.format(count=count)} INSERT INTO events (id, occurred, event, resource_id, resource, "
        f"related_resource_ids, related, payload, received, recorded) SELECT {id}, {at}, {name}, {resource}, "
        f"{labels(resource)}, {ids}, {around}, '{{}}', {at}, {at} FROM n"
    )


def their_resources(count: int, id: str, at: str, resource: str, role: str) -> str:
    return (
        f"{COUNTED.format(count=count)} INSERT INTO event_resources (event_id, occurred, resource_id, resource_role, "
        f"resource) SELECT {id}, {at}, {resource}, '{role}', {labels(resource, role)} FROM n"
    )


def identity(kind: str, number: str) -> str:
    return f"printf('{kind}-0000-7000-8000-%012x', {number})"


def task_run() -> str:
    return identity("b0000000", "i")


def flow_run() -> str:
    return identity("a0000000", "i / 100")


def state(name: str) -> str:
    return "CASE WHEN i % 1000 = 7 THEN 'Failed' ELSE 'Completed' END" if name == "Completed" else f"'{name}'"


def labels(resource: str, role: str = "") -> str:
    """The labels of a resource as JSON."""
    said = f',"prefect.resource.role":"{role}"' if role else ""
    return f"'{{\"prefect.resource.id\":\"' || {resource} || '\"{said}}}'"


def moment(form: str, count: int, plus: float = 0.0) -> str:
    """The moment of a row, and some of its steps later."""
    seconds = f"(i + {plus}) * {DAYS * 86_400 / max(count, 1)}"
    return f"strftime('{form}', 'now', '-{DAYS} days', '+' || ({seconds}) || ' seconds')"


def main() -> None:
    path, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else EVENTS
    began = time.perf_counter()
    fill(path, count)
    print(f"{count} events in {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
