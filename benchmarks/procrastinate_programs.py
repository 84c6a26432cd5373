"""What of `service.py` a queue on PostgreSQL has: a worker that waits, and calls a function in its own process.

    python procrastinate_programs.py PROGRAM COUNT

Procrastinate (https://procrastinate.readthedocs.io) is measured on a PostgreSQL from the wheel `pgserver`. It records
that a job was done, not what it did; its worker runs jobs as tasks of one loop, not as processes.
"""

from __future__ import annotations

import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WORKER = "worker"
AT_ONCE = 20


def app() -> Any:
    procrastinate: Any = importlib.import_module("procrastinate")
    made = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=os.environ["BENCH_DATABASE"]))

    @made.task(name="touched")
    def touched(number: int) -> None:
        with Path("ledger").open("a") as ledger:
            ledger.write(f"{number} {time.time()}\n")

    return made


@contextmanager
def database() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver: Any = importlib.import_module("pgserver")
        started = pgserver.get_server(tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete")
    os.environ["BENCH_DATABASE"] = started.get_uri()
    try:
        yield
    finally:
        started.cleanup()


@contextmanager
def a_worker() -> Iterator[Any]:
    """The app, and a worker of it in a process of its own."""
    procrastinate: Any = importlib.import_module("procrastinate")
    with database():
        made = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=os.environ["BENCH_DATABASE"]))
        with made.open():
            made.schema_manager.apply_schema()
            working = subprocess.Popen([sys.executable, __file__, WORKER, "0"], stderr=subprocess.DEVNULL)
            try:
                yield made
            finally:
                working.terminate()
                working.wait()


def told(count: int) -> dict[int, float]:
    """When each job was at its code, once so many were."""
    deadline = time.time() + 120
    while True:
        lines = Path("ledger").read_text().splitlines() if Path("ledger").exists() else []
        if len(lines) >= count:
            return {int(line.split()[0]): float(line.split()[1]) for line in lines}
        if time.time() > deadline:
            sys.exit("The jobs were not done.")
        time.sleep(0.002)


def trigger_worker_pg(count: int) -> float:
    """Median seconds from a job that is put into the queue to its code."""
    with a_worker() as made:
        times = []
        for number in range(count + 1):
            asked = time.time()
            made.configure_task("touched").defer(number=number)
            times.append(told(number + 1)[number] - asked)
        return statistics.median(times[1:])


def worker_runs_pg(count: int) -> float:
    """Seconds in which a worker does so many jobs."""
    with a_worker() as made:
        made.configure_task("touched").defer(number=0)
        told(1)
        began = time.perf_counter()
        for number in range(1, count + 1):
            made.configure_task("touched").defer(number=number)
        told(count + 1)
        return time.perf_counter() - began


def worker(_: int) -> float:
    """The worker's own process."""
    app().run_worker(concurrency=AT_ONCE, wait=True, listen_notify=True)
    return 0.0


if __name__ == "__main__":
    print(globals()[sys.argv[1]](int(sys.argv[2])))
