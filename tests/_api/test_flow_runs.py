from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.serving import Caller, served

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SCHEDULED = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2030-01-01T00:00:00Z"}}


@pytest.fixture
def flow_id(api: Caller) -> str:
    """The id of a flow."""
    return str(api.post("/flows/", {"name": "etl"}).json["id"])


def a_run(api: Caller, flow_id: str, **fields: Any) -> Any:
    """A new run, as answered."""
    made = api.post("/flow_runs/", {"flow_id": flow_id, **fields})
    assert made.status in (200, 201), made.json
    return made.json


def moved(api: Caller, run: Any, *types: str, **fields: Any) -> Any:
    """What became of the last of these moves."""
    for type in types:
        answer = api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": type}, **fields})
    return answer.json


def names(listed: Any) -> list[str]:
    return [run["name"] for run in listed]


def test_a_run_is_made_with_what_it_is_told(api: Caller, flow_id: str) -> None:
    told = {
        "name": "first",
        "parameters": {"x": [1, None, {"y": 2.5}], "夜": "☾"},
        "tags": ["a"],
        "labels": {"team": "x"},
        "flow_version": "v1",
        "empirical_policy": {"retries": 3, "retry_delay": 5, "pause_keys": ["1"]},
        "job_variables": {"image": "x"},
        "context": {"a": 1},
    }

    run = a_run(api, flow_id, **told)

    assert run["parameters"] == told["parameters"]
    assert run["empirical_policy"]["retries"] == 3
    assert run["empirical_policy"]["pause_keys"] == ["1"]
    assert (run["state_type"], run["state_name"], run["run_count"]) == ("PENDING", "Pending", 0)
    assert run["state"]["id"] == run["state_id"]
    assert api.get(f"/flow_runs/{run['id']}").json["parameters"] == told["parameters"]


def test_a_run_without_a_name_gets_one(api: Caller, flow_id: str) -> None:
    assert len(a_run(api, flow_id)["name"].split("-")) == 2


def test_one_key_makes_one_run_of_a_flow(api: Caller, flow_id: str) -> None:
    first = api.post("/flow_runs/", {"flow_id": flow_id, "idempotency_key": "k", "name": "first"})
    again = api.post("/flow_runs/", {"flow_id": flow_id, "idempotency_key": "k", "name": "again"})

    assert (first.status, again.status) == (201, 200)
    assert (again.json["id"], again.json["name"]) == (first.json["id"], "first")
    assert api.post("/flow_runs/count").json == 1


def test_a_run_waits_in_the_queue_that_is_named(api: Caller, flow_id: str) -> None:
    assert api.post("/flow_runs/", {"flow_id": flow_id, "work_pool_name": "nowhere"}).status == 404
    assert api.post("/flow_runs/", {"flow_id": str(uuid4())}).status == 404


def test_a_scheduled_run_without_a_time_is_due_now(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, state={"type": "SCHEDULED"})

    assert run["state"]["state_details"]["scheduled_time"] == run["next_scheduled_start_time"]
    assert run["expected_start_time"] is not None


def test_a_run_is_changed(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, tags=["a"])

    assert api.patch(f"/flow_runs/{run['id']}", {"name": "other", "empirical_policy": {"retries": 2}}).status == 204

    changed = api.get(f"/flow_runs/{run['id']}").json
    assert (changed["name"], changed["tags"], changed["empirical_policy"]["retries"]) == ("other", ["a"], 2)


def test_job_variables_change_only_while_a_deployed_run_waits(api: Caller, flow_id: str) -> None:
    pending, waiting = a_run(api, flow_id), a_run(api, flow_id, state=SCHEDULED)
    deployed = a_run(api, flow_id, state=SCHEDULED, deployment_id=str(uuid4()))

    statuses = [
        api.patch(f"/flow_runs/{run['id']}", {"job_variables": {"a": 1}}).status for run in (pending, waiting, deployed)
    ]

    assert statuses == [400, 400, 204]
    assert api.get(f"/flow_runs/{deployed['id']}").json["job_variables"] == {"a": 1}


def test_labels_are_added(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, labels={"a": 1, "b": "x"})

    assert api.patch(f"/flow_runs/{run['id']}/labels", {"b": "y", "c": True}).status == 204
    assert api.get(f"/flow_runs/{run['id']}").json["labels"] == {"a": 1, "b": "y", "c": True}
    assert api.patch(f"/flow_runs/{run['id']}/labels", {"b": [1]}).status == 422


