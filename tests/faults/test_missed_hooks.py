"""Hooks of runs whose process and runner both died: the next runner calls them, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect._orchestration import missed_hooks
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect.runner.http_source import HttpSource
from prefect.runner.source import EmbeddedSource, RunSource
from prefect.settings import get_current_settings, temporary_settings
from tests.faults.scenes import due_now, leases_watched
from tests.runner.scenes import (
    cancel,
    deployed,
    ended,
    found,
    is_alive,
    running,
    running_alone,
    state_of,
    triggered,
    written,
)
from tests.serving import served

pytestmark = pytest.mark.long

CODE = """
def hook(flow, run, state):
    note("hooked", f"{run.name} {state.name}")

@flow(on_crashed=[hook], on_cancellation=[hook])
def around():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("pid", os.getpid())
    while not os.path.exists("go on"):
        time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "0.6")
    monkeypatch.setenv("PREFECT_RUNNER_POLL_FREQUENCY", "0.2")


@pytest.fixture(params=["embedded", "server"])
def source(request: pytest.FixtureRequest) -> Iterator[RunSource]:
    """Where the next runner has its runs from."""
    if request.param == "embedded":
        yield EmbeddedSource(recorder().db, pool="p")
        return
    with served() as address, temporary_settings({"PREFECT_API_URL": address}):
        there = HttpSource(get_current_settings(), pool="p")
        with temporary_settings({"PREFECT_API_URL": ""}):
            yield there


def one_is_left_alone(deployment: UUID, *, cancelled: bool = False) -> FlowRun:
    """A run that has ended since its process and its runner were killed, and nobody saw it."""
    run = triggered(deployment)
    with running_alone(deployment) as runner:
        pid = int(written("pid"))
        runner.kill()
        runner.wait()
    if cancelled:
        cancel(run)
    os.kill(pid, signal.SIGKILL)
    found(lambda: not is_alive(pid), "end of the process")
    with leases_watched():
        ended(run)
    return run


@pytest.mark.parametrize(("cancelled", "told"), [(False, "run Crashed"), (True, "run Cancelled")])
def test_the_next_runner_calls_the_hooks_of_a_run_whose_runner_died(
    source: RunSource, cancelled: bool, told: str
) -> None:
    deployment = deployed(CODE, work_pool_name="p")
    run = one_is_left_alone(deployment, cancelled=cancelled)
    assert not Path("hooked").exists()

    with running(deployment, source=source):
        assert written("hooked") == told
        Path("go on").touch()
        assert ended(triggered(deployment)).is_completed()

    assert written("hooked") == told
    assert state_of(run).name == told.split()[1]


def test_hooks_are_given_to_one_who_asks_and_to_nobody_else() -> None:
    deployment = deployed(CODE, work_pool_name="p")
    run = one_is_left_alone(deployment)
    db = recorder().db

    def taken(pool: str = "p", queues: tuple[str, ...] = ()) -> list[UUID]:
        found = missed_hooks.take_of_pool(db, pool, queues, limit=5, now=now())
        return [each.run.flow_run_id for each in found]

    assert taken("other") == taken("p", ("other",)) == []
    assert missed_hooks.take_of_deployments(db, [new_id()], limit=5, now=now()) == []
    assert taken() == [run.id]
    assert taken() == []


def test_a_run_that_is_started_again_meanwhile_has_no_hooks_called_for_its_end() -> None:
    deployment = deployed(CODE, work_pool_name="p")
    run = one_is_left_alone(deployment)

    due_now(run)

    assert missed_hooks.take_of_deployments(recorder().db, [deployment], limit=5, now=now()) == []


def test_hooks_that_nobody_calls_are_let_be_after_some_time() -> None:
    deployment = deployed(CODE, work_pool_name="p")
    one_is_left_alone(deployment)
    later = now() + timedelta(minutes=11)

    end_abandoned_runs(recorder().db, now=later, new_id=new_id)

    assert missed_hooks.take_of_deployments(recorder().db, [deployment], limit=5, now=later) == []
