from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Caller


@pytest.fixture
def flow_run(api: Caller) -> Any:
    """A running flow run."""
    flow = api.post("/flows/", {"name": "etl"}).json
    run = api.post("/flow_runs/", {"flow_id": flow["id"]}).json
    api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}})
    return run


def a_task_run(api: Caller, flow_run: Any = None, **fields: Any) -> Any:
    """A new task run, as answered."""
    told = {"task_key": "t", "dynamic_key": str(uuid4()), "flow_run_id": flow_run and flow_run["id"], **fields}
    made = api.post("/task_runs/", told)
    assert made.status in (200, 201), made.json
    return made.json


def moved(api: Caller, run: Any, type: str, *, force: bool = False, **details: Any) -> Any:
    """What became of a move."""
    state = {"type": type, "state_details": details}
    return api.post(f"/task_runs/{run['id']}/set_state", {"state": state, "force": force}).json


def test_a_task_run_is_made_once_at_its_place(api: Caller, flow_run: Any) -> None:
    told = {"task_key": "t", "dynamic_key": "0", "flow_run_id": flow_run["id"], "name": "t-0"}
    inputs = {"x": [{"input_type": "task_run", "id": str(uuid4())}, {"input_type": "parameter", "name": "n"}]}

    made = api.post("/task_runs/", {**told, "task_inputs": inputs, "empirical_policy": {"retry_delay": [1, 2.5]}})
    again = api.post("/task_runs/", {**told, "name": "other"})

    assert (made.status, again.status) == (201, 200)
    assert again.json["id"] == made.json["id"]
    assert made.json["task_inputs"] == inputs
    assert made.json["empirical_policy"]["retry_delay"] == [1, 2.5]
    assert api.get(f"/task_runs/{made.json['id']}").json["state_name"] == "Pending"


def test_one_id_makes_one_run(api: Caller) -> None:
    id = str(uuid4())

    assert a_task_run(api, id=id)["id"] == id
    assert api.post("/task_runs/", {"id": id, "task_key": "t", "dynamic_key": "1"}).status == 200


def test_a_task_run_is_renamed_and_removed(api: Caller, flow_run: Any) -> None:
    run = a_task_run(api, flow_run)

    assert api.patch(f"/task_runs/{run['id']}", {"name": "other"}).status == 204
    assert api.get(f"/task_runs/{run['id']}").json["name"] == "other"
    assert api.delete(f"/task_runs/{run['id']}").status == 204
    assert [api.get(f"/task_runs/{run['id']}").status, api.delete(f"/task_runs/{run['id']}").status] == [404, 404]
    assert api.patch(f"/task_runs/{run['id']}", {"name": "x"}).status == 404


def test_a_label_of_a_task_run_stays_while_that_goes_on(api: Caller, flow_run: Any) -> None:
    run = a_task_run(api, flow_run, labels={"kind": "load"})

    assert api.patch(f"/task_runs/{run['id']}/labels", {"tidemill.note": "seen"}).status == 204
    moved(api, run, "RUNNING")

    assert api.get(f"/task_runs/{run['id']}").json["labels"] == {"kind": "load", "tidemill.note": "seen"}
    assert api.patch(f"/task_runs/{uuid4()}/labels", {"a": "b"}).status == 404


def test_a_task_run_goes_through_its_states(api: Caller, flow_run: Any) -> None:
    run = a_task_run(api, flow_run, empirical_policy={"retries": 1, "retry_delay": 0})

    answers = [moved(api, run, type) for type in ("RUNNING", "FAILED", "RUNNING", "COMPLETED")]

    assert [answer["status"] for answer in answers] == ["ACCEPT", "REJECT", "ACCEPT", "ACCEPT"]
    told = api.get("/task_run_states/", task_run_id=run["id"]).json
    assert [state["name"] for state in told] == ["Pending", "Running", "AwaitingRetry", "Retrying", "Completed"]
    assert told[-1]["state_details"]["flow_run_id"] == flow_run["id"]
    assert api.get(f"/task_run_states/{told[0]['id']}").json == told[0]
    assert api.get(f"/task_run_states/{uuid4()}").status == 404
    assert api.get(f"/task_runs/{run['id']}").json["run_count"] == 2