def test_runs_are_listed_by_filter_order_and_page(api: Caller, flow_id: str) -> None:
    other = api.post("/flows/", {"name": "other"}).json["id"]
    for name in ("a", "b", "c"):
        a_run(api, flow_id, name=name)
    a_run(api, other, name="d")
    of_etl = {"flows": {"name": {"any_": ["etl"]}}}

    listed = api.post("/flow_runs/filter", {**of_etl, "sort": "NAME_DESC", "limit": 2, "offset": 1})
    page = api.post("/flow_runs/paginate", {**of_etl, "sort": "NAME_ASC", "limit": 2, "page": 2}).json

    assert names(listed.json) == ["b", "a"]
    assert (names(page["results"]), page["count"], page["pages"]) == (["c"], 3, 2)
    assert api.post("/flow_runs/count", of_etl).json == 3
    assert api.post("/flow_runs/count", {"flow_runs": {"state": {"type": {"any_": ["PENDING"]}}}}).json == 4
    assert names(api.post("/flow_runs/filter").json) == ["d", "c", "b", "a"]


@pytest.mark.parametrize("sort", ["START_TIME_ASC", "NEXT_SCHEDULED_START_TIME_ASC", "END_TIME_DESC", "ID_DESC"])
def test_every_order_is_known(api: Caller, sort: str) -> None:
    assert api.post("/flow_runs/filter", {"sort": sort}) == (200, [])


def test_a_run_goes_through_its_states(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)

    running = api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING", "message": "go"}})
    done = moved(api, run, "COMPLETED")

    assert running.status == 201
    assert (running.json["status"], running.json["details"]) == ("ACCEPT", {"type": "accept_details"})
    assert running.json["state"]["message"] == "go"
    assert running.json["state"]["state_details"]["flow_run_id"] == run["id"]
    assert done["state"]["type"] == "COMPLETED"
    told = api.get("/flow_run_states/", flow_run_id=run["id"]).json
    assert [state["type"] for state in told] == ["PENDING", "RUNNING", "COMPLETED"]
    assert api.get(f"/flow_run_states/{told[1]['id']}").json == told[1]
    assert api.get(f"/flow_run_states/{uuid4()}").status == 404


def test_a_failure_with_tries_left_is_answered_with_another_state(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, empirical_policy={"retries": 1, "retry_delay": 60})
    moved(api, run, "RUNNING")

    answer = api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "FAILED"}})

    assert answer.status == 201
    assert (answer.json["status"], answer.json["state"]["name"]) == ("REJECT", "AwaitingRetry")
    assert answer.json["details"] == {"type": "reject_details", "reason": "Retrying"}


def test_a_run_that_is_due_later_waits(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, state=SCHEDULED)

    answer = api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}})

    assert answer.status == 200
    assert (answer.json["status"], answer.json["state"]) == ("WAIT", None)
    assert answer.json["details"]["delay_seconds"] > 0


def test_an_end_is_left_alone(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)
    moved(api, run, "RUNNING", "COMPLETED")

    answer = moved(api, run, "CRASHED")

    assert (answer["status"], answer["state"]) == ("ABORT", None)
    assert "has ended" in answer["details"]["reason"]
    assert moved(api, run, "RUNNING", force=True)["status"] == "ACCEPT"


def test_what_a_run_left_is_told_only_where_it_is_kept(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)
    kept = {"storage_key": "abc", "serializer": {"type": "json"}}

    lost = api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING", "data": {"secret": 1}}})
    stored = api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "COMPLETED", "data": kept}})

    assert api.get(f"/flow_run_states/{lost.json['state']['id']}").json["data"] is None
    assert api.get(f"/flow_run_states/{stored.json['state']['id']}").json["data"] == kept


def test_many_runs_are_moved_and_removed_at_once(api: Caller, flow_id: str) -> None:
    a, b, c = (a_run(api, flow_id, name=name) for name in "abc")
    moved(api, c, "RUNNING", "COMPLETED")

    results = api.post("/flow_runs/bulk_set_state", {"state": {"type": "CANCELLING"}}).json["results"]
    removed = api.post("/flow_runs/bulk_delete", {"flow_runs": {"id": {"any_": [a["id"], b["id"]]}}}).json["deleted"]

    assert {result["flow_run_id"]: result["status"] for result in results} == {
        a["id"]: "ACCEPT",
        b["id"]: "ACCEPT",
        c["id"]: "ABORT",
    }
    assert sorted(removed) == sorted([a["id"], b["id"]])
    assert names(api.post("/flow_runs/filter").json) == ["c"]
    assert api.post("/flow_runs/bulk_set_state", {"state": {"type": "PENDING"}, "limit": 51}).status == 422


