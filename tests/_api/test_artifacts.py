from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.serving import Caller


def made(api: Caller, **fields: Any) -> Any:
    """An artifact as the API answers with it."""
    told = api.post("/artifacts/", fields)
    assert told.status == 201
    return told.json


def test_an_artifact_is_made_read_changed_and_removed(api: Caller) -> None:
    one = made(api, key="daily", type="markdown", data="# Hi", description="d", metadata_={"a": "b"})

    assert api.get(f"/artifacts/{one['id']}") == (200, one)
    assert api.patch(f"/artifacts/{one['id']}", {"data": {"now": 1}}) == (204, None)
    changed = api.get(f"/artifacts/{one['id']}").json
    assert (changed["data"], changed["description"], changed["type"]) == ({"now": 1}, "d", "markdown")
    assert api.patch(f"/artifacts/{one['id']}", {"type": "table"}).status == 422
    assert api.delete(f"/artifacts/{one['id']}").status == 204
    for told in (
        api.get(f"/artifacts/{one['id']}"),
        api.patch(f"/artifacts/{one['id']}", {"data": 1}),
        api.delete(f"/artifacts/{one['id']}"),
        api.get("/artifacts/daily/latest"),
    ):
        assert told.status == 404


def test_a_key_tells_its_latest_and_its_history(api: Caller) -> None:
    first, second = (made(api, key="daily", data=number) for number in range(2))
    made(api, key="weekly", data=9)
    made(api, data="without a key")

    assert api.get("/artifacts/daily/latest").json == second
    [daily, weekly] = api.post("/artifacts/latest/filter", {"sort": "KEY_ASC"}).json
    assert (daily["key"], daily["latest_id"], daily["data"], daily["created"]) == (
        "daily",
        second["id"],
        1,
        first["created"],
    )
    assert weekly["key"] == "weekly"
    history = {"artifacts": {"key": {"any_": ["daily"]}}, "sort": "CREATED_DESC"}
    assert api.post("/artifacts/filter", history).json == [second, first]
    assert api.post("/artifacts/count", {"artifacts": {"key": {"exists_": False}}}).json == 1
    assert (api.post("/artifacts/count").json, api.post("/artifacts/latest/count").json) == (4, 2)
    assert [found["key"] for found in api.post("/artifacts/filter", {"limit": 2, "offset": 1}).json] == [
        "weekly",
        "daily",
    ]


def test_artifacts_are_found_by_their_runs(api: Caller) -> None:
    flow = api.post("/flows/", {"name": "etl"}).json
    run = api.post("/flow_runs/", {"flow_id": flow["id"], "name": "one"}).json
    of_run, other = made(api, key="a", flow_run_id=run["id"]), made(api, key="b", flow_run_id=str(uuid4()))

    assert api.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}).json == [of_run]
    assert api.post("/artifacts/filter", {"flow_runs": {"name": {"any_": ["one"]}}}).json == [of_run]
    assert api.post("/artifacts/filter", {"flows": {"name": {"any_": ["etl"]}}}).json == [of_run]
    assert api.post("/artifacts/latest/filter", {"flows": {"name": {"any_": ["nothing"]}}}).json == []
    assert api.post("/artifacts/count", {"artifacts": {"id": {"any_": [other["id"]]}}}).json == 1


def test_what_does_not_fit_is_refused_with_a_reason(api: Caller) -> None:
    refused = api.post("/artifacts/", {"key": "Daily Report"})

    assert refused.status == 422
    assert "lowercase letters, numbers, and dashes" in refused.json["exception_message"]
    assert api.post("/artifacts/", {"key": "a", "colour": "red"}).status == 422
    assert api.post("/artifacts/", {"data": "nul \x00"}).status == 422
    assert api.post("/artifacts/filter", {"sort": "SIZE_DESC"}).status == 422
    assert api.post("/artifacts/filter", {"artifacts": {"name": {"any_": ["x"]}}}).status == 422
    assert api.get("/artifacts/no-id").status == 422
    assert made(api, key="")["key"] is None
