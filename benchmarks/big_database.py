"""A database as it looks after a busy year: 200 000 flow runs and 2 000 000 task runs of 50 flows, for either side.

    python -m benchmarks.big_database PATH [FLOW_RUNS]

The file must have its side's tables already (start its server once). Rows are made inside SQLite by counting, so that
it takes minutes and not hours. Runs are spread over the 90 days before now, most of them completed; the last two
hundred are scheduled.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path

FLOW_RUNS = 200_000
TASKS_EACH = 10
FLOWS = 50
DAYS = 90
OURS, THEIRS = "%Y-%m-%dT%H:%M:%f000+00:00", "%Y-%m-%d %H:%M:%f000"
"""How each side writes a moment."""
NAMES = ("scheduled", "failed", "crashed", "cancelled", "completed")


def fill(path: Path, flow_runs: int = FLOW_RUNS) -> None:
    """Put the rows into a database."""
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA foreign_keys = OFF")
    is_ours = bool(conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchall())
    side = Side(conn, OURS if is_ours else THEIRS)
    side.insert("flow", FLOWS, {"id": identity("f", "i"), "name": "'flow-' || i", "tags": "'[]'", "labels": "'{}'"})
    side.insert("flow_run", flow_runs, side.flow_run(flow_runs))
    side.insert("flow_run_state", flow_runs, side.flow_run_state(flow_runs))
    side.insert("task_run", flow_runs * TASKS_EACH, side.task_run(flow_runs * TASKS_EACH))
    conn.commit()
    conn.execute("ANALYZE")
    conn.close()


class Side:
    """The tables of one side, and its way to write moments."""

    def __init__(self, conn: sqlite3.Connection, form: str) -> None:
        self._conn = conn
        self._form = form

    def insert(self, table: str, count: int, values: Mapping[str, str]) -> None:
        """Make so many rows of a table; of the values those whose columns it has."""
        columns = {row[1] for row in self._conn.execute(f"PRAGMA table_info({table})")}
        now = self.moment("i", count)
        known = {name: value for name, value in {"created": now, "updated": now, **values}.items() if name in columns}
        self._conn.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) "
            f"INSERT INTO {table} ({', '.join(known)}) SELECT {', '.join(known.values())} FROM n"
        )

    def flow_run(self, count: int) -> dict[str, str]:
        return {
            "id": identity("a", "i"),
            "flow_id": identity("f", f"i % {FLOWS}"),
            "name": "'run-' || i",
            "parameters": "'{\"day\": ' || i || '}'",
            "tags": "CASE i % 3 WHEN 0 THEN '[\"etl\"]' ELSE '[]' END",
            "context": "'{}'",
            "auto_scheduled": "i % 2",
            "job_variables": "'{}'",
            "next_scheduled_start_time": f"CASE WHEN i >= {count} - 200 THEN {self.moment('i', count, 1)} END",
            **self._run(count, "b", 0.001),
        }

    def flow_run_state(self, count: int) -> dict[str, str]:
        return {
            "id": identity("b", "i"),
            "flow_run_id": identity("a", "i"),
            "type": state(count, upper=True),
            "name": state(count, upper=False),
            "timestamp": self.moment("i", count, 0.001),
            "state_details": "'{}'",
        }

    def task_run(self, count: int) -> dict[str, str]:
        return {
            "id": identity("c", "i"),
            "flow_run_id": identity("a", f"i / {TASKS_EACH}"),
            "name": "'task-' || i",
            "task_key": f"'task-' || (i % {TASKS_EACH})",
            "dynamic_key": "i",
            "tags": "'[]'",
            "task_inputs": "'{}'",
            "flow_run_run_count": "1",
            **self._run(count, "d", 0.0001),
        }

    def _run(self, count: int, state_kind: str, lasting: float) -> dict[str, str]:
        seconds = "'1970-01-01 00:01:00.000000'" if self._form == THEIRS else "60"
        return {
            "labels": "'{}'",
            "empirical_policy": "'{}'",
            "state_id": identity(state_kind, "i"),
            "state_type": state(count, upper=True),
            "state_name": state(count, upper=False),
            "state_timestamp": self.moment("i", count, lasting),
            "state_details": "'{}'",
            "run_count": "1",
            "expected_start_time": self.moment("i", count),
            "start_time": self.moment("i", count),
            "end_time": self.moment("i", count, lasting),
            "total_run_time": seconds,
        }

    def moment(self, number: str, count: int, plus: float = 0.0) -> str:
        """The moment of a row, in days after the first of them, and some days later."""
        return f"strftime('{self._form}', julianday('now') - {DAYS} * (1.0 - ({number} + 0.0) / {count}) + {plus})"


def identity(kind: str, number: str) -> str:
    return f"printf('{kind}0000000-0000-7000-8000-%012x', {number})"


def state(count: int, *, upper: bool) -> str:
    """The type, or the name, of the state of a run."""
    scheduled, failed, crashed, cancelled, completed = (n.upper() if upper else n.capitalize() for n in NAMES)
    return (
        f"CASE WHEN i >= {count} - 200 THEN '{scheduled}' WHEN i % 20 = 1 THEN '{failed}' "
        f"WHEN i % 50 = 2 THEN '{crashed}' WHEN i % 50 = 3 THEN '{cancelled}' ELSE '{completed}' END"
    )


def main() -> None:
    path, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else FLOW_RUNS
    began = time.perf_counter()
    fill(path, count)
    print(f"{count} flow runs and {count * TASKS_EACH} task runs in {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
