from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests._api.deployed import a_deployment, a_flow, a_pool
from tests.serving import Caller

HOURLY = {"schedule": {"cron": "0 * * * *", "timezone": "UTC"}}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def test_a_deployment_is_made_read_changed_and_removed(api: Caller) -> None:
    made = a_deployment(api, tags=["t"], parameters={"x": 1}, schedules=[HOURLY], description="what it does")
    path = f"/deployments/{made['id']}"

    assert api.get(path) == (200, made)
    assert api.get("/deployments/name/f/d").json == made
    assert made["status"] == "NOT_READY"
    assert made["schedules"][0]["schedule"] == {"cron": "0 * * * *", "timezone": "UTC", "day_or": True}
    assert made["schedules"][0]["catch_up"] == "all"
    assert api.patch(path, {"tags": ["u"], "paused": True}) == (204, None)
    changed = api.get(path).json
    assert (changed["tags"], changed["paused"], changed["parameters"]) == (["u"], True, {"x": 1})
    assert changed["schedules"] == made["schedules"]
    assert api.delete(path).status == 204
    assert api.get(path).status == api.delete(path).status == api.patch(path, {}).status == 404


def test_made_again_it_keeps_its_id_and_what_is_not_given(api: Caller) -> None:
    first = a_deployment(api, description="kept", schedules=[HOURLY])

    again = api.post("/deployments/", {"name": "d", "flow_id": first["flow_id"], "tags": ["new"]})

    assert (again.status, again.json["id"]) == (200, first["id"])
    assert (again.json["description"], again.json["tags"], again.json["schedules"]) == ("kept", ["new"], [])


def test_deployments_are_found_by_what_is_wanted_of_them_and_of_others(api: Caller) -> None:
    a_pool(api)
    a_deployment(api, "a", tags=["red"], work_pool_name="p")
    a_deployment(api, "b", tags=["blue"], paused=True)
    a_deployment(api, "c")

    def names(**body: Any) -> list[str]:
        return [found["name"] for found in api.post("/deployments/filter", body).json]

    assert names() == ["a", "b", "c"]
    assert names(sort="NAME_DESC", limit=2) == ["c", "b"]
    assert names(deployments={"tags": {"all_": ["red"]}}) == ["a"]
    assert names(deployments={"paused": {"eq_": True}}) == ["b"]
    assert names(work_pools={"name": {"any_": ["p"]}}) == ["a"]
    assert names(flows={"name": {"any_": ["other"]}}) == []
    assert api.post("/deployments/count", {"deployments": {"name": {"any_": ["a", "b"]}}}).json == 2
    page = api.post("/deployments/paginate", {"page": 2, "limit": 2}).json
    assert ([found["name"] for found in page["results"]], page["count"], page["pages"]) == (["c"], 3, 2)
    deleted = api.post("/deployments/bulk_delete", {"deployments": {"name": {"any_": ["a", "b"]}}}).json["deleted"]
    assert len(deleted) == 2
    assert names() == ["c"]


def test_the_pool_must_be_there_and_an_unknown_queue_is_made(api: Caller) -> None:
    flow_id = a_flow(api)
    nowhere = api.post("/deployments/", {"name": "d", "flow_id": flow_id, "work_pool_name": "p"})
    a_pool(api)
    made = a_deployment(api, work_pool_name="p", work_queue_name="fast")

    assert nowhere.status == 404
    assert (made["work_pool_name"], made["work_queue_name"]) == ("p", "fast")
    assert api.get("/work_pools/p/queues/fast").json["priority"] == 2
    assert [queue["name"] for queue in api.get(f"/deployments/{made['id']}/work_queue_check").json] == ["fast"]
    api.patch(f"/deployments/{made['id']}", {"work_pool_name": None})
    assert api.get(f"/deployments/{made['id']}").json["work_queue_id"] is None


