"""What becomes of runs when a runner, a fork server or a claim is lost, and when several runners work side by side."""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from prefect._clock import new_id, now
from prefect._domain.leases import Lease
from prefect._domain.states import StateType
from prefect._engine.recorders import recorder
from prefect._orchestration import work_pools
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._store import leases
from prefect.runner.hosting import runs_carried_out
from prefect.runner.source import EmbeddedSource
from tests import recorded
from tests.runner.scenes import (
    cancel,
    deployed,
    ended,
    found,
    is_alive,
    now_as,
    printed,
    running,
    running_alone,
    state_of,
    triggered,
    written,
)

COUNTING = """
@flow
def around():
    note("pid", os.getpid())
    for number in range(40):
        print("line", number)
        time.sleep(0.02)
"""


@pytest.mark.long
def test_a_run_outlives_its_runner_and_the_next_one_collects_what_it_printed() -> None:
    deployment = deployed(COUNTING)
    run = triggered(deployment)

    with running_alone(deployment) as runner:
        pid = int(written("pid"))
        runner.kill()
        assert ended(run).is_completed()
        found(lambda: not is_alive(pid), "end of the process")
    with running(deployment):
        lines = found(lambda: kept if len(kept := printed(run)) >= 40 else None, "output")

    assert lines == [f"line {number}" for number in range(40)]
    assert list(Path(os.environ["PREFECT_HOME"], "output").glob("*.out")) == []


@pytest.mark.long
def test_a_runner_that_is_asked_to_end_drains_and_says_so_once() -> None:
    deployment = deployed(COUNTING)
    run = triggered(deployment)

    with running_alone(deployment) as runner:
        written("pid")
        runner.send_signal(signal.SIGTERM)
        _, errors = runner.communicate(timeout=20)

    assert state_of(run).is_completed()
    assert runner.returncode == 0
    assert errors.count("Draining 1 run:") == 1


@pytest.mark.long
def test_asked_twice_it_ends_its_runs() -> None:
    deployment = deployed("@flow\ndef around():\n    note('pid', os.getpid())\n    time.sleep(60)\n")
    run = triggered(deployment)

    with running_alone(deployment) as runner:
        pid = int(written("pid"))
        runner.send_signal(signal.SIGTERM)
        found(lambda: "Draining" in (runner.stderr.readline() if runner.stderr else ""), "word of the runner")
        runner.send_signal(signal.SIGTERM)
        runner.communicate(timeout=20)

    assert state_of(run).is_crashed()
    assert not is_alive(pid)


@pytest.mark.long
def test_runs_survive_the_loss_of_the_process_that_forked_them_and_the_next_are_forked_from_another() -> None:
    deployment = deployed(COUNTING)
    run = triggered(deployment)

    with running(deployment):
        parent = psutil.Process(int(written("pid"))).parent()
        assert parent is not None
        parent.kill()
        assert ended(run).is_completed()
        assert ended(triggered(deployment)).is_completed()


@pytest.mark.long
def test_a_run_that_dies_without_the_process_that_forked_it_crashes() -> None:
    deployment = deployed(COUNTING.replace("range(40)", "range(4000)"))
    run = triggered(deployment)

    with running(deployment):
        pid = int(written("pid"))
        parent = psutil.Process(pid).parent()
        assert parent is not None
        parent.kill()
        parent.wait()
        os.kill(pid, signal.SIGKILL)
        assert ended(run).is_crashed()


@pytest.mark.long
def test_what_a_run_started_ends_with_it_when_the_process_that_forked_it_is_lost() -> None:
    deployment = deployed(
        """
@flow
def around():
    note("child", subprocess.Popen(["sleep", "600"]).pid)
    note("pid", os.getpid())
    time.sleep(600)
"""
    )
    run = triggered(deployment)

    with running(deployment):
        pid, child = int(written("pid")), int(written("child"))
        parent = psutil.Process(pid).parent()
        assert parent is not None
        parent.kill()
        parent.wait()
        os.kill(pid, signal.SIGKILL)
        assert ended(run).is_crashed()
        found(lambda: not is_alive(child), "end of what the run started")


@pytest.mark.long
def test_two_runners_start_each_of_many_runs_once() -> None:
    deployment = deployed("@flow\ndef around():\n    note('ledger', os.environ['PREFECT__FLOW_RUN_ID'])\n")
    runs = [triggered(deployment) for _ in range(30)]

    with running(deployment, limit=3), running_alone(deployment):
        assert all(ended(run).is_completed() for run in runs)

    assert Counter(written("ledger").split()) == Counter(str(run.id) for run in runs)


def claim(deployment: object, seconds: float) -> None:
    """Claim what is due, as somebody does who dies before it is started."""
    lease = Lease(f"elsewhere:1:{new_id()}", timedelta(seconds=seconds))
    ids = [deployment]
    work_pools.claim_of_deployments(recorder().db, ids, lease, limit=1, now=now(), new_id=new_id)  # type: ignore[arg-type]


def test_a_claim_that_was_lost_is_given_to_the_next_and_runs_once() -> None:
    deployment = deployed("@flow\ndef around():\n    note('ran')\n")
    run = triggered(deployment)
    claim(deployment, seconds=-1)

    end_abandoned_runs(recorder().db, now=now(), new_id=new_id)
    assert state_of(run).is_scheduled()
    with running(deployment):
        assert ended(run).is_completed()

    assert Path("ran").read_text() == "\n"


