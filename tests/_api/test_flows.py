from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Caller


def named(api: Caller, *names: str, **fields: Any) -> list[Any]:
    """New flows of these names, as answered."""
    return [api.post("/flows/", {"name": name, **fields}).json for name in names]


def test_a_flow_is_made_once_for_each_name(api: Caller) -> None:
    made = api.post("/flows/", {"name": "etl", "tags": ["a"], "labels": {"team": "x", "size": 3, "hot": True}})
    again = api.post("/flows/", {"name": "etl", "tags": ["b"]})

    assert (made.status, again.status) == (201, 200)
    assert again.json == made.json
    assert made.json["labels"] == {"team": "x", "size": 3, "hot": True}
    assert api.get(f"/flows/{made.json['id']}") == (200, made.json)
    assert api.get("/flows/name/etl") == (200, made.json)


def test_a_name_with_any_letters_is_found(api: Caller) -> None:
    (made,) = named(api, "夜 etl?x#y")

    assert api.get("/flows/name/%E5%A4%9C%20etl%3Fx%23y").json == made


def test_tags_are_changed(api: Caller) -> None:
    (made,) = named(api, "etl", tags=["a"])

    assert api.patch(f"/flows/{made['id']}", {"tags": ["b"]}).status == 204
    assert api.get(f"/flows/{made['id']}").json["tags"] == ["b"]


def test_a_flow_is_removed_with_its_runs(api: Caller) -> None:
    (made,) = named(api, "etl")
    run = api.post("/flow_runs/", {"flow_id": made["id"]}).json

    assert api.delete(f"/flows/{made['id']}").status == 204
    assert api.get(f"/flows/{made['id']}").status == 404
    assert api.get(f"/flow_runs/{run['id']}").status == 404


def test_flows_are_listed_by_filter_and_order(api: Caller) -> None:
    named(api, "a", "b", "c")

    listed = api.post("/flows/filter", {"sort": "NAME_DESC", "flows": {"name": {"any_": ["a", "c"]}}, "limit": 5})

    assert [flow["name"] for flow in listed.json] == ["c", "a"]
    assert api.post("/flows/count", {"flows": {"name": {"like_": "B"}}}).json == 1
    assert api.post("/flows/count").json == 3


def test_flows_are_told_by_their_runs(api: Caller) -> None:
    quiet, busy = named(api, "quiet", "busy")
    api.post("/flow_runs/", {"flow_id": busy["id"], "name": "x"})

    def with_runs(named: str) -> list[str]:
        body = {"flow_runs": {"name": {"any_": [named]}}}
        return [flow["name"] for flow in api.post("/flows/filter", body).json]

    assert (with_runs("x"), with_runs("y")) == (["busy"], [])
    assert api.post("/flows/count", {"flows": {"deployment": {"is_null_": True}}}).json == 2
    assert quiet["name"] == "quiet"


def test_a_page_says_how_many_there_are(api: Caller) -> None:
    named(api, "a", "b", "c")

    page = api.post("/flows/paginate", {"limit": 2, "page": 2}).json

    assert [flow["name"] for flow in page["results"]] == ["c"]
    assert {name: page[name] for name in ("count", "limit", "pages", "page")} == {
        "count": 3,
        "limit": 2,
        "pages": 2,
        "page": 2,
    }
    assert api.post("/flows/paginate", {"limit": 0}).json["pages"] == 0


def test_many_are_removed_at_once(api: Caller) -> None:
    a, b, _ = named(api, "a", "b", "c")

    removed = api.post("/flows/bulk_delete", {"flows": {"name": {"any_": ["a", "b"]}}})

    assert sorted(removed.json["deleted"]) == sorted([a["id"], b["id"]])
    assert [flow["name"] for flow in api.post("/flows/filter").json] == ["c"]
    assert api.post("/flows/bulk_delete", {"limit": 51}).status == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "a/b"},
        {"name": "\0"},
        {"name": "x" * 300},
        {"name": "x", "tags": "y"},
        {"name": "x", "tags": ["\0"]},
        {"name": "x", "colour": "red"},
        {"name": "x", "labels": {"a": [1]}},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(api: Caller, body: dict[str, Any]) -> None:
    assert api.post("/flows/", body).status == 422
    assert api.post("/flows/count").json == 0


def test_what_is_not_there_is_not_found(api: Caller) -> None:
    nobody = f"/flows/{uuid4()}"

    assert [api.get(nobody).status, api.delete(nobody).status, api.patch(nobody, {"tags": []}).status] == [404] * 3
    assert api.get("/flows/name/nobody").status == 404
    assert api.post("/flows/filter", {"limit": 201}).status == 422
