"""Durable flows that wait: they hold no process meanwhile, and go on when what they wait for has come."""

from __future__ import annotations

from pathlib import Path

from prefect._clock import new_id, now
from prefect._engine.recorders import recorder
from prefect._orchestration.duties.waking import Waker
from prefect.durable import send
from prefect.events import emit_event
from tests import recorded
from tests.runner.scenes import cancel, deployed, ended, found, is_alive, now_as, running, state_of, triggered

HEAD = """
from prefect.durable import *

@task
def step(what):
    note("steps", what)

@flow
def inner():
    step("in a subflow")
"""
FOR_ALL = """
@flow(durable=True, retries=1)
def around():
    note("pids", os.getpid())
    step("first")
    inner()
    number = wait_for_input(int, key="number", timeout=3600)
    step(f"got {number}")
    step(wait_for_event("order.shipped", resource="order.*").event)
    sleep(1.05)
    step("last")
    return number
"""
FOR_AN_INPUT = """
@flow(durable=True)
def around():
    note("pids", os.getpid())
    wait_for_input()
"""
FOR_A_CONDITION = """
@flow(durable=True)
def around():
    note("pids", os.getpid())
    return wait_for(Path("ready").exists, every=1.05)
"""


def pids() -> list[int]:
    return [int(pid) for pid in Path("pids").read_text().split()] if Path("pids").exists() else []


def woken() -> None:
    """Do what a server, worker or serving program does when something was recorded."""
    recorder().flush()
    Waker().wake(recorder().db, now=now(), new_id=new_id)


def test_a_run_that_waits_holds_no_process_and_goes_on_when_what_it_waits_for_comes() -> None:
    deployment_id = deployed(HEAD + FOR_ALL)
    with running(deployment_id):
        run = triggered(deployment_id)
        found(lambda: state_of(run).name == "Waiting", "run that waits")
        found(lambda: not is_alive(pids()[0]), "process that has left")

        woken()
        assert state_of(run).name == "Waiting"
        send(run.id, 7, key="number")
        woken()
        found(lambda: len(pids()) == 2 and state_of(run).name == "Waiting", "run that waits for an event")
        emit_event("order.shipped", {"prefect.resource.id": "order.1"})
        woken()

        assert ended(run).is_completed()

    assert len(set(pids())) == len(pids()) == 4
    assert Path("steps").read_text().splitlines() == ["first", "in a subflow", "got 7", "order.shipped", "last"]
    waits = ["Waiting", "Resuming", "Pending", "Running", "Waiting", "Resuming", "Pending", "Running"]
    last = ["Waiting", "Pending", "Running", "Completed"]
    assert recorded.history(run) == ["Scheduled", "Pending", "Running", *waits, *last]
    assert (now_as(run).run_count, now_as(run).empirical_policy.resumes) == (1, 0)


def test_a_run_that_waits_is_cancelled_at_once() -> None:
    deployment_id = deployed(HEAD + FOR_AN_INPUT)
    with running(deployment_id):
        run = triggered(deployment_id)
        found(lambda: state_of(run).name == "Waiting", "run that waits")

        cancel(run)

        assert state_of(run).is_cancelled()


def test_a_condition_is_asked_again_by_a_new_process() -> None:
    deployment_id = deployed(HEAD + FOR_A_CONDITION)
    with running(deployment_id):
        run = triggered(deployment_id)
        found(lambda: state_of(run).name == "Waiting", "run that waits")
        Path("ready").touch()

        assert ended(run).is_completed()

    assert len(pids()) == 2
