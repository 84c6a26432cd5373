"""More of what a server and its workers cost: on PostgreSQL, by the server's own worker, by a schedule, kept loaded.

    python starts.py PROGRAM COUNT    in the environment of the side that is measured

As `service.py`, whose server and requests these use. `PROGRAM` is one of `PROGRAMS`; those on PostgreSQL start one
from the wheel `pgserver`.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import psutil
from service import (
    CLIENTS,
    Place,
    ask,
    carried_out,
    deployed,
    ended,
    one_more_server,
    runs_made,
    served,
    server,
    together,
    wait_until,
    worked,
)

SCHEDULED = """
import time
from datetime import datetime, timezone
from pathlib import Path
from prefect import flow, runtime

@flow
def touched(number: int = 0):
    due = runtime.flow_run.scheduled_start_time
    with Path({ledger!r}).open("a") as ledger:
        ledger.write(f"{{time.time() - due.timestamp()}}\\n")

if __name__ == "__main__":
    touched.serve(name="bench", interval=1, limit=20)
"""
OF_THE_SERVER = "default-agent-pool"
"""The pool whose runs a server starts itself."""
BODY_MB = 9
BODIES = 12
LINES = 1_000_000
LINES_AT_ONCE = 1_000


@contextmanager
def postgresql() -> Iterator[None]:
    """Servers that are started inside the block use a PostgreSQL of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver: Any = importlib.import_module("pgserver")
        database = pgserver.get_server(tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete")
    host = database.get_uri().partition("host=")[2]
    before = os.environ.get("PREFECT_SERVER_DATABASE_CONNECTION_URL")
    os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = f"postgresql+asyncpg://postgres:@/postgres?host={host}"
    try:
        yield
    finally:
        os.environ.pop("PREFECT_SERVER_DATABASE_CONNECTION_URL")
        if before is not None:
            os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = before
        database.cleanup()


# -- from trigger to user code -----------------------------------------------------------------------------------------


def trigger_pg(count: int) -> float:
    """As `trigger`, on PostgreSQL."""
    with postgresql(), served() as place:
        return statistics.median(place.trigger(count))


def trigger_worker_pg(count: int) -> float:
    """As `trigger_worker`, on PostgreSQL."""
    with postgresql(), worked() as place:
        return statistics.median(place.trigger(count))


def trigger_own(count: int) -> float:
    """Median seconds from trigger to user code, where the server's own worker starts the runs."""
    with _own() as place:
        return statistics.median(place.trigger(count))


@contextmanager
def _own() -> Iterator[Place]:
    with server() as address, httpx.Client(base_url=address, timeout=60) as http, ExitStack() as nothing:
        ask(http, "POST", "/work_pools/", {"name": OF_THE_SERVER, "type": "process"})
        deployment, ledger = deployed(http, pool=OF_THE_SERVER)
        idle = nothing.enter_context(ended(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)))
        yield Place(http, deployment["id"], ledger, idle)


def schedule_start(count: int) -> float:
    """Median milliseconds by which the runs of a schedule of one a second are at user code after their time."""
    with server():
        ledger, program = Path("ledger").resolve(), Path("scheduled.py").resolve()
        program.write_text(SCHEDULED.format(ledger=str(ledger)))
        serving = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with ended(serving):
            wait_until(lambda: len(_lines(ledger)) >= count + 3, serving, 120 + 2 * count)
            return 1000 * statistics.median(float(line) for line in _lines(ledger)[3:])


def _lines(ledger: Path) -> list[str]:
    return ledger.read_text().splitlines() if ledger.exists() else []


# -- runs carried out --------------------------------------------------------------------------------------------------


def warm_runs(count: int) -> float:
    """Seconds in which a worker carries out so many runs whose code is kept loaded."""
    with worked(job_variables={"isolation": "warm"}) as place:
        place.trigger(3)
        return carried_out(place, count)


def worker_runs_pg(count: int) -> float:
    """As `worker_runs`, on PostgreSQL."""
    with postgresql(), worked() as place:
        return carried_out(place, count)


# -- the server --------------------------------------------------------------------------------------------------------


def requests_pg(count: int) -> float:
    """As `requests`, on PostgreSQL."""
    with postgresql(), server() as address:
        return _by_clients([address], count)


def requests_three(count: int) -> float:
    """The same by three servers on one PostgreSQL."""
    with postgresql(), ExitStack() as servers:
        return _by_clients([servers.enter_context(one_more_server()) for _ in range(3)], count)