def test_no_task_starts_in_a_flow_that_does_not_run(api: Caller, flow_run: Any) -> None:
    run = a_task_run(api, flow_run)
    api.post(f"/flow_runs/{flow_run['id']}/set_state", {"state": {"type": "COMPLETED"}})

    assert moved(api, run, "RUNNING")["status"] == "ABORT"
    assert moved(api, run, "RUNNING", force=True)["status"] == "ACCEPT"


def test_a_task_of_an_unknown_flow_run_is_kept_but_does_not_start(api: Caller) -> None:
    run = a_task_run(api, {"id": str(uuid4())})

    assert moved(api, run, "RUNNING")["status"] == "ABORT"


def test_a_cached_state_is_used_again(api: Caller, flow_run: Any) -> None:
    first, second, third = (a_task_run(api, flow_run) for _ in range(3))
    moved(api, first, "RUNNING", cache_key="k")
    moved(api, first, "COMPLETED", cache_key="k")

    answer = moved(api, second, "RUNNING", cache_key="k")
    refreshed = moved(api, third, "RUNNING", cache_key="k", refresh_cache=True)

    assert (answer["status"], answer["state"]["name"]) == ("REJECT", "Cached")
    assert refreshed["state"]["name"] == "Running"


def test_a_long_cache_key_is_refused(api: Caller, flow_run: Any) -> None:
    run = a_task_run(api, flow_run)
    moved(api, run, "RUNNING")

    assert moved(api, run, "COMPLETED", cache_key="x" * 3000)["status"] == "REJECT"


def test_task_runs_are_listed_counted_and_paged(api: Caller, flow_run: Any) -> None:
    for name in ("a", "b", "c"):
        a_task_run(api, flow_run, name=name)
    a_task_run(api, name="alone")
    of_etl = {"flows": {"name": {"any_": ["etl"]}}}

    listed = api.post("/task_runs/filter", {**of_etl, "sort": "NAME_DESC", "limit": 2}).json
    page = api.post("/task_runs/paginate", {**of_etl, "sort": "NAME_ASC", "limit": 2, "page": 2}).json

    assert [run["name"] for run in listed] == ["c", "b"]
    assert ([run["name"] for run in page["results"]], page["count"]) == (["c"], 3)
    assert api.post("/task_runs/count", of_etl).json == 3
    assert api.post("/task_runs/count", {"task_runs": {"flow_run_id": {"is_null_": True}}}).json == 1
    assert api.post("/task_runs/count", {"flow_runs": {"id": {"any_": [flow_run["id"]]}}}).json == 3
    assert api.post("/task_runs/filter", {"limit": 201}).status == 422


def test_task_runs_are_listed_by_how_long_they_ran(api: Caller, flow_run: Any) -> None:
    _, ran = [a_task_run(api, flow_run, name=name) for name in ("waiting", "ran")]
    for type in ("RUNNING", "COMPLETED"):
        moved(api, ran, type)

    for order, names in (("DURATION_DESC", ["ran", "waiting"]), ("DURATION_ASC", ["waiting", "ran"])):
        listed = api.post("/task_runs/filter", {"sort": order}).json
        assert [run["name"] for run in listed] == names


def test_subflow_runs_are_told_by_their_task_runs(api: Caller, flow_run: Any) -> None:
    tracking = a_task_run(api, flow_run, name="subflow")
    a_task_run(api, flow_run, name="task")
    child = api.post("/flow_runs/", {"flow_id": flow_run["flow_id"], "parent_task_run_id": tracking["id"]}).json
    api.post(f"/flow_runs/{child['id']}/set_state", {"state": {"type": "RUNNING"}})

    only_subflows = {"task_runs": {"subflow_runs": {"exists_": True}}}
    children = {"flow_runs": {"parent_flow_run_id": {"any_": [flow_run["id"]]}}}

    assert [run["name"] for run in api.post("/task_runs/filter", only_subflows).json] == ["subflow"]
    assert [run["id"] for run in api.post("/flow_runs/filter", children).json] == [child["id"]]
    mirrored = api.get(f"/task_runs/{tracking['id']}").json["state"]
    assert (mirrored["type"], mirrored["state_details"]["child_flow_run_id"]) == ("RUNNING", child["id"])


