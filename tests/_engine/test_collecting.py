"""What another process records of a run goes to the process of its flow; where that is not to be had, to the ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import cloudpickle
import pytest

from prefect import flow
from prefect._clock import new_id, now
from prefect._domain.logs import Log
from prefect._engine.collecting import Collector, Courier
from prefect._engine.recorders import recorder
from prefect._store.journal import Entry
from prefect.context import serialize_context
from prefect.tasks import task
from tests.recorded import messages, task_runs, the_flow_run
from tests.serving import until

WORKER = """
import os, signal
import cloudpickle
from pathlib import Path
from prefect import get_run_logger, task
from prefect._engine.recorders import recorder
from prefect.context import hydrated_context
from prefect.task_engine import run_task_sync

@task
def work(x):
    get_run_logger().info("at work on %s", x)
    return x + 1

context, ids = cloudpickle.loads(Path("parcel").read_bytes())
for number, id in enumerate(ids):
    run_task_sync(work, task_run_id=id, parameters={"x": number}, context=context, return_type="state")
with hydrated_context(context):
    print("handed over" if recorder().courier.brings([]) else "written here")
os.kill(os.getpid(), signal.SIGKILL)
"""


@task
def work(x: int) -> int:
    return x


def done_by_another_process(context: dict[str, Any]) -> str:
    """Have two tasks carried out by a process that is killed then; what it says."""
    Path("parcel").write_bytes(cloudpickle.dumps((context, [uuid4(), uuid4()])))
    sees_this = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    told = subprocess.run([sys.executable, "-c", WORKER], env=sees_this, capture_output=True, text=True, check=False)
    assert told.returncode == -9, told.stderr
    return told.stdout.strip()


def for_a_task() -> dict[str, Any]:
    return serialize_context({"task": work, "task_run_id": uuid4(), "task_inputs": {}})


def test_what_a_process_recorded_that_is_killed_then_stands_in_the_flows_journal() -> None:
    @flow
    def calls() -> str:
        return done_by_another_process(for_a_task())

    assert calls() == "handed over"
    assert [run.state_type for run in task_runs()] == ["COMPLETED"] * 2
    assert {"at work on 0", "at work on 1"} <= set(messages(the_flow_run()))


def test_where_the_flows_process_takes_nothing_it_is_written_as_the_settings_say() -> None:
    @flow
    def calls() -> str:
        context = for_a_task()
        collector = recorder()._collector
        assert collector is not None
        collector.close()
        return done_by_another_process(context)

    assert calls() == "written here"
    assert [run.state_type for run in task_runs()] == ["COMPLETED"] * 2
    assert {"at work on 0", "at work on 1"} <= set(messages(the_flow_run()))


@pytest.fixture
def taken() -> list[Entry]:
    return []


@pytest.fixture
def collector(taken: list[Entry]) -> Iterator[Collector]:
    opened = Collector(taken.extend)
    yield opened
    opened.close()


def a_line() -> Log:
    return Log(new_id(), "prefect", 20, "hello", now(), None, None)


def test_a_batch_is_taken_whole_and_in_order(collector: Collector, taken: list[Entry]) -> None:
    courier, lines = Courier(collector.address), [a_line() for _ in range(100)]

    assert courier.brings([*lines[:60]])
    assert courier.brings([*lines[60:]])
    courier.close()

    assert taken == lines


def test_a_stranger_is_not_listened_to(collector: Collector, taken: list[Entry]) -> None:
    stranger = Courier(collector.address._replace(key=b"guessed"))

    assert not stranger.brings([a_line()])
    assert taken == []
    assert Courier(collector.address).brings([a_line()]), "others are still served"


def test_one_learns_that_the_flows_process_has_gone(collector: Collector) -> None:
    courier = Courier(collector.address)
    assert courier.brings([a_line()])
    assert not courier.is_gone()

    collector.close()

    assert not courier.brings([a_line()]) or not courier.brings([a_line()])
    until(courier.is_gone)


def test_what_a_journal_does_not_take_is_written_elsewhere() -> None:
    def full(_: list[Entry]) -> None:
        raise OSError("no room")

    collector = Collector(full)
    courier = Courier(collector.address)

    assert not courier.brings([a_line()])
    collector.close()


def test_a_process_of_another_machine_and_this_one_are_not_near(collector: Collector) -> None:
    assert not collector.address.is_near, "this process has the flow itself"
    assert collector.address._replace(process=os.getpid() + 1).is_near
    assert not collector.address._replace(process=1, machine="elsewhere").is_near