def test_after_three_lost_claims_a_run_is_given_up() -> None:
    deployment = deployed("")
    run = triggered(deployment)

    for _ in range(3):
        assert state_of(run).is_scheduled()
        claim(deployment, seconds=-1)
        end_abandoned_runs(recorder().db, now=now(), new_id=new_id)

    assert state_of(run).is_crashed()
    assert "never started" in str(state_of(run).message)


@pytest.mark.long
def test_a_process_whose_claim_was_lost_does_not_start_the_run() -> None:
    deployment = deployed("note('loading')\ntime.sleep(1)\n@flow\ndef around():\n    note('ran')\n")
    run = triggered(deployment)

    with running(deployment):
        written("loading")
        with recorder().db.write() as conn:
            leases.take_lease(conn, run.id, "elsewhere:1:x", now=now(), ttl=timedelta(seconds=60))
        lines = found(lambda: printed(run), "output")

    assert "started again in another process" in lines[0]
    assert not Path("ran").exists()
    assert state_of(run).is_pending()


@pytest.mark.long
def test_a_runner_keeps_its_claims_while_a_process_starts() -> None:
    deployment = deployed("if Path('slow').exists():\n    time.sleep(2.5)\n@flow\ndef around():\n    note('ran')\n")

    with running(deployment, claim_seconds=1.5):
        ended(triggered(deployment))
        Path("slow").touch()
        run = triggered(deployment)
        found(lambda: state_of(run).is_pending(), "claim")
        found(lambda: end_abandoned_runs(recorder().db, now=now(), new_id=new_id) or state_of(run).is_final(), "end")

    assert state_of(run).is_completed()
    assert recorded.history(run) == ["Scheduled", "Pending", "Running", "Completed"]


def test_a_run_that_waits_in_its_process_for_its_next_try_is_started_again_when_that_dies() -> None:
    deployment = deployed(
        """
@flow(retries=1, retry_delay_seconds=60)
def around():
    note("pid", os.getpid())
    if len(Path("pid").read_text().split()) == 1:
        raise RuntimeError
"""
    )
    run = triggered(deployment)

    with running(deployment):
        found(lambda: state_of(run).name == "AwaitingRetry", "next try")
        os.kill(int(written("pid")), signal.SIGKILL)
        found(lambda: recorded.history(run).count("AwaitingRetry") == 2, "place in the queue")

    assert state_of(run).type is StateType.SCHEDULED


@pytest.mark.long
def test_cancelling_without_a_runner_ends_the_run_where_its_process_lives_and_where_it_died(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "0.6")
    deployment = deployed("@flow\ndef around():\n    note('pid', os.getpid())\n    time.sleep(60)\n")
    living, dead = triggered(deployment), triggered(deployment)

    with running_alone(deployment) as runner:
        first, second = found(lambda: pids if len(pids := written("pid").split()) == 2 else None, "processes")
        runner.kill()
        cancel(living)
        assert ended(living).is_cancelled()
        for pid in (int(first), int(second)):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        cancel(dead)
        found(lambda: end_abandoned_runs(recorder().db, now=now(), new_id=new_id), "lease that ran out")

    assert state_of(dead).is_cancelled()


LINGERS = """
@flow
def around():
    note("pid", os.getpid())
    while not Path("go on").exists():
        time.sleep(0.05)
"""


def test_runs_outlive_a_host_that_ends_its_runner() -> None:
    deployment = deployed(LINGERS)
    run = triggered(deployment)

    with runs_carried_out(EmbeddedSource(recorder().db, deployment_ids=[deployment])):
        pid = int(written("pid"))
    assert is_alive(pid)
    Path("go on").touch()

    assert ended(run).is_completed()
    assert now_as(run).run_count == 1


def test_a_run_whose_process_is_asked_to_end_is_started_again_where_that_is_wished() -> None:
    deployment = deployed(
        """
@flow
def around(day: date):
    note("days", f"{day.year} {os.getpid()}")
    if len(Path("days").read_text().splitlines()) == 1:
        time.sleep(60)
""".replace("@flow", "from datetime import date\n@flow", 1),
        job_variables={"env": {"PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR": "reschedule"}},
    )
    run = triggered(deployment, day="2026-03-01")

    with running(deployment):
        year, pid = written("days").split()
        os.kill(int(pid), signal.SIGTERM)
        assert ended(run).is_completed()

    first, second = written("days").splitlines()
    assert first.split()[0] == second.split()[0] == year == "2026"
    assert recorded.history(run).count("AwaitingRetry") == 1


def test_a_pool_gives_its_runs_to_who_looks_after_it() -> None:
    deployment = deployed("@flow\ndef around():\n    note('ran')\n", work_pool_name="mine", work_queue_name="fast")
    run = triggered(deployment)

    others = EmbeddedSource(recorder().db, pool="mine", queues=["slow"])
    assert others.claim(10) == []
    others.close()
    with running(deployment, source=EmbeddedSource(recorder().db, pool="mine")):
        assert ended(run).is_completed()