def test_schedules_are_changed_by_their_slugs(api: Caller) -> None:
    a, b = {**HOURLY, "slug": "a"}, {**HOURLY, "slug": "b"}
    made = a_deployment(api, schedules=[a, b])
    path = f"/deployments/{made['id']}"

    api.patch(path, {"schedules": [{"slug": "b", "active": False}, {**HOURLY, "slug": "c"}]})
    by_slug = {held["slug"]: held for held in api.get(path).json["schedules"]}
    renamed = api.patch(path, {"schedules": [{"slug": "d", "replaces": "c"}]})

    assert {slug: held["active"] for slug, held in by_slug.items()} == {"a": True, "b": False, "c": True}
    assert by_slug["b"]["id"] in [held["id"] for held in made["schedules"]]
    assert renamed.status == 204
    assert {held["slug"] for held in api.get(path).json["schedules"]} == {"a", "b", "d"}
    assert api.patch(path, {"schedules": [{"slug": "a", "replaces": "b"}]}).status == 422
    assert api.patch(path, {"schedules": [HOURLY]}).status == 422
    kept = api.get(path).json["schedules"]
    assert api.patch(path, {"schedules": []}).status == 204
    assert api.get(path).json["schedules"] == kept != []


def test_one_schedule_is_added_changed_and_removed(api: Caller) -> None:
    path = f"/deployments/{a_deployment(api)['id']}/schedules"

    added = api.post(path, [{**HOURLY, "slug": "a", "catch_up": "latest", "parameters": {"x": 1}}])
    [schedule] = added.json
    changed = api.patch(f"{path}/{schedule['id']}", {"schedule": {"interval": 90, "timezone": "Asia/Shanghai"}})

    assert (added.status, changed.status) == (201, 204)
    [held] = api.get(path).json
    assert (held["schedule"]["interval"], held["schedule"]["timezone"]) == (90.0, "Asia/Shanghai")
    assert (held["catch_up"], held["parameters"], held["slug"]) == ("latest", {"x": 1}, "a")
    assert api.post(path, [{**HOURLY, "slug": "a"}]).status == 409
    assert api.patch(f"{path}/{uuid4()}", {"active": False}).status == 404
    assert api.delete(f"{path}/{schedule['id']}").status == 204
    assert api.get(path).json == []


@pytest.mark.parametrize(
    "schedule",
    [
        {"cron": "99 * * * *"},
        {"cron": "@reboot"},
        {"cron": "0 0 30 2 *"},
        {"cron": "0 8 * * *", "timezone": "Mars/Phobos"},
        {"interval": 0},
        {"interval": 0.5},
        {"interval": -60},
        {"interval": 60, "anchor_date": "9999-01-01T00:00:00Z"},
        {"rrule": "FREQ=SECONDLY"},
        {"rrule": "FREQ=DAILY;COUNT=0"},
        {"rrule": "x" * 10_000},
        {},
    ],
)
def test_a_schedule_that_is_none_is_refused_with_a_sentence(api: Caller, schedule: dict[str, Any]) -> None:
    refused = api.post("/deployments/", {"name": "d", "flow_id": a_flow(api), "schedules": [{"schedule": schedule}]})

    assert refused.status == 422
    assert "schedule" in refused.json["exception_message"]


def test_a_run_is_made_with_joined_parameters_and_tags(api: Caller) -> None:
    a_pool(api)
    made = a_deployment(api, parameters={"a": 1, "b": 1}, tags=["t"], work_pool_name="p", version="7")
    path = f"/deployments/{made['id']}/create_flow_run"

    run = api.post(path, {"parameters": {"b": 2}, "tags": ["u"], "idempotency_key": "k", "name": "n"})
    again = api.post(path, {"idempotency_key": "k"})
    paused = api.post(path, {"state": {"type": "PENDING"}, "work_queue_name": "fast"})

    assert (run.status, again.status) == (201, 200)
    assert run.json["id"] == again.json["id"]
    assert (run.json["parameters"], run.json["tags"], run.json["name"]) == ({"a": 1, "b": 2}, ["t", "u"], "n")
    assert (run.json["state_type"], run.json["work_pool_name"]) == ("SCHEDULED", "p")
    assert (paused.json["state_type"], paused.json["work_queue_name"]) == ("PENDING", "fast")
    assert api.post(f"/deployments/{uuid4()}/create_flow_run", {}).status == 404


