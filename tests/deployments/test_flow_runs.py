"""Programs have deployments run and wait for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

import pytest

from prefect import flow, tags
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect.deployments import RunnerDeployment, arun_deployment, run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runner.source import EmbeddedSource
from prefect.runner.starter import RunStarter
from tests.recorded import task_runs

CODE = """
from prefect import flow

@flow
def double(number: int = 1) -> int:
    if number < 0:
        raise ValueError("below zero")
    return number * 2
"""


@pytest.fixture
def deployed() -> RunnerDeployment:
    """A deployment whose runs nobody starts."""
    Path("flows.py").write_text(CODE)
    made = RunnerDeployment.from_entrypoint("flows.py:double", "x", tags=["deployed"])
    made.apply()
    return made


@pytest.fixture
def served(deployed: RunnerDeployment) -> Iterator[None]:
    """The same, with somebody who starts its runs."""
    runner = RunStarter(EmbeddedSource(recorder().db, deployment_ids=[deployed.apply()]), grace_seconds=1)
    thread = threading.Thread(target=runner.run)
    thread.start()
    yield
    runner.stop(now=True)
    thread.join()


@pytest.mark.usefixtures("served")
def test_a_deployment_is_run_to_its_end() -> None:
    run: FlowRun = run_deployment("double/x", parameters={"number": 4}, flow_run_name="four")
    failed = asyncio.run(arun_deployment("double/x", parameters={"number": -1}))

    assert run.state is not None
    assert run.state.is_completed()
    assert (run.name, run.parameters) == ("four", {"number": 4})
    assert failed.state is not None
    assert failed.state.is_failed()


@pytest.mark.usefixtures("served")
def test_inside_of_a_flow_it_is_a_subflow_that_the_flow_keeps_track_of() -> None:
    @flow
    def outer() -> FlowRun:
        found: FlowRun = run_deployment("double/x")
        return found

    with tags("around"):
        run = outer()

    [tracking] = task_runs()
    assert run.parent_task_run_id == tracking.id
    assert run.tags == ["deployed", "around"]
    assert tracking.name == "double/x-0"
    assert tracking.state is not None
    assert tracking.state.is_completed()
    assert tracking.state.state_details.child_flow_run_id == run.id


@pytest.mark.usefixtures("served")
def test_inside_of_an_event_loop_it_is_awaited() -> None:
    @flow
    async def outer() -> FlowRun:
        found: FlowRun = await run_deployment("double/x", as_subflow=False)
        return found

    run = asyncio.run(outer())

    assert run.parent_task_run_id is None
    assert run.state is not None
    assert run.state.is_completed()


def test_one_that_nobody_starts_is_given_as_it_is_when_the_time_is_up(deployed: RunnerDeployment) -> None:
    later = datetime.now(timezone.utc) + timedelta(hours=1)

    at_once: FlowRun = run_deployment("double/x", timeout=0, scheduled_time=later, tags=["a"], idempotency_key="k")
    again: FlowRun = run_deployment(deployed.apply(), timeout=0.2, poll_interval=0.1, idempotency_key="k")

    assert again.id == at_once.id
    assert at_once.state is not None
    assert at_once.state.is_scheduled()
    assert at_once.state.state_details.scheduled_time == later
    assert at_once.tags == ["deployed", "a"]


@pytest.mark.usefixtures("deployed")
def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more seconds"):
        run_deployment("double/x", timeout=-1)
    with pytest.raises(ValueError, match="names no deployment"):
        run_deployment("double")
    with pytest.raises(ObjectNotFound, match="no deployment 'double/y'"):
        run_deployment("double/y")
    with pytest.raises(ObjectNotFound, match="no deployment"):
        run_deployment(uuid4())
