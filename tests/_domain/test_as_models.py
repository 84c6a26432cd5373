"""Runs and states give their fields, as programs ask models for them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from prefect import flow, task
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType
from prefect.context import FlowRunContext, TaskRunContext

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def a_run() -> FlowRun:
    state = State(StateType.COMPLETED, name="Completed", message="Done.")
    return FlowRun(
        uuid4(), uuid4(), "swift-fox", state, start_time=NOON, total_run_time=timedelta(seconds=2), tags=["a"]
    )


@pytest.mark.parametrize("method", ["model_dump", "dict"])
def test_a_run_tells_its_fields(method: str) -> None:
    run = a_run()

    told = getattr(run, method)()

    assert (told["name"], told["id"], told["start_time"], told["tags"]) == ("swift-fox", run.id, NOON, ["a"])
    assert (told["state_name"], told["state_type"], told["state"]["message"]) == (
        "Completed",
        StateType.COMPLETED,
        "Done.",
    )


@pytest.mark.parametrize("method", ["model_dump_json", "json"])
def test_a_run_tells_its_fields_as_json(method: str) -> None:
    run = a_run()

    told = json.loads(getattr(run, method)())

    assert UUID(told["id"]) == run.id
    assert (told["state"]["type"], told["total_run_time"]) == ("COMPLETED", 2.0)
    assert datetime.fromisoformat(told["start_time"]) == NOON
    assert told == run.model_dump(mode="json")


def test_fields_are_chosen() -> None:
    run = a_run()

    assert run.model_dump(include={"name", "deployment_id"}) == {"name": "swift-fox", "deployment_id": None}
    assert run.model_dump(include={"name", "deployment_id"}, exclude_none=True) == {"name": "swift-fox"}
    assert "name" not in run.model_dump(exclude={"name"})


def test_runs_of_a_context_tell_their_fields() -> None:
    names = []

    @task(task_run_name="step")
    def step() -> None:
        context = TaskRunContext.get()
        assert context is not None
        names.append(context.task_run.dict()["name"])

    @flow(flow_run_name="tonight")
    def around() -> None:
        context = FlowRunContext.get()
        assert context is not None
        assert context.flow_run is not None
        names.append(context.flow_run.dict().get("name"))
        step()

    around()

    assert names == ["tonight", "step"]
