"""Paused and suspended runs while everything is restarted: they are resumed once, or fail once when time is up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from prefect import resume_flow_run
from prefect._clock import new_id, now
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.recorders import recorder
from prefect._orchestration.duties.waiting import end_expired_pauses
from prefect.exceptions import FlowPauseTimeout, NotPausedError
from tests import recorded
from tests.faults.programs import program
from tests.faults.servers import Server, serving
from tests.runner.scenes import deployed, ended, found, state_of, triggered, written

pytestmark = pytest.mark.long

SUSPENDED = """
from prefect import suspend_flow_run

@flow
def around(timeout):
    note("tries", os.getpid())
    suspend_flow_run(timeout=timeout, key="once")
    note("passed", os.getpid())
"""
PAUSED = """
from prefect import pause_flow_run

@flow
def around():
    pause_flow_run(timeout=60, poll_interval=0.1)
    note("passed")

around()
"""
RESUMING = """
import sys
from uuid import UUID
from prefect import resume_flow_run
from prefect.exceptions import PrefectException

print("ready", flush=True)
sys.stdin.readline()
try:
    resume_flow_run(UUID(sys.argv[1]))
    print("resumed")
except PrefectException as refusal:
    print(type(refusal).__name__)
"""


@contextmanager
def about_to_resume(flow_run_id: object) -> Iterator[subprocess.Popen[str]]:
    """A process that resumes a run as soon as it is given a line."""
    command = [sys.executable, "-c", RESUMING, str(flow_run_id)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def restarted(server: Server) -> None:
    server.kill()
    server.start()


def test_of_two_who_resume_at_once_after_a_restart_one_does() -> None:
    run = triggered(deployed(SUSPENDED, work_pool_name=DEFAULT_POOL), timeout=60)
    with serving() as server:
        found(lambda: state_of(run).name == "Suspended", "suspension")
        restarted(server)
        with about_to_resume(run.id) as one, about_to_resume(run.id) as other, ThreadPoolExecutor(2) as both:
            said = [told for told, _ in both.map(lambda process: process.communicate("go\n", timeout=30), (one, other))]
        assert ended(run).is_completed()

    assert sorted(said) == ["NotPausedError\n", "resumed\n"]
    assert len(written("tries").split()) == 2
    assert len(written("passed").split()) == 1
    assert recorded.history(run).count("Resuming") == 1


def test_a_run_whose_time_is_up_while_there_is_no_server_fails_once() -> None:
    run = triggered(deployed(SUSPENDED, work_pool_name=DEFAULT_POOL), timeout=1)
    with serving() as server:
        found(lambda: state_of(run).name == "Suspended", "suspension")
        server.kill()
        timeout = state_of(run).state_details.pause_timeout
        assert timeout is not None
        found(lambda: now() > timeout, "end of the pause")
        server.start()
        assert ended(run).is_failed()
        with pytest.raises(NotPausedError):
            resume_flow_run(run.id)

    assert recorded.history(run) == ["Scheduled", "Pending", "Running", "Suspended", "Failed"]
    assert len(written("tries").split()) == 1


def test_who_resumes_when_time_is_up_is_told_so_and_the_run_fails_once() -> None:
    run = triggered(deployed(SUSPENDED, work_pool_name=DEFAULT_POOL), timeout=1)
    with serving():
        found(lambda: state_of(run).name == "Suspended", "suspension")
    timeout = state_of(run).state_details.pause_timeout
    assert timeout is not None
    found(lambda: now() > timeout, "end of the pause")

    with pytest.raises(FlowPauseTimeout, match="never resumed"):
        resume_flow_run(run.id)
    with ThreadPoolExecutor(2) as duties:
        list(duties.map(lambda _: end_expired_pauses(recorder().db, now=now() + timedelta(1), new_id=new_id), range(4)))

    assert recorded.history(run)[3:] == ["Suspended", "Failed"]


def test_a_program_that_waits_for_its_answer_outlives_a_restart_of_the_server() -> None:
    with serving("--no-worker") as server, program(PAUSED, PREFECT_API_URL=server.url) as waiting:
        found(lambda: [run for run in recorded.flow_runs() if run.state_name == "Paused"], "pause")
        restarted(server)
        resume_flow_run(recorded.the_flow_run().id)
        _, complained = waiting.communicate(timeout=30)

    assert waiting.returncode == 0, complained
    assert recorded.history(recorded.the_flow_run()) == ["Pending", "Running", "Paused", "Running", "Completed"]
