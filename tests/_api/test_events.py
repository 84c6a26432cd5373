"""Task runs that clients tell of in events."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from prefect._domain.events import BEGINNING
from prefect._orchestration.events import read_feed
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings
from tests.serving import Caller

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def told(run_id: str, state: str, *, after: int = 0, flow_run_id: str | None = None, **run: Any) -> dict[str, Any]:
    """An event that tells of a task run which enters a state, some seconds after noon."""
    related = [{"prefect.resource.id": f"prefect.flow-run.{flow_run_id}", "prefect.resource.role": "flow-run"}]
    return {
        "id": str(uuid4()),
        "occurred": (NOON + timedelta(seconds=after)).isoformat(),
        "event": f"prefect.task-run.{state.capitalize()}",
        "resource": {"prefect.resource.id": f"prefect.task-run.{run_id}", "prefect.orchestration": "client"},
        "related": related if flow_run_id else [],
        "payload": {
            "intended": {"from": "PENDING", "to": state},
            "initial_state": None,
            "validated_state": {
                "type": state,
                "name": state.capitalize(),
                "message": "",
                "state_details": {},
                "data": None,
            },
            "task_run": {
                "name": "t-0",
                "task_key": "t-abc",
                "dynamic_key": "0",
                "empirical_policy": {"max_retries": 0, "retries": 2, "retry_delay": [1]},
                "tags": ["x"],
                "labels": {},
                "task_inputs": {"n": []},
                "run_count": 1,
                "total_run_time": 1.5,
                "start_time": NOON.isoformat(),
                "something_new": 1,
                **run,
            },
        },
    }


def test_a_task_run_is_recorded_as_it_is_told(api: Caller) -> None:
    run_id, flow_run_id = str(uuid4()), str(uuid4())
    event = told(run_id, "RUNNING", flow_run_id=flow_run_id)

    assert api.post("/events", [event]).status == 204

    run = api.get(f"/task_runs/{run_id}").json
    assert (run["name"], run["tags"], run["flow_run_id"]) == ("t-0", ["x"], flow_run_id)
    assert (run["state_id"], run["state_type"], run["run_count"]) == (event["id"], "RUNNING", 1)
    assert run["total_run_time"] == 1.5
    assert run["empirical_policy"]["retries"] == 2
    assert run["state"]["timestamp"].startswith("2026-03-01T12:00:00")


def test_the_latest_state_counts_in_whatever_order_they_come(api: Caller) -> None:
    run_id = str(uuid4())
    events = [told(run_id, state, after=i, run_count=i) for i, state in enumerate(("PENDING", "RUNNING", "COMPLETED"))]

    api.post("/events", [events[2], events[0]])
    api.post("/events", [events[1]])

    run = api.get(f"/task_runs/{run_id}").json
    assert (run["state_type"], run["run_count"]) == ("COMPLETED", 2)
    states = api.get("/task_run_states/", task_run_id=run_id).json
    assert [state["type"] for state in states] == ["PENDING", "RUNNING", "COMPLETED"]


def test_an_event_that_comes_twice_counts_once(api: Caller) -> None:
    run_id = str(uuid4())
    event = told(run_id, "RUNNING")

    for _ in range(2):
        assert api.post("/events", [event, event]).status == 204

    assert api.post("/task_runs/count").json == 1
    assert len(api.get("/task_run_states/", task_run_id=run_id).json) == 1


def test_other_events_are_taken(api: Caller) -> None:
    other = {**told(str(uuid4()), "RUNNING"), "event": "my.own", "resource": {"prefect.resource.id": "x"}}
    heartbeat = {**told(str(uuid4()), "RUNNING"), "payload": {}}

    assert api.post("/events", [other, heartbeat]).status == 204
    assert api.post("/task_runs/count").json == 0


def test_an_event_that_does_not_fit_is_refused_with_all_that_came_along(api: Caller) -> None:
    right, run_id = told(str(uuid4()), "RUNNING"), str(uuid4())
    wrong = [
        {**told(run_id, "RUNNING"), "resource": {"prefect.resource.id": "prefect.flow.x"}},
        {**told(run_id, "RUNNING"), "resource": {"prefect.resource.id": "prefect.task-run.x"}},
        {**told(run_id, "RUNNING"), "occurred": "yesterday"},
        told(run_id, "RUNNING", run_count=-1),
        told(run_id, "RUNNING", run_count=10**18),
        told(run_id, "RUNNING", task_key=None),
        told(run_id, "DREAMING"),
    ]

    assert [api.post("/events", [right, event]).status for event in wrong] == [422] * len(wrong)
    assert api.post("/task_runs/count").json == 0


def an_event(name: str = "order.shipped", **fields: Any) -> dict[str, Any]:
    """An event as a client tells it."""
    known = {"id": str(uuid4()), "occurred": NOON.isoformat(), "resource": {"prefect.resource.id": "order.1"}}
    return {"event": name, **known, **fields}


def fed(api: Caller) -> list[str]:
    """The names of all events."""
    db = opened_database(str(get_current_settings().server.database.connection_url))
    return [event.event for _, event in read_feed(db, BEGINNING, limit=1_000)]


def test_events_of_programs_are_recorded_each_once(api: Caller) -> None:
    first = an_event("first")

    assert api.post("/events", [first]).status == 204
    assert api.post("/events", [first, an_event("second")]).status == 204

    assert fed(api) == ["first", "second"]


def test_what_tells_of_a_task_run_is_its_state_and_no_event_beside_it(api: Caller) -> None:
    event = told(str(uuid4()), "RUNNING")

    api.post("/events", [event, event])

    assert fed(api) == ["prefect.task-run.Running"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"resource": {"a": "b"}}, "prefect.resource.id"),
        ({"related": [{"prefect.resource.id": "x"}]}, "prefect.resource.role"),
        ({"related": [{"prefect.resource.id": "x", "prefect.resource.role": "r"}] * 101}, "at most 100"),
        ({"resource": {"prefect.resource.id": "x", **{f"k{n}": "v" for n in range(500)}}}, "at most 500"),
        ({"payload": {"x": "\0"}}, "NUL"),
        ({"event": "x" * 1_025}, "1024"),
    ],
)
def test_an_event_that_cannot_be_kept_is_refused_with_the_reason(api: Caller, fields: dict[str, Any], why: str) -> None:
    answer = api.post("/events", [an_event(**fields)])

    assert answer.status == 422
    assert why in str(answer.json)
    assert fed(api) == []