def test_a_history_counts_task_runs(api: Caller, flow_run: Any) -> None:
    run = a_task_run(api, flow_run)
    minute = run["expected_start_time"][:16]
    asked = {
        "history_start": f"{minute}:00Z",
        "history_end": f"{minute[:11]}23:59:59Z",
        "history_interval_seconds": 86400,
    }

    (interval,) = api.post("/task_runs/history", asked).json

    assert [(state["state_name"], state["count_runs"]) for state in interval["states"]] == [("Pending", 1)]


def test_a_graph_shows_what_waited_for_what(api: Caller, flow_run: Any) -> None:
    first, subflow = a_task_run(api, flow_run, name="first"), a_task_run(api, flow_run, name="sub-0")
    child = api.post(
        "/flow_runs/", {"flow_id": flow_run["flow_id"], "name": "kid", "parent_task_run_id": subflow["id"]}
    ).json
    api.post(f"/flow_runs/{child['id']}/set_state", {"state": {"type": "RUNNING"}})
    source = {"input_type": "task_run", "id": first["id"]}
    last = a_task_run(
        api,
        flow_run,
        name="last",
        task_inputs={
            "x": [source, source],
            "y": [{"input_type": "task_run", "id": subflow["id"]}],
            "__parents__": [source],
        },
    )
    for run in (first, last):
        moved(api, run, "RUNNING")

    graph = api.get(f"/flow_runs/{flow_run['id']}/graph-v2").json
    v1 = api.get(f"/flow_runs/{flow_run['id']}/graph").json

    nodes = {node["label"]: node for _, node in graph["nodes"]}
    assert [id for id, _ in graph["nodes"]] == [node["id"] for node in nodes.values()]
    assert set(nodes) == {"first", "etl / kid", "last"}
    assert (nodes["etl / kid"]["kind"], nodes["etl / kid"]["id"]) == ("flow-run", child["id"])
    assert [edge["id"] for edge in nodes["last"]["parents"]] == [first["id"], child["id"]]
    assert [edge["id"] for edge in nodes["last"]["encapsulating"]] == [first["id"]]
    assert [edge["id"] for edge in nodes["first"]["children"]] == [last["id"]]
    assert set(graph["root_node_ids"]) == {first["id"], child["id"]}
    assert [state["name"] for state in graph["states"]] == ["Pending", "Running"]
    assert [edge["id"] for edge in v1[-1]["upstream_dependencies"]] == [first["id"], subflow["id"]]
    assert api.get(f"/flow_runs/{uuid4()}/graph-v2").status == 404
    assert api.get(f"/flow_runs/{flow_run['id']}/graph-v2", since="2200-01-01T00:00:00Z").json["nodes"] != []


def test_a_graph_that_is_too_large_is_refused(api: Caller, flow_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_FLOW_RUN_GRAPH_MAX_NODES", "1")
    for _ in range(2):
        moved(api, a_task_run(api, flow_run), "RUNNING")

    answer = api.get(f"/flow_runs/{flow_run['id']}/graph-v2")

    assert answer.status in (200, 400)  # a server keeps the settings that it was started with
    if answer.status == 400:
        assert "more than 1 nodes" in answer.json["detail"]


def test_a_proposed_run_waits_for_a_slot_of_its_tags(api: Caller, flow_run: Any) -> None:
    api.post("/concurrency_limits/", {"tag": "a", "concurrency_limit": 1})
    api.post("/concurrency_limits/", {"tag": "closed", "concurrency_limit": 0})
    first, second = (a_task_run(api, flow_run, tags=["a", "free"]) for _ in range(2))

    assert moved(api, first, "RUNNING")["status"] == "ACCEPT"
    waits = moved(api, second, "RUNNING")
    assert waits["status"] == "WAIT"
    assert waits["details"]["delay_seconds"] >= 1
    assert api.get("/concurrency_limits/tag/a").json["active_slots"] == [first["id"]]

    assert moved(api, first, "COMPLETED")["status"] == "ACCEPT"
    assert moved(api, second, "RUNNING")["status"] == "ACCEPT"
    assert api.get("/concurrency_limits/tag/a").json["active_slots"] == [second["id"]]
    assert moved(api, a_task_run(api, flow_run, tags=["closed"]), "RUNNING")["status"] == "ABORT"
