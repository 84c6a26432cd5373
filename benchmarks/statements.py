"""What one run asks of a PostgreSQL: `python -m benchmarks.statements [RUNS]`.

Runs of a deployment are started by a worker, which writes to the database itself or asks a server, and the database is
asked what that came to: statements by what they do, transactions, bytes of its log, time of its processors. Told is
what each further run costs: RUNS and three times as many are counted, and the difference is divided. Counts hardly
depend on how busy the machine is. `docs/scale.md` says what follows from them.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.databases import postgres_at_work
from tests.faults.servers import Server

FLOW = """
from prefect import flow, task

@task
def one(number):
    return number

@flow
def work(tasks=0):
    for number in range(tasks):
        one(number)
"""
TRIGGERED = """
import sys
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    flow = client.create_flow_from_name("work")
    code = {"entrypoint": "flows.py:work", "path": sys.argv[2]}
    deployment = client.create_deployment(flow, sys.argv[1], work_pool_name="pool", **code)
    for _ in range(int(sys.argv[3])):
        client.create_flow_run_from_deployment(deployment, parameters={"tasks": int(sys.argv[4])})
"""
TASKS = (0, 10)
VERB = re.compile(r"(?:statement|execute [^:]*): \s*(\w+)", re.IGNORECASE)


def main(arguments: list[str]) -> int:
    runs = int(arguments[0]) if arguments else 20
    with postgres_at_work() as server, tempfile.TemporaryDirectory() as folder:
        database = Measured(server, Path(folder))
        database.prefect("work-pool", "create", "pool", "--type", "process")
        tell("a worker on the database", database, runs)
        with served(database):
            tell("a worker that asks a server", database, runs)
    return 0


def tell(how: str, database: Measured, runs: int) -> None:
    database.carry_out(f"{how} begun", 1, 0)  # makes the tables' first entries
    for tasks in TASKS:
        few = database.carry_out(f"{how} few {tasks}", runs, tasks)
        many = database.carry_out(f"{how} many {tasks}", 3 * runs, tasks)
        print(f"{how}, a run of {tasks} tasks:")
        for name in many:
            print(f"  {name:28}{(many[name] - few.get(name, 0)) / (2 * runs):10.1f}")


@contextmanager
def served(database: Measured) -> Iterator[None]:
    """A server on the database, which workers ask inside the block."""
    server = Server("--no-worker", env=database.environment)
    server.start()
    database.environment["PREFECT_API_URL"] = server.url
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGTERM)


class Measured:
    """A PostgreSQL that tells what it was asked."""

    def __init__(self, server: Any, folder: Path) -> None:
        self.folder = folder
        self.url = server.get_uri()
        self.log = Path(server.pgdata) / "log"
        self.pgdata = Path(server.pgdata)
        (folder / "flows.py").write_text(FLOW)
        self.environment = {
            **os.environ,
            "PREFECT_HOME": str(folder / "home"),
            "PREFECT_API_URL": "",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.url,
            "PREFECT_LOGGING_LEVEL": "ERROR",
        }

    def prefect(self, *command: str) -> None:
        self.python("-m", "prefect", *command)

    def python(self, *command: str) -> None:
        subprocess.run([sys.executable, *command], env=self.environment, check=True, capture_output=True)

    def carry_out(self, name: str, runs: int, tasks: int) -> dict[str, float]:
        """Start runs, wait for them, and tell what they all came to."""
        with self.counted() as counted:
            self.python("-c", TRIGGERED, name, str(self.folder), str(runs), str(tasks))
            self.prefect("worker", "start", "--pool", "pool", "--run-once", "--limit", "2")
        return counted

    @contextmanager
    def counted(self) -> Iterator[dict[str, float]]:
        """What is asked inside the block, told after it."""
        self.ask("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()")
        before, read = self.figures(), self.said()
        told: dict[str, float] = {}
        yield told
        self.ask("SELECT pg_stat_clear_snapshot()")
        after = self.figures()
        verbs = Counter(verb.upper() for verb in VERB.findall(self.said()[len(read) :]))
        told["statements"] = sum(verbs.values())
        told.update((f"  {verb}", count) for verb, count in verbs.most_common(7))
        told.update((name, after[name] - before[name]) for name in before)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ask(self, text: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in filter(str.strip, text.split(";")):
                cursor = connection.execute(statement)  # type: ignore[arg-type]  # texts of ours
            return cursor.fetchone() if cursor.description else None

    def figures(self) -> dict[str, float]:
        written, bytes_of_log = self.ask(
            "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),"
            " pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
        )
        pid = int((self.pgdata / "postmaster.pid").read_text().splitlines()[0])
        postmaster = psutil.Process(pid)
        ended = postmaster.cpu_times()
        seconds = ended.children_user + ended.children_system + sum(map(seconds_of, postmaster.children()))
        return {
            "transactions": float(written),
            "KiB of log": float(bytes_of_log) / 1024,
            "ms of the database's CPU": seconds * 1000,
        }


def seconds_of(process: psutil.Process) -> float:
    """The time that a process has been at work; nothing where it has ended meanwhile: then its parent counts it."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
