from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from prefect.utilities.files import write_whole
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


def test_how_long_the_runs_of_a_flow_usually_take_is_told(api: Caller, flow_id: str) -> None:
    idle = api.post("/flows/", {"name": "idle"}).json["id"]
    for _ in range(3):
        run = a_run(api, flow_id)["id"]
        task = {"task_key": "t", "dynamic_key": "0", "flow_run_id": run}
        task_id = api.post("/task_runs/", task).json["id"]
        for type in ("RUNNING", "COMPLETED"):
            api.post(f"/task_runs/{task_id}/set_state", {"state": {"type": type}})
            api.post(f"/flow_runs/{run}/set_state", {"state": {"type": type}})

    told = api.post("/ui/flows/usual-durations", {"flow_ids": [flow_id, idle]}).json

    assert told[idle] is None
    assert told[flow_id]["runs"] == 3
    assert 0 <= told[flow_id]["median"] <= told[flow_id]["p95"] < 60
    assert api.get(f"/ui/task_runs/{task_id}/usual-duration").json["runs"] == 3
    assert api.get(f"/ui/task_runs/{uuid4()}/usual-duration").status == 404


def test_the_next_times_of_a_schedule_are_told_and_nothing_is_planned(api: Caller) -> None:
    daily = {"schedule": {"cron": "0 8 * * *", "timezone": "Asia/Shanghai"}}

    told = api.post("/ui/schedules/next-times", daily).json

    assert [time[10:] for time in told] == ["T00:00:00Z"] * 5
    assert told == sorted(set(told))
    assert datetime.fromisoformat(told[0].replace("Z", "+00:00")) > datetime.now(timezone.utc)
    assert api.post("/flow_runs/count").json == 0
    once = {"rrule": "DTSTART:20350101T000000\nRRULE:FREQ=DAILY;COUNT=1"}
    assert api.post("/ui/schedules/next-times", {"schedule": once}).json == ["2035-01-01T00:00:00Z"]
    assert "cron" in api.post("/ui/schedules/next-times", {"schedule": {"cron": "every day"}}).json["exception_message"]


def test_the_result_in_the_folder_of_results_is_shown(api: Caller, flow_id: str, home: Path) -> None:
    run = a_run(api, flow_id)["id"]
    assert api.get(f"/ui/flow_runs/{run}/result").json["status"] == "none"

    metadata = {"storage_key": "rows", "serializer": {"type": "json"}}
    write_whole(home / "storage" / "rows", orjson.dumps({"metadata": metadata, "result": '{"rows": 3}'}))
    api.post(f"/flow_runs/{run}/set_state", {"state": {"type": "COMPLETED", "data": metadata}, "force": True})

    assert api.get(f"/ui/flow_runs/{run}/result").json["text"] == '{"rows": 3}'
    assert api.get(f"/ui/task_runs/{uuid4()}/result").status == 404


def test_the_server_tells_of_its_database_and_clock(api: Caller) -> None:
    told = api.get("/ui/server").json

    assert told["dialect"] == "sqlite"
    assert told["database_size"] > 10_000
    assert "UTC" in told["time_zone"]


def test_how_the_last_runs_went_is_told_of_flows_and_deployments(api: Caller, flow_id: str) -> None:
    deployed = api.post("/deployments/", {"name": "d", "flow_id": flow_id}).json["id"]
    first = datetime.now(timezone.utc) - timedelta(hours=1)
    for number, type in enumerate(["COMPLETED", "FAILED", "COMPLETED", "CANCELLED"]):
        run = a_run(
            api, flow_id, name=f"run-{number}", deployment_id=deployed, state=due(first + timedelta(minutes=number))
        )
        for state in ("RUNNING", type):
            api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": state}, "force": True})

    of_flow = api.post("/ui/flows/standing", {"flow_ids": [flow_id]}).json[flow_id]
    of_deployment = api.post("/ui/deployments/standing", {"deployment_ids": [deployed]}).json[deployed]

    assert (of_flow["ended"], of_flow["completed"]) == (3, 2)
    assert of_flow["lateness"] == pytest.approx(3600 - 90, abs=60)
    assert [run["state_type"] for run in of_deployment["runs"]] == ["CANCELLED", "COMPLETED", "FAILED", "COMPLETED"]
    assert api.post("/ui/flows/standing", {"flow_ids": [deployed]}).json[deployed]["runs"] == []


def test_the_tries_of_a_runs_tasks_are_told_where_there_are_several(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)
    for key, states in (("0", ["RUNNING", "COMPLETED"]), ("1", ["RUNNING", "SCHEDULED", "RUNNING", "COMPLETED"])):
        body = {"task_key": "t", "dynamic_key": key, "flow_run_id": run["id"]}
        task = api.post("/task_runs/", body).json["id"]
        for type in states:
            api.post(f"/task_runs/{task}/set_state", {"state": {"type": type}, "force": True})

    told = api.get(f"/ui/flow_runs/{run['id']}/tries").json

    assert [(one["task_run_id"], one["state_type"]) for one in told] == [(task, "FAILED"), (task, "COMPLETED")]
    assert told[0]["end"] <= told[1]["start"]
