from __future__ import annotations

from uuid import uuid4

import pytest

from tests._api.deployed import a_deployment, a_pool
from tests.serving import Caller


def test_a_pool_is_made_read_changed_and_removed(api: Caller) -> None:
    made = api.post("/work_pools/", {"name": "p", "type": "process", "description": "mine"})

    assert made.status == 201
    assert api.get("/work_pools/p") == (200, made.json)
    assert (made.json["status"], made.json["active_slots"]) == ("NOT_READY", 0)
    assert "command" in made.json["base_job_template"]["variables"]["properties"]
    assert api.patch("/work_pools/p", {"is_paused": True, "concurrency_limit": 3}).status == 204
    changed = api.get("/work_pools/p").json
    assert (changed["status"], changed["concurrency_limit"], changed["description"]) == ("PAUSED", 3, "mine")
    assert api.delete("/work_pools/p").status == 204
    assert api.get("/work_pools/p").status == api.patch("/work_pools/p", {}).status == 404
    assert api.delete("/work_pools/p").status == 404


def test_names_are_given_once_and_some_are_not_given(api: Caller) -> None:
    a_pool(api)

    assert api.post("/work_pools/", {"name": "p"}).status == 409
    assert api.post("/work_pools/", {"name": "prefect-mine"}).status == 403
    assert api.post("/work_pools/", {"name": "Prefect"}).status == 403
    for wrong in ("", "a/b", "a%b", " ", "x" * 256):
        assert api.post("/work_pools/", {"name": wrong}).status == 422
    assert api.post("/work_pools/", {"name": "q", "concurrency_limit": -1}).status == 422
    assert api.post("/work_pools/", {"name": "名 😀"}).status == 201
    assert api.get("/work_pools/%E5%90%8D%20%F0%9F%98%80").json["name"] == "名 😀"


def test_a_job_template_must_declare_what_it_uses(api: Caller) -> None:
    half = api.post("/work_pools/", {"name": "p", "base_job_template": {"variables": {}}})
    undeclared = {"job_configuration": {"x": "{{ y }}"}, "variables": {"properties": {}}}

    assert half.status == 422
    assert "lacks ['job_configuration']" in half.json["exception_message"]
    assert api.post("/work_pools/", {"name": "p", "base_job_template": undeclared}).status == 422


def test_pools_are_listed_and_counted(api: Caller) -> None:
    for name in ("a", "b"):
        a_pool(api, name)

    assert [pool["name"] for pool in api.post("/work_pools/filter", {"limit": 1, "offset": 1}).json] == ["b"]
    assert api.post("/work_pools/count", {"work_pools": {"name": {"any_": ["a"]}}}).json == 1


def test_queues_of_a_pool(api: Caller) -> None:
    a_pool(api)
    path = "/work_pools/p/queues"

    made = api.post(path, {"name": "urgent", "priority": 1})
    assert made.status == 201
    assert [(queue["name"], queue["priority"]) for queue in api.post(f"{path}/filter").json] == [
        ("urgent", 1),
        ("default", 2),
    ]
    assert api.patch(f"{path}/urgent", {"concurrency_limit": 2, "name": "first"}).status == 204
    assert api.get(f"{path}/first").json["concurrency_limit"] == 2
    assert api.post(path, {"name": "first"}).status == 409
    assert api.patch(f"{path}/first", {"name": "default"}).status == 409
    assert api.delete(f"{path}/default").status == 403
    assert api.delete(f"{path}/first").status == 204
    assert api.get(f"{path}/first").status == api.get("/work_pools/none/queues/x").status == 404
    assert api.post(f"{path}/filter", {"work_queues": {"name": {"startswith_": ["de"]}}}).json[0]["name"] == "default"


