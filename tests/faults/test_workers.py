"""Workers of a server: they are killed, the server is killed, and what they use is removed; all runs end well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from prefect._clock import new_id, now
from prefect._engine.recorders import recorder
from prefect._orchestration import deployments, flows, work_pools
from tests import recorded
from tests.faults.scenes import leases_watched
from tests.faults.servers import Server, serving
from tests.runner.scenes import cancel, deployed, ended, found, is_alive, printed, state_of, triggered, written

pytestmark = pytest.mark.long

CODE = """
@flow
def around(first=False):
    note("pids", os.getpid())
    while first and not Path("go on").exists():
        print("waits")
        time.sleep(0.01)
    print("done")
"""


@contextmanager
def working(server: Server, *, lease: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the pool `mine`, which is killed at the end of the block; leases last so many seconds."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "mine", "--type", "process"]
    env = {**os.environ, "PREFECT_API_URL": server.url, "PREFECT_FLOWS_LEASE_SECONDS": str(lease)}
    with Path("worker.log").open("ab") as said:
        process = subprocess.Popen(command, env=env, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that carries out no runs itself, and whose leases are watched closely."""
    with serving("--no-worker", "--no-services") as started, leases_watched():
        yield started


def deployment(**fields: Any) -> UUID:
    return deployed(CODE, work_pool_name="mine", **fields)


def pids() -> list[int]:
    return [int(pid) for pid in written("pids").split()]


def test_a_run_outlives_its_worker_and_the_next_one_collects_its_output(server: Server) -> None:
    run = triggered(deployment(), first=True)

    with working(server) as worker:
        pids()
        worker.kill()
        worker.wait()
        Path("go on").touch()
        assert ended(run).is_completed()
    with working(server):
        found(lambda: printed(run)[-1:] == ["done"], "output")

    assert set(printed(run)) == {"waits", "done"}


def test_a_run_that_was_killed_is_crashed_with_its_last_line(server: Server) -> None:
    logging = "        get_run_logger().info('line %s', number)\n"
    killed = f"@flow\ndef around():\n    for number in range(20):\n{logging}    os.kill(os.getpid(), 9)\n"
    run = triggered(deployed(killed, work_pool_name="mine"))
    with working(server):
        assert ended(run).is_crashed()

    assert [line for line in recorded.messages(run) if line.startswith("line ")] == [f"line {n}" for n in range(20)]


def test_the_slot_of_a_run_that_was_killed_with_its_worker_is_given_to_the_next(server: Server) -> None:
    limited = deployment(concurrency_limit=1)
    killed, waiting = triggered(limited, first=True), triggered(limited)

    with working(server) as worker:
        (pid,) = pids()
        worker.kill()
        os.kill(pid, signal.SIGKILL)
        with working(server):
            assert ended(waiting).is_completed()

    assert state_of(killed).is_crashed()
    assert "stopped renewing its lease" in str(state_of(killed).message)


def test_cancelling_a_run_frees_its_slot_at_once(server: Server) -> None:
    limited = deployment(concurrency_limit=1)
    cancelled, waiting = triggered(limited, first=True), triggered(limited)

    with working(server):
        (pid,) = pids()
        cancel(cancelled)
        assert ended(waiting).is_completed()

    assert state_of(cancelled).is_cancelled()
    assert not is_alive(pid)


def test_a_worker_goes_on_after_its_server_was_killed_and_started_again(server: Server) -> None:
    made = deployment()
    first = triggered(made, first=True)

    with working(server, lease=60) as worker:
        pids()
        server.kill()
        Path("go on").touch()
        server.start()
        second = triggered(made)
        assert ended(first).is_completed()
        assert ended(second).is_completed()
        assert worker.poll() is None

    assert len(pids()) == 2


@pytest.mark.parametrize("what", ["deployment", "flow", "pool"])
def test_a_worker_lives_on_when_what_it_uses_is_removed(server: Server, what: str) -> None:
    made = deployment()
    run = triggered(made, first=True)
    db = recorder().db

    with working(server) as worker:
        (pid,) = pids()
        if what == "deployment":
            assert deployments.delete(db, made, now=now(), new_id=new_id)
        elif what == "flow":
            flows.delete(db, deployments.must_read(db, made, now=now()).deployment.flow_id, now=now())
        else:
            work_pools.delete(db, "mine", now=now())
        Path("go on").touch()
        found(lambda: not is_alive(pid), "end of the process")
        if what != "flow":
            assert ended(run).is_completed()
        again = triggered(deployment())
        assert ended(again).is_completed()
        assert worker.poll() is None

    assert "Traceback" not in Path("worker.log").read_text()
