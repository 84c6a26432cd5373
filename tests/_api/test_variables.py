from __future__ import annotations

from uuid import uuid4

from tests.serving import Caller


def test_a_variable_is_made_read_changed_and_removed(api: Caller) -> None:
    made = api.post("/variables/", {"name": "answer", "value": 42, "tags": ["deep"]})

    assert made.status == 201
    assert made.json["value"] == 42
    assert api.get(f"/variables/{made.json['id']}") == (200, made.json)
    assert api.patch("/variables/name/answer", {"value": {"is": 43}}) == (204, None)
    assert api.get("/variables/name/answer").json["value"] == {"is": 43}
    assert api.get("/variables/name/answer").json["tags"] == ["deep"]
    assert api.delete("/variables/name/answer").status == 204
    assert api.get("/variables/name/answer").status == 404


def test_a_name_is_given_once(api: Caller) -> None:
    api.post("/variables/", {"name": "answer", "value": 42})
    api.post("/variables/", {"name": "question", "value": None})

    assert api.post("/variables/", {"name": "answer", "value": 1}).status == 409
    assert api.patch("/variables/name/question", {"name": "answer"}).status == 409
    assert api.get("/variables/name/answer").json["value"] == 42


def test_a_value_may_become_null(api: Caller) -> None:
    api.post("/variables/", {"name": "answer", "value": 42})

    api.patch("/variables/name/answer", {"value": None})

    assert api.get("/variables/name/answer").json["value"] is None


def test_variables_are_listed_by_filter_and_order(api: Caller) -> None:
    for name in ("a", "b", "c"):
        api.post("/variables/", {"name": name, "value": name})

    listed = api.post("/variables/filter", {"sort": "NAME_DESC", "variables": {"name": {"any_": ["a", "c"]}}})

    assert [variable["name"] for variable in listed.json] == ["c", "a"]
    assert api.post("/variables/count", {"variables": {"name": {"like_": "B"}}}).json == 1
    assert api.post("/variables/count").json == 3
    assert [found["name"] for found in api.post("/variables/filter", {"limit": 1, "offset": 1}).json] == ["b"]


def test_what_does_not_fit_is_refused_with_a_reason(api: Caller) -> None:
    unknown = api.post("/variables/", {"name": "x", "value": 1, "colour": "red"})

    assert unknown.status == 422
    assert "body.colour" in unknown.json["exception_message"]
    assert api.post("/variables/", {"name": "No Spaces!", "value": 1}).status == 422
    assert api.post("/variables/", {"name": "x", "value": "x" * 6000}).status == 422
    assert api.post("/variables/filter", {"limit": 201}).status == 422
    assert api.post("/variables/filter", {"sort": "SIZE_ASC"}).status == 422
    assert api.post("/variables/filter", {"variables": {"name": {"any_": ["x"] * 1001}}}).status == 422
    assert api.get(f"/variables/{uuid4()}").status == 404
    assert api.get("/variables/no-id").status == 422
    assert api.get("/nothing").status == 404
    assert api.put("/variables/filter").status == 405


def test_what_a_query_leaves_null_is_not_asked_for(api: Caller) -> None:
    api.post("/variables/", {"name": "a", "value": 1})

    listed = api.post("/variables/filter", {"offset": None, "limit": None, "sort": None, "variables": None})

    assert [variable["name"] for variable in listed.json] == ["a"]
