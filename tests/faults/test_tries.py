"""Tries and crashes: a crash uses a try up and is followed by none by itself; a delay outlives whoever waits for it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from prefect._domain.work_pools import DEFAULT_POOL
from tests import recorded
from tests.faults.scenes import due_now
from tests.faults.servers import serving
from tests.runner.scenes import deployed, ended, found, now_as, running, state_of, triggered, written

pytestmark = pytest.mark.long

KILLED_FIRST = """
def tries(name):
    note(name, time.time())
    return len(Path(name).read_text().split())

@task(retries=2)
def step():
    if tries("steps") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    raise RuntimeError

@flow(retries=2)
def around():
    tries("flows")
    step()
"""


def test_a_killed_try_is_followed_by_none_until_somebody_asks_and_counts() -> None:
    deployment = deployed(KILLED_FIRST)
    run = triggered(deployment)

    with running(deployment):
        assert ended(run).is_crashed()
        assert [len(written(name).split()) for name in ("flows", "steps")] == [1, 1]
        due_now(run)
        found(lambda: len(written("flows").split()) == 3, "last try")
        assert ended(run).is_failed()

    assert now_as(run).run_count == 3
    assert len(written("flows").split()) == 3
    assert len(written("steps").split()) == 1 + 2 * 3
    assert recorded.history(run) == [
        *("Scheduled", "Pending", "Running", "Crashed"),
        *("AwaitingRetry", "Pending", "Running", "AwaitingRetry"),
        *("Running", "Failed"),
    ]
    assert {task.state_name for task in recorded.task_runs(run.id)} <= {"Crashed", "Failed"}


DELAYED = """
@flow(retries=1, retry_delay_seconds=6)
def around():
    note("tries", f"{os.getpid()} {time.time()}")
    if len(Path("tries").read_text().splitlines()) == 1:
        raise RuntimeError
"""


def test_a_delay_survives_the_death_of_the_server_the_worker_and_the_process() -> None:
    run = triggered(deployed(DELAYED, work_pool_name=DEFAULT_POOL))
    with serving(env={"PREFECT_FLOWS_LEASE_SECONDS": "1"}) as server:
        found(lambda: state_of(run).name == "AwaitingRetry", "next try")
        due = state_of(run).state_details.scheduled_time
        server.kill()
        os.kill(int(written("tries").split()[0]), signal.SIGKILL)
        server.start()
        assert ended(run).is_completed()

    (first, _), (second, began) = (line.split() for line in Path("tries").read_text().splitlines())
    assert first != second
    assert due is not None
    assert due.timestamp() <= float(began)
    assert recorded.history(run)[-1] == "Completed"