def test_a_run_is_removed_with_what_belongs_to_it(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)
    task = api.post("/task_runs/", {"task_key": "t", "dynamic_key": "0", "flow_run_id": run["id"]}).json

    assert api.delete(f"/flow_runs/{run['id']}").status == 204
    assert api.delete(f"/flow_runs/{run['id']}").status == 404
    assert api.get(f"/task_runs/{task['id']}").status == 404


def test_a_history_counts_runs_by_interval_and_state(api: Caller, flow_id: str) -> None:
    for seconds in (0, 1, 59, 60, 119):
        due = (NOON + timedelta(seconds=seconds)).isoformat()
        a_run(api, flow_id, state={"type": "SCHEDULED", "state_details": {"scheduled_time": due}})
    asked = {
        "history_start": NOON.isoformat(),
        "history_end": (NOON + timedelta(minutes=3)).isoformat(),
        "history_interval_seconds": 60,
    }

    told = api.post("/flow_runs/history", asked).json

    assert [sum(state["count_runs"] for state in interval["states"]) for interval in told] == [3, 2, 0]
    assert told[0]["interval_end"] == told[1]["interval_start"]
    assert told[0]["states"][0]["state_name"] == "Scheduled"
    assert told[0]["states"][0]["sum_estimated_lateness"] > 0
    assert api.post("/flow_runs/history", {**asked, "history_interval_seconds": 0.1}).status == 422
    assert (
        api.post("/flow_runs/history", {**asked, "history_interval_seconds": 1, "history_end": "2027-01-01"}).status
        == 422
    )
    assert api.post("/flow_runs/history", {**asked, "history_end": asked["history_start"]}).status == 422
    assert api.post("/flow_runs/history", {**asked, "work_queues": {"name": {"any_": ["x"]}}}).json[0]["states"] == []


def test_lateness_is_an_average(api: Caller, flow_id: str) -> None:
    assert api.post("/flow_runs/lateness").json is None

    now = datetime.now(timezone.utc)
    for hours in (1, 3):
        due = (now - timedelta(hours=hours)).isoformat()
        a_run(api, flow_id, state={"type": "SCHEDULED", "state_details": {"scheduled_time": due}})

    assert api.post("/flow_runs/lateness").json == pytest.approx(7200, abs=60)
    (late, _) = api.post("/flow_runs/filter", {"sort": "EXPECTED_START_TIME_DESC"}).json
    assert late["estimated_start_time_delta"] == pytest.approx(3600, abs=60)


def test_inputs_are_sent_listed_read_and_removed(api: Caller, flow_id: str) -> None:
    path = f"/flow_runs/{a_run(api, flow_id)['id']}/input"
    for key in ("a-1", "a-2", "b-1"):
        assert api.post(path, {"key": key, "value": f'"{key}"', "sender": "prefect.flow-run.x"}).status == 201

    assert api.post(path, {"key": "a-1", "value": "again"}).status == 409
    assert api.get(f"{path}/a-1") == (200, "a-1")
    assert [given["key"] for given in api.post(f"{path}/filter", {"prefix": "a", "limit": 10}).json] == ["a-1", "a-2"]
    listed = api.post(f"{path}/filter", {"prefix": "a", "limit": 10, "exclude_keys": ["a-1"]}).json
    assert [(given["key"], given["value"], given["sender"]) for given in listed] == [
        ("a-2", '"a-2"', "prefect.flow-run.x")
    ]
    assert api.delete(f"{path}/a-1").status == 204
    assert (api.get(f"{path}/a-1").status, api.delete(f"{path}/a-1").status) == (404, 404)
    assert api.post(f"/flow_runs/{uuid4()}/input", {"key": "k", "value": "v"}).status == 404


SCHEMA = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}'


def a_paused_run(api: Caller, flow_id: str, **details: Any) -> Any:
    run = a_run(api, flow_id, deployment_id=str(uuid4()))
    moved(api, run, "RUNNING")
    state = {"type": "PAUSED", "state_details": {"pause_key": "1", **details}}
    assert api.post(f"/flow_runs/{run['id']}/set_state", {"state": state}).json["status"] == "ACCEPT"
    return run


