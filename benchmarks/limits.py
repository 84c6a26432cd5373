"""What the machine allows: a bare thread pool, and raw inserts into SQLite. `python limits.py NAME COUNT`."""

from __future__ import annotations

import logging
import sqlite3
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BATCH = 500
MIGRATIONS = Path(__file__).parents[1] / "src" / "prefect" / "_store" / "migrations"
MOMENT = "2026-01-01T00:00:00.000000+00:00"
ID = "00000000-0000-0000-0000-000000000001"
ROW = {
    "created": MOMENT,
    "updated": MOMENT,
    "flow_run_id": ID,
    "name": "nothing-0",
    "task_key": "nothing-abc",
    "dynamic_key": "0",
    "tags": "[]",
    "labels": "{}",
    "empirical_policy": "{}",
    "task_inputs": "{}",
    "flow_run_run_count": 1,
    "state_id": ID,
    "state_type": "COMPLETED",
    "state_name": "Completed",
    "state_timestamp": MOMENT,
    "state_details": "{}",
    "run_count": 1,
    "expected_start_time": MOMENT,
    "start_time": MOMENT,
    "end_time": MOMENT,
    "total_run_time": 0.0,
}
RUN = tuple(ROW.values())
INSERT_RUN = f"INSERT INTO task_run (id, {', '.join(ROW)}) VALUES (?{', ?' * len(ROW)})"
INSERT_STATE = (
    "INSERT INTO task_run_state (task_run_id, timestamp, id, type, name, state_details) VALUES (?, ?, ?, ?, ?, ?)"
)


def thread_pool(count: int) -> None:
    """As many calls as tasks, on the pool that a task runner would use."""
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(int, number) for number in range(count)]:
            future.result()


def plain_logging(count: int) -> None:
    """The lines of `logs`, written to the standard error by `logging` alone."""
    logger = logging.getLogger("plain")
    shown = logging.StreamHandler(sys.stderr)
    shown.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d | %(levelname)-7s | %(name)s - %(message)s"))
    logger.addHandler(shown)
    logger.setLevel(logging.INFO)
    for number in range(count):
        logger.info("line %d", number)


def raw_sqlite(count: int) -> None:
    """The four rows of a task run, into our tables, in batches of one transaction, WAL, as durable as ours."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "raw.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        for migration in sorted(MIGRATIONS.glob("*.sql")):
            db.executescript(migration.read_text(encoding="utf-8"))
        for start in range(0, count, BATCH):
            ids = [str(uuid.UUID(int=number)) for number in range(start, min(start + BATCH, count))]
            db.execute("BEGIN IMMEDIATE")
            db.executemany(INSERT_RUN, [(id, *RUN) for id in ids])
            for number, kind in enumerate(("PENDING", "RUNNING", "COMPLETED")):
                moment = f"2026-01-01T00:00:00.00000{number}+00:00"
                db.executemany(INSERT_STATE, [(id, moment, str(uuid.uuid4()), kind, kind, "{}") for id in ids])
            db.execute("COMMIT")
        db.close()


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    started = time.perf_counter()
    globals()[name](count)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
