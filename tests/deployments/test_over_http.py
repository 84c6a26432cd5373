"""The same programs with a server: what they make is recorded there, and what they serve is asked for there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefect._clock import new_id, now
from prefect._engine.recorders import recorder
from prefect._orchestration import work_pools
from tests.deployments.test_serving import ended, program, read_until, the_deployment, triggered
from tests.serving import served

PROGRAM = """
from prefect import flow
from prefect.blocks.system import Secret
from prefect.deployments import Deployment, run_deployment
from prefect.runner.storage import GitRepository
from prefect.schedules import Interval

@flow
def greet(name: str = "you"):
    print(f"Hello {name}")

@flow
def caller():
    return run_deployment("greet/new", timeout=0, parameters={"name": "me"}).id

if __name__ == "__main__":
    Deployment.build_from_flow(greet, "old", apply=True)
    greet.to_deployment("new", schedule=Interval(60, slug="often", catch_up="latest"), concurrency_limit=1).apply()
    greet.deploy("pooled", work_pool_name="mine", print_next_steps=False, ignore_warnings=True)
    print(caller())
"""


@pytest.fixture
def address() -> Iterator[str]:
    """The API of a real server on this test's database, which has a pool."""
    work_pools.create(recorder().db, "mine", now=now(), new_id=new_id)
    with served() as url:
        yield url


def test_deployments_and_their_runs_are_made_on_the_server(address: str) -> None:
    Path("flows.py").write_text(PROGRAM)

    told = subprocess.run(
        [sys.executable, "flows.py"],
        env={**os.environ, "PREFECT_API_URL": address, "PREFECT_HOME": str(Path.cwd() / "elsewhere")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert told.returncode == 0, told.stderr
    assert the_deployment("old").work_pool_name == "default-agent-pool"
    assert the_deployment("pooled").work_pool_name == "mine"
    new = the_deployment("new")
    assert [(held.slug, held.catch_up.value) for held in new.schedules] == [("often", "latest")]
    assert new.work_pool_name is None
    assert new.deployment.entrypoint == "flows.py:greet"


def test_what_a_program_serves_is_asked_for_there(address: str) -> None:
    with program("greet.serve('x', cron='0 8 * * *')", PREFECT_API_URL=address) as process:
        read_until(process.stdout, "Ctrl-C")
        run = ended(triggered(the_deployment("x"), name="me"))
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)

    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    assert process.returncode == 0, rest
    assert the_deployment("x").deployment.paused


SCHEDULER = """
import sys
from prefect import flow
from prefect.deployments import Deployment, run_deployment

@flow
def greet(name: str = "you"):
    print(f"Hello {name}")

if __name__ == "__main__":
    Deployment.build_from_flow(greet, "手动", apply=True)
    print(run_deployment("greet/手动", timeout=30).state.name)
"""


def test_what_is_applied_is_run_by_the_servers_own_worker(unused_port: int) -> None:
    Path("flows.py").write_text(SCHEDULER, encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(unused_port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        read_until(server.stdout, "The server is at")
        told = subprocess.run(
            [sys.executable, "flows.py"],
            env={**os.environ, "PREFECT_API_URL": f"http://127.0.0.1:{unused_port}/api"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        server.terminate()
        server.communicate(timeout=30)

    assert told.stdout == "Completed\n", told.stderr