def test_parameters_are_checked_where_the_deployment_says_so(api: Caller) -> None:
    made = a_deployment(api, parameter_openapi_schema=SCHEMA)
    path = f"/deployments/{made['id']}/create_flow_run"

    wrong = api.post(path, {"parameters": {"n": "many"}})

    assert wrong.status == 409
    assert 'n: "many" is not of type "integer"' in wrong.json["detail"]
    assert api.post(path, {}).status == 409
    assert api.post(path, {"parameters": {"n": 1}}).status == 201
    assert api.post(path, {"enforce_parameter_schema": False}).status == 201


def test_parameters_say_how_they_are_made(api: Caller) -> None:
    api.post("/variables/", {"name": "answer", "value": 42})
    path = f"/deployments/{a_deployment(api)['id']}/create_flow_run"

    made = api.post(
        path,
        {
            "parameters": {
                "a": {"__prefect_kind": "json", "value": "[1, 2]"},
                "b": {"deep": [{"__prefect_kind": "jinja", "template": "{{ 1 + 1 }}"}]},
                "c": {"__prefect_kind": "workspace_variable", "variable_name": "answer"},
                "d": {"__prefect_kind": "none", "value": 1},
            }
        },
    )

    assert made.json["parameters"] == {"a": [1, 2], "b": {"deep": ["2"]}, "c": 42, "d": 1}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"__prefect_kind": "json", "value": "[1,"}, "parameters.x cannot be made"),
        ({"__prefect_kind": "jinja", "template": "{{ 1 +"}, "the template does not work"),
        ({"__prefect_kind": "jinja", "template": "{{ ''.__class__.__mro__ }}"}, "the template does not work"),
        ({"__prefect_kind": "workspace_variable", "variable_name": "nobody"}, "no variable 'nobody'"),
        ({"__prefect_kind": "magic"}, "known are json, jinja"),
    ],
)
def test_what_cannot_be_made_is_refused(api: Caller, value: Any, reason: str) -> None:
    path = f"/deployments/{a_deployment(api)['id']}/create_flow_run"

    refused = api.post(path, {"parameters": {"x": value}})

    assert refused.status == 422
    assert reason in refused.json["exception_message"]


def test_job_variables_are_checked_against_the_pool(api: Caller) -> None:
    template = {
        "job_configuration": {"image": "{{ image }}", "memory": "{{ memory }}"},
        "variables": {
            "properties": {"image": {"type": "string"}, "memory": {"type": "integer", "default": 1}},
            "required": ["image"],
        },
    }
    a_pool(api, base_job_template=template)
    body = {"name": "d", "flow_id": a_flow(api), "work_pool_name": "p"}
    wrong = api.post("/deployments/", {**body, "job_variables": {"memory": "much"}})
    made = a_deployment(api, work_pool_name="p", job_variables={"memory": 2})
    path = f"/deployments/{made['id']}/create_flow_run"

    assert (wrong.status, api.post(path, {}).status) == (409, 409)
    assert api.post(path, {"job_variables": {"image": "x"}}).status == 201
    assert api.post(path, {"job_variables": {"image": "x", "memory": "{{ prefect.variables.m }}"}}).status == 201
    assert api.get("/deployments/name/f/d").json["job_variables"] == {"memory": 2}


def test_job_variables_of_a_run_change_to_what_the_pool_knows(api: Caller) -> None:
    template = {
        "job_configuration": {"image": "{{ image }}", "memory": "{{ memory }}"},
        "variables": {
            "properties": {"image": {"type": "string"}, "memory": {"type": "integer", "default": 1}},
            "required": ["image"],
        },
    }
    a_pool(api, base_job_template=template)
    made = a_deployment(api, work_pool_name="p")
    run = api.post(f"/deployments/{made['id']}/create_flow_run", {"job_variables": {"image": "x"}}).json
    path = f"/flow_runs/{run['id']}"

    wrong = api.patch(path, {"job_variables": {"image": "x", "memory": "much"}, "name": "other"})
    missing = api.patch(path, {"job_variables": {"memory": 2}})

    assert (wrong.status, missing.status) == (409, 409)
    assert "memory" in wrong.json["detail"]
    assert api.get(path).json["job_variables"] == {"image": "x"}
    assert api.get(path).json["name"] == run["name"]
    assert api.patch(path, {"job_variables": {"image": "y", "memory": 2}}).status == 204
    assert api.get(path).json["job_variables"] == {"image": "y", "memory": 2}
    assert api.patch(f"/deployments/{made['id']}", {"job_variables": {"image": "of the deployment"}}).status == 204
    assert api.patch(path, {"job_variables": {"memory": 3}}).status == 204