def test_queues_by_themselves_belong_to_the_default_pool(api: Caller) -> None:
    made = api.post("/work_queues/", {"name": "q"}).json
    path = f"/work_queues/{made['id']}"

    assert made["work_pool_name"] == "default-agent-pool"
    assert api.get(path).json == api.get("/work_queues/name/q").json == made
    assert api.patch(path, {"is_paused": True}).status == 204
    assert api.get(path).json["status"] == "PAUSED"
    assert {queue["name"] for queue in api.post("/work_queues/filter").json} == {"default", "q"}
    status = api.get(f"{path}/status").json
    assert (status["healthy"], status["late_runs_count"]) == (False, 0)
    assert api.post(f"{path}/get_runs").json == []
    assert api.delete(path).status == 204
    assert api.get(path).status == 404
    assert api.delete("/work_pools/default-agent-pool").status == 403


def test_a_worker_that_is_heard_of_makes_its_pool_ready(api: Caller) -> None:
    a_pool(api)
    path = "/work_pools/p/workers"

    assert api.post(f"{path}/heartbeat", {"name": "w", "heartbeat_interval_seconds": 5}).status == 204
    assert api.post(f"{path}/heartbeat", {"name": "w"}).status == 204
    [worker] = api.post(f"{path}/filter").json

    assert (worker["name"], worker["status"]) == ("w", "ONLINE")
    assert api.get("/work_pools/p").json["status"] == "READY"
    assert api.post(f"{path}/filter", {"workers": {"status": {"any_": ["OFFLINE"]}}}).json == []
    assert api.delete(f"{path}/w").status == 204
    assert api.delete(f"{path}/w").status == 404
    assert api.post("/work_pools/none/workers/heartbeat", {"name": "w"}).status == 404
    assert api.post(f"{path}/heartbeat", {"name": "a/b"}).status == 422


def test_due_runs_are_listed_for_workers_and_who_takes_slots_is_told(api: Caller) -> None:
    a_pool(api, concurrency_limit=2)
    made = a_deployment(api, work_pool_name="p")
    runs = [api.post(f"/deployments/{made['id']}/create_flow_run", {}).json for _ in range(3)]

    due = api.post("/work_pools/p/get_scheduled_flow_runs").json
    first = due[0]["flow_run"]["id"]
    api.post(f"/flow_runs/{first}/set_state", {"state": {"type": "PENDING"}})
    status = api.post("/work_pools/p/concurrency_status").json
    of_queue = api.post(f"/work_queues/{due[0]['work_queue_id']}/concurrency_status").json

    assert [found["flow_run"]["id"] for found in due] == [run["id"] for run in runs[:2]]
    assert due[0]["work_pool_id"] == api.get("/work_pools/p").json["id"]
    assert (status["active_slots"], status["concurrency_limit"], status["count"]) == (1, 2, 1)
    assert [run["id"] for run in status["queues"][0]["flow_runs"]] == [first]
    assert [run["id"] for run in of_queue["flow_runs"]] == [first]
    assert len(api.post("/work_pools/p/get_scheduled_flow_runs").json) == 1
    assert api.post("/work_pools/none/get_scheduled_flow_runs").status == 404


@pytest.mark.parametrize("path", ["/work_pools/p/claim", "/deployments/claim"])
def test_runs_are_claimed_each_once(api: Caller, path: str) -> None:
    a_pool(api)
    made = a_deployment(api, work_pool_name="p", job_variables={"env": {"A": "1", "B": "1"}})
    body = {"job_variables": {"env": {"B": "2"}, "env.C": "3"}}
    run = api.post(f"/deployments/{made['id']}/create_flow_run", body).json
    asked = {"holder": "me", "lease_seconds": 30, "limit": 5}
    if path == "/deployments/claim":
        asked["deployment_ids"] = [made["id"]]

    [claim] = api.post(path, asked).json

    assert (claim["flow_run_id"], claim["epoch"], claim["name"]) == (run["id"], 1, run["name"])
    assert claim["job"]["env"] == {"A": "1", "B": "2", "C": "3"}
    assert api.post(path, asked).json == []
    assert api.get(f"/flow_runs/{run['id']}").json["state_name"] == "Pending"
    assert api.post(path, {**asked, "limit": 0}).status == 422
    assert api.post(path, {**asked, "holder": ""}).status == 422


def test_no_process_waits_for_delayed_tasks(api: Caller) -> None:
    assert api.post("/task_workers/filter") == (200, [])
    assert api.get(f"/work_queues/{uuid4()}").status == 404
