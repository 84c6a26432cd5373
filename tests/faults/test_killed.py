"""`kill -9` of a program, a runner, a server, or several at once: nothing is stuck, lost or left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.recorders import recorder
from prefect._orchestration.duties.leases import end_abandoned_runs
from tests import recorded
from tests.faults.programs import program
from tests.faults.scenes import due_now, leases_watched
from tests.faults.servers import serving
from tests.runner.scenes import (
    ALONE,
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

pytestmark = pytest.mark.long

SHORT = "1"
"""Seconds of a lease."""
WAITING = """
@task
def wait():
    note("pid", os.getpid())
    time.sleep(60)

@flow
def around():
    wait()
"""
IN_A_TASK = WAITING + "\naround()\n"
IN_A_SUBFLOW = WAITING + "\n@flow\ndef outer():\n    around()\n\nouter()\n"
BETWEEN_TRIES = """
@flow(retries=1, retry_delay_seconds=60, on_failure=[])
def around():
    note("pid", os.getpid())
    raise RuntimeError

around()
"""
BEFORE_IT_RUNS = """
from typing import Annotated
from pydantic import AfterValidator

def slowly(value):
    note("pid", os.getpid())
    time.sleep(60)

@flow
def around(number: Annotated[int, AfterValidator(slowly)]):
    pass

around(1)
"""
SUBMITTED = WAITING + "\n@flow\ndef many():\n    for _ in range(3):\n        wait.submit()\n\nmany()\n"


def all_ended(runs: list[FlowRun]) -> bool:
    return all(run.state is not None and run.state.is_final() for run in runs)


def test_what_killed_programs_were_at_is_crashed_by_their_server_within_the_lease() -> None:
    with serving("--no-worker") as server:
        shapes = {"task": IN_A_TASK, "subflow": IN_A_SUBFLOW, "tries": BETWEEN_TRIES, "pending": BEFORE_IT_RUNS}
        shapes["submitted"] = SUBMITTED
        for number, (name, code) in enumerate(shapes.items(), start=1):
            with program(code, name=name, PREFECT_API_URL=server.url, PREFECT_FLOWS_LEASE_SECONDS=SHORT):
                found(lambda n=number: len(written("pid").split()) >= n, "program at work")  # type: ignore[misc]
                if name == "tries":
                    found(lambda: "AwaitingRetry" in {run.state_name for run in recorded.flow_runs()}, "next try")
        runs = found(lambda: runs if all_ended(runs := recorded.flow_runs()) else None, "end of all runs")

    assert [run.state_name for run in runs] == 6 * ["Crashed"]
    assert all(run.end_time is not None for run in runs)
    assert all("stopped renewing its lease" in str(run.state.message) for run in runs if run.state)
    assert {task.state_name for task in recorded.task_runs()} == {"Crashed"}


GOES_ON = """
@task
def wait():
    note("inner", os.getpid())
    time.sleep(60)

@flow
def inner():
    wait()

@flow
def outer():
    note("pid", os.getpid())
    while not Path("go on").exists():
        time.sleep(0.05)
    inner()

outer()
"""


def test_a_subflow_that_is_begun_when_its_caller_was_given_up_ends_although_nobody_holds_the_caller() -> None:
    with program(GOES_ON, PREFECT_FLOWS_LEASE_SECONDS="60") as process:
        written("pid")
        end_abandoned_runs(recorder().db, now=now() + timedelta(hours=1), new_id=new_id)
        Path("go on").touch()
        written("inner")
        process.kill()
    end_abandoned_runs(recorder().db, now=now(), new_id=new_id)

    assert [run.state_name for run in recorded.flow_runs()] == ["Crashed", "Crashed"]
    assert {task.state_name for task in recorded.task_runs()} == {"Crashed"}


@pytest.mark.parametrize("is_remote", [True, False])
def test_a_program_that_was_believed_dead_and_dies_later_leaves_nothing_open(is_remote: bool) -> None:
    with serving("--no-worker", "--no-services") as server, leases_watched():
        env = {"PREFECT_API_URL": server.url} if is_remote else {}
        with program(GOES_ON, PREFECT_FLOWS_LEASE_SECONDS=SHORT, **env) as process:
            written("pid")
            process.send_signal(signal.SIGSTOP)
            found(lambda: recorded.the_flow_run().state_name == "Crashed", "lease that ran out")
            process.send_signal(signal.SIGCONT)
            Path("go on").touch()
            written("inner")
            found(lambda: {run.state_name for run in recorded.flow_runs()} == {"Crashed", "Running"}, "subflow")
        found(lambda: {run.state_name for run in recorded.flow_runs()} == {"Crashed"}, "end of the subflow")

    assert {task.state_name for task in recorded.task_runs()} == {"Crashed"}


CHATTY_AND_SILENT = """
@task
def step(number):
    note(f"ledger-{os.getpid()}", number)
    return number

@flow
def around(silent=False):
    note("pids", os.getpid())
    while not Path("killed").exists():
        if not silent:
            print("still here")
        time.sleep(0.001)
    for number in range(5):
        step(number)
        for line in range(0 if silent else 200):
            print("line", 200 * number + line)
