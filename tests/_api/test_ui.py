from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Caller


@pytest.fixture
def flow_id(api: Caller) -> str:
    return str(api.post("/flows/", {"name": "etl"}).json["id"])


def a_run(api: Caller, flow_id: str, **fields: Any) -> Any:
    return api.post("/flow_runs/", {"flow_id": flow_id, **fields}).json


def due(moment: datetime) -> dict[str, Any]:
    return {"type": "SCHEDULED", "state_details": {"scheduled_time": moment.isoformat()}}


def test_the_next_run_of_each_flow_is_told(api: Caller, flow_id: str) -> None:
    now, idle = datetime.now(timezone.utc), api.post("/flows/", {"name": "idle"}).json["id"]
    a_run(api, flow_id, name="past", state=due(now - timedelta(hours=1)))
    for hours in (5, 2):
        a_run(api, flow_id, name=f"in-{hours}", state=due(now + timedelta(hours=hours)))

    told = api.post("/ui/flows/next-runs", {"flow_ids": [flow_id, idle]}).json

    assert told[flow_id]["name"] == "in-2"
    assert told[idle] is None


def test_deployments_and_task_runs_are_counted(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)
    for key in ("0", "1"):
        api.post("/task_runs/", {"task_key": "t", "dynamic_key": key, "flow_run_id": run["id"]})

    assert api.post("/ui/flows/count-deployments", {"flow_ids": [flow_id]}).json == {flow_id: 0}
    assert api.post("/ui/flow_runs/count-task-runs", {"flow_run_ids": [run["id"]]}).json == {run["id"]: 2}
    assert api.post("/ui/task_runs/count").json["PENDING"] == 2
    assert api.post("/ui/flow_runs/count-task-runs", {"flow_run_ids": [str(uuid4())] * 201}).status == 422


def test_runs_are_points_of_a_picture(api: Caller, flow_id: str) -> None:
    a_run(api, flow_id, state=due(datetime.now(timezone.utc) - timedelta(minutes=5)))

    (point,) = api.post("/ui/flow_runs/history").json

    assert point["state_type"] == "SCHEDULED"
    assert point["lateness"] == pytest.approx(300, abs=30)
    assert api.post("/ui/flow_runs/history", {"limit": 1001}).status == 422


def test_ends_of_task_runs_are_counted_over_time(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)
    for key, type in enumerate(("COMPLETED", "FAILED", "CRASHED")):
        told = {"task_key": "t", "dynamic_key": str(key), "flow_run_id": run["id"], "state": {"type": type}}
        api.post("/task_runs/", told)
    since = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()
    asked = {"task_runs": {"start_time": {"after_": since}}}

    counts = api.post("/ui/task_runs/dashboard/counts", asked).json

    assert len(counts) == 20
    assert counts[-1] == {"completed": 1, "failed": 2}
    assert sum(part["completed"] + part["failed"] for part in counts[:-1]) == 0
    assert api.post("/ui/task_runs/dashboard/counts", {"task_runs": {}}).status == 422


def test_a_task_run_is_told_with_the_name_of_its_flow_run(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, name="mine")
    task = api.post("/task_runs/", {"task_key": "t", "dynamic_key": "0", "flow_run_id": run["id"]}).json

    assert api.get(f"/ui/task_runs/{task['id']}").json["flow_run_name"] == "mine"


SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "many": {"type": "array", "items": {"type": "object", "required": ["x"]}}},
    "required": ["n"],
}


def test_values_are_held_against_a_schema(api: Caller) -> None:
    def told(values: Any) -> Any:
        return api.post("/ui/schemas/validate", {"schema": SCHEMA, "values": values}).json

    assert told({"n": 1}) == {"errors": [], "valid": True}
    missing = "This property is required."
    assert told({}) == {"errors": [{"property": "n", "errors": [missing]}], "valid": False}
    assert told({"n": 1, "many": [{"x": 1}, {}]})["errors"] == [
        {"property": "many", "errors": [{"index": 1, "errors": [{"property": "x", "errors": [missing]}]}]}
    ]
    assert api.post("/ui/schemas/validate", {"schema": {"type": "nonsense"}, "values": {}}).status == 422
    endless = {"$ref": "https://example.invalid/schema"}
    assert api.post("/ui/schemas/validate", {"schema": endless, "values": {}}).status == 422
