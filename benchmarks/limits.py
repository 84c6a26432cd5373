"""What the machine allows: a bare thread pool, and raw inserts into SQLite. `python limits.py NAME COUNT`."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BATCH = 500


def thread_pool(count: int) -> None:
    """As many calls as tasks, on the pool that a task runner would use."""
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(int, number) for number in range(count)]:
            future.result()


def raw_sqlite(count: int) -> None:
    """Four rows per task (the run and its three states), in batches of one transaction, WAL, as durable as ours."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "raw.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("CREATE TABLE run (id TEXT PRIMARY KEY, name TEXT, flow_run_id TEXT, state_id TEXT, data TEXT)")
        db.execute("CREATE TABLE state (id TEXT PRIMARY KEY, run_id TEXT, type TEXT, at TEXT, data TEXT)")
        for start in range(0, count, BATCH):
            ids = [str(uuid.uuid4()) for _ in range(min(BATCH, count - start))]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO run VALUES (?, 'task', 'flow', 'state', '{}')", [(id,) for id in ids])
            for kind in ("PENDING", "RUNNING", "COMPLETED"):
                rows = [(str(uuid.uuid4()), id, kind, "2026-01-01T00:00:00.000000+00:00", "{}") for id in ids]
                db.executemany("INSERT INTO state VALUES (?, ?, ?, ?, ?)", rows)
            db.execute("COMMIT")
        db.close()


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    started = time.perf_counter()
    globals()[name](count)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
