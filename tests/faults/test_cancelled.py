"""Cancelling, whatever else goes wrong: the run ends Cancelled, its processes are gone, and its open tasks end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from prefect._domain.flow_runs import FlowRun
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.recorders import recorder
from prefect._orchestration import flow_runs
from tests import recorded
from tests.faults.scenes import leases_watched
from tests.faults.servers import serving
from tests.runner.scenes import (
    cancel,
    deployed,
    ended,
    found,
    is_alive,
    printed,
    running,
    running_alone,
    state_of,
    triggered,
    written,
)

WAITING = """
@task
def wait():
    note("pids", os.getpid())
    time.sleep(60)

@flow
def around():
    wait()
"""
DEAF = """
@flow
def around():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    note("pids", f"{os.getpid()} {child.pid}")
    time.sleep(60)
"""
BUSY_IN_C = """
@flow
def around():
    note("pids", os.getpid())
    sum(range(10**13))
"""


def pids_of_run() -> list[int]:
    return [int(pid) for pid in written("pids").split()]


def is_over(run: FlowRun, pids: list[int]) -> bool:
    """Whether a run is Cancelled and nothing of it is left."""
    assert ended(run).is_cancelled()
    found(lambda: not any(map(is_alive, pids)), "end of the processes")
    return all(task.state is not None and task.state.is_final() for task in recorded.task_runs(run.id))


def test_a_run_that_cannot_hear_is_killed_with_what_it_started() -> None:
    deployment = deployed(BUSY_IN_C)
    run = triggered(deployment)

    with running(deployment, grace_seconds=0.3):
        pids = pids_of_run()
        cancel(run)
        assert is_over(run, pids)


@pytest.mark.long
def test_a_run_that_does_not_listen_is_killed_also_when_its_runner_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "0.6")
    monkeypatch.setenv("PREFECT_RUNNER_GRACE_SECONDS", "0.5")
    deployment = deployed(DEAF)
    run = triggered(deployment)

    with running_alone(deployment) as runner, leases_watched():
        pids = pids_of_run()
        runner.kill()
        runner.wait()
        cancel(run)
        assert is_over(run, pids)


def test_a_run_whose_runner_died_before_it_started_is_cancelled_within_the_claim() -> None:
    deployment = deployed("time.sleep(60)")
    run = triggered(deployment)

    with running_alone(deployment, claim_seconds=0.5) as runner, leases_watched():
        found(lambda: state_of(run).is_pending(), "claim")
        runner.kill()
        runner.wait()
        cancel(run)
        assert ended(run).is_cancelled()


@pytest.mark.long
def test_cancelling_survives_the_death_of_the_server_that_was_asked_for_it() -> None:
    deployment = deployed(WAITING, work_pool_name=DEFAULT_POOL)
    run = triggered(deployment)

    with serving(env={"PREFECT_FLOWS_LEASE_SECONDS": "1"}) as server:
        pids = pids_of_run()
        with server.asked() as api:
            told = api.post(f"/flow_runs/{run.id}/set_state", {"state": {"type": "CANCELLING"}})
        server.kill()
        assert told.json["status"] == "ACCEPT"
        server.start()
        assert is_over(run, pids)


def test_a_run_that_was_removed_ends_and_so_does_nothing_else() -> None:
    deployment = deployed(WAITING, job_variables={"env": {"PREFECT_FLOWS_LEASE_SECONDS": "0.6"}})
    run = triggered(deployment)

    with running(deployment):
        (pid,) = pids_of_run()
        flow_runs.delete(recorder().db, run.id)
        found(lambda: not is_alive(pid), "end of the process")
        Path("pids").unlink()
        other = triggered(deployment)
        pids = pids_of_run()
        cancel(other)
        assert is_over(other, pids)

    (line,) = printed(run)
    assert line.startswith(f"The flow run {run.id} was not carried out: There is no flow run")


CHILDREN = """
@flow
def around():
    subprocess.run(["sh", "-c", "(sleep 60 & echo $!) > forked"], check=True)
    child = subprocess.Popen(["sleep", "60"])
    note("pids", f"{os.getpid()} {child.pid} {Path('forked').read_text().strip()}")
    while not Path("go on").exists():
        time.sleep(0.01)
"""


def test_a_killed_run_leaves_no_process_behind() -> None:
    deployment = deployed(CHILDREN)
    run = triggered(deployment)

    with running(deployment):
        pids = pids_of_run()
        os.kill(pids[0], signal.SIGKILL)
        assert ended(run).is_crashed()
        found(lambda: not any(map(is_alive, pids)), "end of the processes")


def test_a_run_without_a_runner_leaves_no_process_behind() -> None:
    deployment = deployed(CHILDREN)
    run = triggered(deployment)

    with running_alone(deployment) as runner:
        pids = pids_of_run()
        runner.kill()
        runner.wait()
        Path("go on").touch()
        assert ended(run).is_completed()
        found(lambda: not any(map(is_alive, pids)), "end of the processes")


NESTED = """
def note_end(flow, run, state):
    note("ends", f"{flow.name} {state.type.value}")

@flow(on_cancellation=[note_end], on_crashed=[note_end])
def inner():
    note("pids", os.getpid())
    time.sleep(60)

@flow
def middle():
    inner()

@flow(on_cancellation=[note_end])
def around():
    middle()
"""


def test_the_subflows_of_a_run_that_is_cancelled_are_cancelled_too() -> None:
    deployment = deployed(NESTED)
    run = triggered(deployment)

    with running(deployment):
        pids = pids_of_run()
        cancel(run)
        assert is_over(run, pids)

    assert [run.state.type.value for run in recorded.flow_runs() if run.state] == ["CANCELLED"] * 3
    assert written("ends").splitlines() == ["inner CANCELLED", "around CANCELLED"]