"""


def test_runs_outlive_the_server_that_started_them_and_the_next_one_knows_all_of_them() -> None:
    deployment = deployed(CHATTY_AND_SILENT, work_pool_name=DEFAULT_POOL)
    with serving() as server:
        chatty, silent = triggered(deployment), triggered(deployment, silent=True)
        pids = found(lambda: told if len(told := written("pids").split()) == 2 else None, "processes")

        server.kill()
        Path("killed").touch()
        assert ended(chatty).is_completed()
        assert ended(silent).is_completed()

        server.start()
        after = triggered(deployment)
        assert ended(after).is_completed()
        found(lambda: lines_of(chatty)[-1:] == ["line 999"], "output")

    assert lines_of(chatty) == [f"line {number}" for number in range(1000)]
    assert all(written(f"ledger-{pid}").split() == list("01234") for pid in pids)
    assert [len(recorded.task_runs(run.id)) for run in (chatty, silent)] == [5, 5]


def lines_of(run: FlowRun) -> list[str]:
    return [line for line in printed(run) if line.startswith("line ")]


DIES_AFTER_ITS_CLAIM = ALONE.replace(
    "\nsource = EmbeddedSource",
    """
import os, signal

class Doomed(EmbeddedSource):
    def claim(self, limit):
        if super().claim(limit):
            os.kill(os.getpid(), signal.SIGKILL)
        return []

source = Doomed""",
)


def one_dies_after_its_claim(deployment: UUID) -> None:
    command = [sys.executable, "-c", DIES_AFTER_ITS_CLAIM, str(deployment), "0.3"]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL


def test_a_run_whose_runner_was_killed_between_claim_and_start_is_carried_out_by_the_next() -> None:
    deployment = deployed("@flow\ndef around():\n    note('ran')\n")
    run = triggered(deployment)

    one_dies_after_its_claim(deployment)
    assert state_of(run).is_pending()
    with leases_watched(), running_alone(deployment):
        assert ended(run).is_completed()

    assert Path("ran").read_text() == "\n"
    assert recorded.history(run) == ["Scheduled", "Pending", "Scheduled", "Pending", "Running", "Completed"]


def test_a_run_that_kills_three_runners_before_it_starts_is_given_up() -> None:
    deployment = deployed("")
    run = triggered(deployment)

    with leases_watched():
        for _ in range(3):
            found(lambda: state_of(run).is_scheduled(), "place in the queue")
            one_dies_after_its_claim(deployment)
        state = ended(run)

    assert state.is_crashed()
    assert "never started" in str(state.message)


TRIES = """
@flow(retries=1, retry_delay_seconds=60)
def around():
    note("pid", os.getpid())
    if len(Path("pid").read_text().split()) == 2:
        raise RuntimeError
    if len(Path("pid").read_text().split()) < 3:
        time.sleep(60)
"""


def test_runner_and_processes_killed_together_leave_nothing_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", SHORT)
    deployment = deployed(TRIES)
    working = triggered(deployment)

    with running_alone(deployment, claim_seconds=1) as runner:
        first = int(written("pid"))
        trying = triggered(deployment)
        found(lambda: state_of(trying).name == "AwaitingRetry", "next try")
        runner.kill()
        for pid in {first, *map(int, written("pid").split())}:
            os.kill(pid, signal.SIGKILL)
    with leases_watched():
        assert ended(working).is_crashed()
        found(lambda: recorded.history(trying).count("AwaitingRetry") == 2, "place in the queue")
        due_now(trying)
        with running(deployment):
            assert ended(trying).is_completed()


STEPS = """
@task
def step(number):
    note(f"ledger-{os.getpid()}", number)
    time.sleep(0.1)

@flow(on_crashed=[lambda flow, run, state: note("crashed", os.getpid())])
def around():
    note("pids", os.getpid())
    for number in range(50 if len(Path("pids").read_text().split()) == 1 else 5):
        step(number)
"""


def test_a_process_that_was_believed_dead_stops_when_its_run_was_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", SHORT)
    deployment = deployed(STEPS)
    run = triggered(deployment)

    with running(deployment), leases_watched():
        first = int(written("pids"))
        written(f"ledger-{first}")
        os.kill(first, signal.SIGSTOP)
        try:
            found(lambda: state_of(run).is_crashed(), "lease that ran out")
            due_now(run)
            found(lambda: len(written("pids").split()) == 2, "second process")
            assert ended(run).is_completed()
            before = written(f"ledger-{first}").split()
        finally:
            os.kill(first, signal.SIGCONT)
        found(lambda: not is_alive(first), "end of the first process")

    assert len(written(f"ledger-{first}").split()) <= len(before) + 1
    assert written(f"ledger-{written('pids').split()[1]}").split() == list("01234")
    assert state_of(run).is_completed()
    assert recorded.history(run).count("Completed") == 1
    assert all(task.state and task.state.is_final() for task in recorded.task_runs(run.id))
    assert not Path("crashed").exists()
