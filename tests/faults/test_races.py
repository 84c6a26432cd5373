"""A signal and an end, a cancellation and an end in the same moment: there is one end, and it is right."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from threading import Barrier, Thread

import pytest

from prefect._clock import new_id, now
from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.leases import Lease
from prefect._domain.states import State, StateType
from prefect._engine.recorders import recorder
from prefect._orchestration import flow_runs
from prefect._orchestration.flow_runs import Answer
from tests import recorded
from tests.faults.programs import carried_out
from tests.faults.servers import serving

pytestmark = pytest.mark.long

ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "100"))
"""How often a race is run."""
TERMINATED = """
import json, random
import httpx, prefect._engine.remote

@task(persist_result=True)
def step(number):
    get_run_logger().info("step %s", number)
    return number

@flow
def around():
    try:
        step(1)
        step.submit(2).result()
        os.write(said, str(time.monotonic()).encode())
    except BaseException:
        os.write(said, b" interrupted")
        raise

def child():
    try:
        around()
    except BaseException as error:
        os._exit(3 if type(error).__name__ == "TerminationSignal" else 4)
    os._exit(0)

def started():
    global heard, said
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        child()
    os.close(said)
    return pid, heard

def heard_of(pid, heard):
    _, status = os.waitpid(pid, 0)
    told = os.read(heard, 100).decode()
    os.close(heard)
    return os.waitstatus_to_exitcode(status), told

began = time.monotonic()
assert heard_of(*started())[0] == 0
usual, chance = time.monotonic() - began, random.Random(ROUNDS)
for number in range(ROUNDS):
    pid, heard = started()
    if number % 2:
        time.sleep(chance.random() * usual)
    else:
        select.select([heard], [], [])
        time.sleep(chance.random() * 0.01)
    sent = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    print(json.dumps([pid, sent, *heard_of(pid, heard)]))
"""
MARGIN = 0.002
"""Seconds that may lie between a function's last words and its return."""


@pytest.fixture(params=["embedded", "server"])
def place(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What programs are told of where their runs are recorded."""
    if request.param == "embedded":
        yield {}
        return
    with serving("--no-worker", "--no-services") as server:
        yield {"PREFECT_API_URL": server.url}


def test_a_signal_at_any_moment_ends_a_run_once_and_replaces_no_outcome(place: dict[str, str]) -> None:
    rounds = ROUNDS // 3 if place else ROUNDS

    told = carried_out(TERMINATED.replace("ROUNDS", str(rounds)), within=60 + rounds, **place)

    assert told.returncode == 0, told.stderr
    runs = [run for run, _ in flow_runs.list_runs(recorder().db, limit=100_000)]
    states = {pid_of(run): run.state_name for run in runs if run.infrastructure_pid}
    ends = Counter(str(run.state_name) for run in runs)
    assert ends.keys() <= {"Completed", "Crashed"}, ends
    for pid, sent, code, said in map(json.loads, told.stdout.splitlines()):
        returned, _, interrupted = said.partition(" ")
        if returned and not interrupted and sent > float(returned) + MARGIN:
            assert states[pid] == "Completed"
        assert code in (0, 3, -signal.SIGTERM)
    assert ends["Completed"] > rounds / 3
    assert all(recorded.history(run).count(str(run.state_name)) == 1 for run in runs)
    assert {task.state_name for task in recorded.task_runs()} <= {"Completed", "Crashed"}


def pid_of(run: FlowRun) -> int:
    """The process that carried a run out."""
    return int(str(run.infrastructure_pid).rpartition(":")[2])


HERE = Lease("here:1:x", timedelta(seconds=60))


def a_running_run() -> tuple[FlowRun, int]:
    """A run that a process carries out, and its epoch."""
    db = recorder().db
    begun = flow_runs.begin(db, Flow(new_id(), "f"), FlowRun(new_id(), new_id(), "run"), a_state("PENDING"), now=now())
    answer = proposed(begun, "RUNNING", lease=HERE)
    return answer.run, answer.epoch


def a_state(type: str) -> State:
    return State(StateType(type), type.capitalize(), id=new_id(), timestamp=now())


def proposed(
    run: FlowRun, type: str, *, lease: Lease | None = None, epoch: int | None = None, forced: bool = False
) -> Answer:
    db = recorder().db
    return flow_runs.set_state(
        db, run.id, a_state(type), now=now(), spare_id=new_id(), lease=lease, epoch=epoch, forced=forced
    )


def ended_by_its_process(run: FlowRun, epoch: int) -> None:
    """What the engine does when a flow has returned."""
    answer = proposed(run, "COMPLETED", lease=HERE, epoch=epoch)
    if answer.state.is_cancelling():
        proposed(run, "CANCELLED", lease=HERE, epoch=epoch)


def cancelled(run: FlowRun, type: str, start: Barrier, after: float) -> None:
    start.wait()
    time.sleep(after)
    proposed(run, type)


@pytest.mark.parametrize("type", ["CANCELLING", "CANCELLED"])
def test_a_run_that_is_cancelled_in_the_moment_in_which_it_completes_ends_as_it_was_decided_first(type: str) -> None:
    ends: Counter[str] = Counter()
    chance = Random(ROUNDS)
    for _ in range(ROUNDS):
        run, epoch = a_running_run()
        start = Barrier(2)
        canceller = Thread(target=cancelled, args=(run, type, start, chance.random() / 500))
        canceller.start()
        start.wait()
        time.sleep(chance.random() / 500)
        ended_by_its_process(run, epoch)
        canceller.join()

        names = recorded.history(run)
        ends.update(names)
        assert "Cancelled" not in names[:-1], names
        assert names.count("Completed") + names.count("Cancelled") == 1 or type == "CANCELLED"

    assert ends["Completed"]
    assert ends["Cancelled"]
