"""Clocks that differ: a program or worker that is minutes before its server, or behind it."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.task_runs import TaskRun
from prefect._engine.recorders import recorder
from prefect._orchestration import deployments
from tests import recorded
from tests.faults.programs import carried_out
from tests.faults.servers import serving
from tests.faults.test_workers import working
from tests.runner.scenes import deployed, ended, now_as, triggered

pytestmark = pytest.mark.long

SECOND = timedelta(seconds=1)
OTHER_CLOCK = """
import os
from datetime import timedelta
import prefect._clock

true = prefect._clock.now
prefect._clock.now = lambda: true() + timedelta(seconds=float(os.environ["AHEAD"]))
"""
RETRIED = """
@task(retries=1, retry_delay_seconds=0.2)
def step():
    note("steps")
    if len(Path("steps").read_text()) == 1:
        raise RuntimeError
    get_run_logger().info("here")
    time.sleep(0.1)

@flow(retries=1, retry_delay_seconds=1)
def around():
    note("flows")
    step()
    if len(Path("flows").read_text()) == 1:
        raise RuntimeError
"""


@pytest.fixture(params=[300, -300], ids=["ahead", "behind"])
def other_clock(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The environment of a program whose clock is not the server's."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(OTHER_CLOCK)
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *sys.path]), "AHEAD": str(request.param)}


def has_sound_times(run: FlowRun | TaskRun) -> bool:
    assert run.start_time is not None
    assert run.end_time is not None
    return timedelta() <= run.end_time - run.start_time and timedelta() <= run.total_run_time


def test_a_program_with_another_clock_than_its_server_goes_on_and_waits_as_long_as_it_is_to(
    other_clock: dict[str, str],
) -> None:
    with serving("--no-worker", env={"PREFECT_FLOWS_LEASE_SECONDS": "3"}) as server:
        told = carried_out(
            f"{RETRIED}\naround()",
            within=30,
            PREFECT_API_URL=server.url,
            PREFECT_FLOWS_LEASE_SECONDS="3",
            **other_clock,
        )

    assert told.returncode == 0, told.stderr
    run = recorded.the_flow_run()
    assert recorded.history(run) == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]
    assert has_sound_times(run)
    assert all(has_sound_times(known) for known in recorded.task_runs())


def test_a_run_is_started_when_it_is_due_by_the_servers_clock(other_clock: dict[str, str]) -> None:
    deployment = deployed("@flow\ndef around():\n    note('began', time.time())\n", work_pool_name="mine")
    with serving("--no-worker", "--no-services") as server, pytest.MonkeyPatch.context() as environment:
        for name, value in other_clock.items():
            environment.setenv(name, value)
        with working(server, lease=3):
            assert ended(triggered(deployment)).is_completed()
            due = now() + 3 * SECOND
            wanted = deployments.WantedRun(new_id(), "later", scheduled_time=due)
            later = deployments.create_run(recorder().db, deployment, wanted, now=now(), state_id=new_id())
            assert ended(later).is_completed()

    began = [float(moment) for moment in Path("began").read_text().split()]
    assert 0 <= began[1] - due.timestamp() < 10
    assert all(has_sound_times(now_as(run)) for run in recorded.flow_runs())