def test_many_runs_are_made_each_for_itself(api: Caller) -> None:
    made = a_deployment(api, parameter_openapi_schema=SCHEMA)
    path = f"/deployments/{made['id']}/create_flow_run/bulk"

    results = api.post(path, [{"parameters": {"n": 1}}, {"parameters": {"n": "x"}}]).json["results"]

    assert [result["status"] for result in results] == ["CREATED", "FAILED"]
    assert "not of type" in results[1]["error"]
    assert api.post(path, [{}] * 101).status == 422


def test_a_limit_is_told_and_removed(api: Caller) -> None:
    options = {"collision_strategy": "CANCEL_NEW", "grace_period_seconds": 60}
    made = a_deployment(api, concurrency_limit=2, concurrency_options=options)
    path = f"/deployments/{made['id']}"

    assert (made["concurrency_limit"], made["concurrency_options"]) == (2, options)
    assert made["global_concurrency_limit"]["name"] == f"deployment:{made['id']}"
    assert made["global_concurrency_limit"]["active_slots"] == 0
    api.patch(path, {"description": "other"})
    assert api.get(path).json["concurrency_limit"] == 2
    api.patch(path, {"concurrency_limit": None})
    assert api.get(path).json["global_concurrency_limit"] is None
    for wrong in (0, -1, 2**31):
        assert api.patch(path, {"concurrency_limit": wrong}).status == 422
    assert api.patch(path, {"global_concurrency_limit_id": str(uuid4())}).status == 404


def test_pausing_and_resuming(api: Caller) -> None:
    made = a_deployment(api, schedules=[HOURLY])
    path = f"/deployments/{made['id']}"
    wanted = {"flow_runs": {"deployment_id": {"any_": [made["id"]]}}}

    api.post(f"{path}/schedule", {"min_runs": 2, "min_time": 0})
    planned = api.post("/flow_runs/count", wanted).json
    assert api.post(f"{path}/pause_deployment").status == 200
    paused = api.get(path).json["paused"], api.post("/flow_runs/count", wanted).json
    assert api.post(f"{path}/resume_deployment").status == 200

    assert planned == 2
    assert paused == (True, 0)
    assert api.get(path).json["paused"] is False
    assert api.post(f"/deployments/{uuid4()}/pause_deployment").status == 404


def test_removing_a_deployment_cancels_the_runs_that_wait(api: Caller) -> None:
    made = a_deployment(api)
    run = api.post(f"/deployments/{made['id']}/create_flow_run", {}).json

    api.delete(f"/deployments/{made['id']}")

    left = api.get(f"/flow_runs/{run['id']}").json
    assert left["state_type"] == "CANCELLED"
    assert "deployment was removed" in left["state"]["message"]


def test_due_runs_are_listed_for_those_who_propose_pending_themselves(api: Caller) -> None:
    made = a_deployment(api)
    run = api.post(f"/deployments/{made['id']}/create_flow_run", {}).json

    due = api.post("/deployments/get_scheduled_flow_runs", {"deployment_ids": [made["id"]]}).json

    assert [found["id"] for found in due] == [run["id"]]
    assert api.get(f"/deployments/{made['id']}").json["status"] == "READY"


def test_bodies_that_do_not_fit_are_refused(api: Caller) -> None:
    flow_id = a_flow(api)
    body = {"name": "d", "flow_id": flow_id}

    for wrong in (
        {**body, "name": "a/b"},
        {**body, "name": ""},
        {**body, "colour": "red"},
        {**body, "parameters": {"x": "y" * 600_000}},
        {**body, "schedules": [{**HOURLY, "max_scheduled_runs": 0}]},
        {**body, "schedules": [{**HOURLY, "slug": "a"}, {**HOURLY, "slug": "a"}]},
        {**body, "concurrency_options": {"collision_strategy": "WAIT"}},
        {"name": "d"},
    ):
        assert api.post("/deployments/", wrong).status == 422
    assert api.post("/deployments/", {**body, "flow_id": str(uuid4())}).status == 404
    assert api.post("/deployments/count").json == 0
