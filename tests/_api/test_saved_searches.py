from __future__ import annotations

from uuid import uuid4

from tests.serving import Caller

FILTER = {"object": "flow_run", "property": "name", "type": "string", "operation": "equals", "value": ["x", 1, None]}


def test_a_search_is_saved_under_its_name(api: Caller) -> None:
    first = api.put("/saved_searches/", {"name": "mine", "filters": [FILTER]})
    again = api.put("/saved_searches/", {"name": "mine", "filters": []})

    assert (first.status, again.status) == (201, 200)
    assert first.json["filters"] == [FILTER]
    assert (again.json["id"], again.json["filters"]) == (first.json["id"], [])
    assert api.get(f"/saved_searches/{first.json['id']}").json == again.json


def test_searches_are_listed_and_removed(api: Caller) -> None:
    for name in ("b", "a"):
        api.put("/saved_searches/", {"name": name})

    listed = api.post("/saved_searches/filter").json

    assert [search["name"] for search in listed] == ["a", "b"]
    assert api.post("/saved_searches/filter", {"limit": 1, "offset": 1}).json == listed[1:]
    assert api.delete(f"/saved_searches/{listed[0]['id']}").status == 204
    assert api.delete(f"/saved_searches/{listed[0]['id']}").status == 404
    assert api.get(f"/saved_searches/{uuid4()}").status == 404