def _by_clients(addresses: Sequence[str], count: int) -> float:
    return together(lambda client: runs_made(addresses[client % len(addresses)], count // CLIENTS, 0.0, []))


def reads(count: int) -> float:
    """Seconds in which sixteen clients read one flow run so often."""
    with server() as address, httpx.Client(base_url=address, timeout=60) as http:
        flow = ask(http, "POST", "/flows/", {"name": "load"})
        run = ask(http, "POST", "/flow_runs/", {"flow_id": flow["id"], "state": {"type": "PENDING"}})

        def read(client: int) -> None:
            with httpx.Client(base_url=address, timeout=60) as own:
                for _ in range(count // CLIENTS):
                    ask(own, "GET", f"/flow_runs/{run['id']}")

        return together(read)


def memory_after(count: int) -> float:
    """MB that a server has more than before, after so many requests, twelve bodies of 9 MB and a million log lines."""
    with server() as address, httpx.Client(base_url=address, timeout=120) as http:
        runs_made(address, 20, 0.0, [])
        before = _megabytes()
        _by_clients([address], count // 3)
        for number in range(BODIES):
            body = {"name": f"large-{number}", "parameters": {"text": "x" * (BODY_MB * 1_000_000)}}
            http.post("/flow_runs/", json=body)  # which is refused, once it has been read
        for _ in range(LINES // LINES_AT_ONCE):
            ask(http, "POST", "/logs/", _log_lines(None))
        time.sleep(10)
        return max(_megabytes() - before, 0.1)


def _log_lines(flow_run: str | None) -> list[dict[str, Any]]:
    now = datetime.now(timezone.utc).isoformat()
    line = {"name": "bench", "level": 20, "message": "a line of a log", "timestamp": now, "flow_run_id": flow_run}
    return [line] * LINES_AT_ONCE


def _megabytes() -> float:
    return sum(member.memory_info().rss for member in psutil.Process().children(recursive=True)) / 1e6


def big_runs(count: int) -> float:
    """Milliseconds of the slowest question about a run of `count` tasks and a million lines, beside 10 000 due runs."""
    with server() as address, httpx.Client(base_url=address, timeout=120) as http:
        run = _large_run(http, count)
        return 1000 * max(_median_of(http, *question) for question in _questions(run))


def _large_run(http: httpx.Client, tasks: int) -> str:
    command = [sys.executable, Path(__file__).with_name("programs.py"), "sequential", str(tasks)]
    subprocess.run(command, capture_output=True, check=True)
    by_size = {"sort": "START_TIME_DESC", "limit": 1}
    run = str(ask(http, "POST", "/flow_runs/filter", by_size)[0]["id"])
    for _ in range(LINES // LINES_AT_ONCE):
        ask(http, "POST", "/logs/", _log_lines(run))
    deployment, _ = deployed(http, pool=None)
    for _ in range(10_000):
        ask(http, "POST", f"/deployments/{deployment['id']}/create_flow_run", {})
    return run


def _questions(run: str) -> Iterator[tuple[str, str, Any]]:
    of_run = {"flow_runs": {"id": {"any_": [run]}}}
    lines = {"flow_run_id": {"any_": [run]}}
    yield "POST", "/task_runs/filter", {**of_run, "sort": "EXPECTED_START_TIME_DESC", "limit": 200}
    yield "POST", "/task_runs/count", of_run
    yield "POST", "/logs/filter", {"logs": lines, "sort": "TIMESTAMP_ASC", "limit": 200}
    yield "POST", "/logs/filter", {"logs": lines, "sort": "TIMESTAMP_ASC", "limit": 200, "offset": 500_000}
    yield "GET", f"/flow_runs/{run}", None
    yield "POST", "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 200}
    yield "POST", "/flow_runs/count", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    yield "POST", "/deployments/filter", {"limit": 50}


def _median_of(http: httpx.Client, method: str, path: str, body: Any) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        ask(http, method, path, body)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


PROGRAMS: dict[str, Callable[[int], float]] = {
    made.__name__: made
    for made in (
        *(trigger_pg, trigger_worker_pg, trigger_own, schedule_start, warm_runs, worker_runs_pg),
        *(requests_pg, requests_three, reads, memory_after, big_runs),
    )
}


if __name__ == "__main__":
    print(PROGRAMS[sys.argv[1]](int(sys.argv[2])))
