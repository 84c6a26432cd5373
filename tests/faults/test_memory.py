"""Servers and runners over many runs, clients that come and go, and a server without memory."""

from __future__ import annotations

import json
import os
import resource
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.faults.programs import carried_out
from tests.faults.servers import Server, serving
from tests.runner.scenes import deployed, ended, found, running_alone, triggered
from tests.serving import until

pytestmark = pytest.mark.long

RUNS = int(os.environ.get("FAULTS_MEMORY_RUNS", "150"))
"""How many runs there are before memory is looked at, and as many again until it is looked at once more."""
SMALL_RUNS = """
@task
def step():
    get_run_logger().info("here")

@flow
def around():
    step()

for _ in range(RUNS):
    around()
"""
MOST_PER_RUN = 16
"""kB. What the allocator and SQLite's caches still take after the first runs is part of it."""


def kilobytes(pid: int) -> int:
    """What a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


MANY_TASKS = """
import resource

@task
def nothing(number):
    return number

@flow
def many(count):
    for number in range(count):
        nothing(number)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

many(10)
before = peak()
many(50_000)
print(peak() - before)
"""


def test_a_program_does_not_grow_with_the_tasks_whose_results_it_does_not_keep() -> None:
    """In MB; what waits to be written, the pages of the database and what was prepared for it are all that there is."""
    ran = carried_out(MANY_TASKS)

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 20


def test_a_server_does_not_grow_with_the_runs_that_it_has_recorded() -> None:
    with serving("--no-worker") as server:
        taken = []
        for _ in range(2):
            code = SMALL_RUNS.replace("RUNS", str(RUNS))
            told = carried_out(code, within=30 + RUNS, PREFECT_API_URL=server.url, PREFECT_LOGGING_LEVEL="INFO")
            assert told.returncode == 0, told.stderr[-1000:]
            taken.append(kilobytes(server.pid))

    assert taken[1] - taken[0] < RUNS * MOST_PER_RUN


def test_a_runner_does_not_grow_with_the_runs_that_it_has_started() -> None:
    deployment = deployed("@flow\ndef around():\n    pass\n")
    with running_alone(deployment) as runner:
        taken, files = [], []
        for _ in range(2):
            for run in [triggered(deployment) for _ in range(12)]:
                assert ended(run).is_completed()
            taken.append(kilobytes(runner.pid))
            files.append(open_files(runner.pid))

    assert taken[1] - taken[0] < 12 * 40
    assert files[1] <= files[0] + 4


@pytest.mark.parametrize("path", ["/events/in", "/logs/out", "/changes/out"])
def test_of_clients_that_left_nothing_stays(path: str) -> None:
    with serving("--no-worker", "--no-services") as server:
        address = server.url.replace("http", "ws", 1) + path
        idle = open_files(server.pid)
        listen(address, 40)
        until(lambda: open_files(server.pid) < idle + 40)
        before, taken = open_files(server.pid), kilobytes(server.pid)
        for _ in range(3):
            listen(address, 40)
            until(lambda: open_files(server.pid) < before + 10)

        assert kilobytes(server.pid) - taken < 12_000  # timers that are still to come hold a little of each client


def listen(address: str, count: int) -> None:
    """Come in, ask, and leave: every second client without a word."""
    with ExitStack() as coming:
        for number in range(count):
            opened = coming.enter_context(connect(address))
            opened.send(json.dumps({"type": "filter", "filter": {}}))
            if number % 2:
                opened.socket.shutdown(socket.SHUT_RDWR)


def test_a_server_that_has_no_memory_for_anything_says_so_and_ends() -> None:
    server = Server("--no-worker", "--no-services")
    server.start()
    try:
        size = int(Path(f"/proc/{server.pid}/statm").read_text().split()[0]) * resource.getpagesize()
        most = size + 3 * 1024**2  # which is no stack of a thread
        resource.prlimit(server.pid, resource.RLIMIT_AS, (most, most))
        statuses = {httpx.get(f"{server.url}/health").status_code}

        def is_over() -> bool:
            assert server.process is not None
            try:
                statuses.add(httpx.post(f"{server.url}/flow_runs/filter", json={}, timeout=5).status_code)
            except httpx.TransportError:
                return server.process.poll() is not None
            return False

        found(is_over, "end of the server")
    finally:
        server.kill()

    assert statuses == {200, 503}
    assert server.process is not None
    assert server.process.returncode == 1
    assert "no memory left" in server.said.read_text()