def test_a_paused_run_is_resumed_with_the_input_that_it_waits_for(api: Caller, flow_id: str) -> None:
    keys = {"schema": "paused-1-schema", "response": "paused-1-response"}
    run = a_paused_run(api, flow_id, run_input_keyset=keys)
    path = f"/flow_runs/{run['id']}"
    api.post(f"{path}/input", {"key": keys["schema"], "value": SCHEMA})

    missing, wrong = api.post(f"{path}/resume"), api.post(f"{path}/resume", {"run_input": {"n": "x"}})
    right = api.post(f"{path}/resume", {"run_input": {"n": 7}})

    assert [answer.json["status"] for answer in (missing, wrong, right)] == ["REJECT", "REJECT", "ACCEPT"]
    assert [answer.status for answer in (missing, wrong, right)] == [200, 200, 201]
    assert "n: This property is required" in missing.json["details"]["reason"]
    assert '"x" is not of type "integer"' in wrong.json["details"]["reason"]
    assert right.json["state"]["type"] == "RUNNING"
    assert api.get(f"{path}/input/{keys['response']}").json == {"n": 7}
    assert api.get(path).json["run_count"] == 1


def test_what_a_paused_run_is_given_is_made_where_it_says_how(api: Caller, flow_id: str) -> None:
    keys = {"schema": "paused-1-schema", "response": "paused-1-response"}
    run = a_paused_run(api, flow_id, run_input_keyset=keys)
    path = f"/flow_runs/{run['id']}"
    api.post(f"{path}/input", {"key": keys["schema"], "value": SCHEMA})
    api.post("/variables/", {"name": "answer", "value": 42})

    def resumed(value: dict[str, Any]) -> Any:
        return api.post(f"{path}/resume", {"run_input": {"n": value}}).json

    unknown = resumed({"__prefect_kind": "workspace_variable", "variable_name": "question"})
    broken = resumed({"__prefect_kind": "jinja", "template": "{{ 1 +"})
    unfit = resumed({"__prefect_kind": "jinja", "template": "{{ 6 * 7 }}"})
    fit = resumed({"__prefect_kind": "workspace_variable", "variable_name": "answer"})

    assert [answer["status"] for answer in (unknown, broken, unfit, fit)] == ["REJECT", "REJECT", "REJECT", "ACCEPT"]
    assert "run_input.n cannot be made: there is no variable 'question'" in unknown["details"]["reason"]
    assert "run_input.n cannot be made: the template does not work" in broken["details"]["reason"]
    assert '"42" is not of type "integer"' in unfit["details"]["reason"]
    assert api.get(f"{path}/input/{keys['response']}").json == {"n": 42}


def test_a_suspended_run_is_scheduled_again(api: Caller, flow_id: str) -> None:
    run = a_paused_run(api, flow_id, pause_reschedule=True)

    assert api.post(f"/flow_runs/{run['id']}/resume").json["state"]["name"] == "Resuming"


def test_only_a_paused_run_is_resumed(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id)

    assert api.post(f"/flow_runs/{run['id']}/resume").json["status"] == "ABORT"
    assert api.post(f"/flow_runs/{uuid4()}/resume").status == 404


def test_a_log_is_downloaded_as_csv(api: Caller, flow_id: str) -> None:
    run = a_run(api, flow_id, name="nächtlich")
    lines = [
        {"name": "x", "level": 20, "message": message, "timestamp": NOON.isoformat(), "flow_run_id": run["id"]}
        for message in ('say "hi", you', "two\nlines")
    ]
    api.post("/logs/", lines)

    reply = api.reply("GET", f"/flow_runs/{run['id']}/logs/download")

    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert "n%C3%A4chtlich-logs.csv" in reply.headers["content-disposition"]
    rows = reply.content.decode()
    assert rows.splitlines()[0] == "timestamp,level,flow_run_id,task_run_id,message"
    assert '"say ""hi"", you"' in rows
    assert '"two\nlines"' in rows


def test_large_parameters_are_refused(api: Caller, flow_id: str) -> None:
    refused = api.post("/flow_runs/", {"flow_id": flow_id, "parameters": {"x": "y" * 600_000}})

    assert refused.status == 422
    assert "at most 524288" in refused.json["exception_message"]


def test_a_run_says_which_automation_made_it() -> None:
    id, name = str(uuid4()), base64.b64encode("näg".encode()).decode()
    headers = {"prefect-automation-id": id, "prefect-automation-name": name}

    with served() as address, httpx.Client(base_url=address) as http:
        flow_id = http.post("/flows/", json={"name": "etl"}).json()["id"]
        made = http.post("/flow_runs/", json={"flow_id": flow_id}, headers=headers).json()
        wrong = http.post("/flow_runs/", json={"flow_id": flow_id}, headers={"prefect-automation-id": "x"})

    assert made["created_by"] == {"id": id, "type": "AUTOMATION", "display_value": "näg"}
    assert wrong.status_code == 422
