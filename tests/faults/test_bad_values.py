"""Values that mean nothing, or too much: each is refused with a sentence, or comes back as it was."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from prefect import flow, task
from prefect._clock import now
from tests._api.deployed import a_deployment, a_flow
from tests.serving import embedded, served

NAMES = [
    *("a/b", "..", "a%2fb", "two words", "🦜 flow", "\u202eright to left", "e\u0301" * 100, "x" * 255),
    *("health", "ready", "filter", "count", "paginate", "name", "null", "true", "' OR 1=1 --", "<img src=x>", "a;b"),
    *("a\\b", "?x=1", "#x", ".", "a\r\nb", "{name}", "{{ name }}", "%", "+", " "),
]


def quoted(part: str) -> str:
    """A part of a path, whatever it holds."""
    return "".join(f"%{byte:02X}" for byte in part.encode())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_or_is_refused(name: str) -> None:
    api = embedded()
    made = api.post("/flows/", {"name": name})
    assert made.status in (201, 422)
    if made.status == 201:
        found = api.get(f"/flows/name/{quoted(name)}")
        assert (found.status, found.json["name"], found.json["id"]) == (200, name, made.json["id"])
        assert [each["name"] for each in api.post("/flows/filter", {"flows": {"name": {"any_": [name]}}}).json] == [
            name
        ]

    pool = api.post("/work_pools/", {"name": name, "type": "process"})
    assert pool.status in (201, 422)
    if pool.status == 201:
        assert api.get(f"/work_pools/{quoted(name)}").json["name"] == name
        assert api.delete(f"/work_pools/{quoted(name)}").status == 204


@pytest.mark.parametrize("name", ["", "x" * 256, "nul\0", "x" * 100_000, 5, None, ["x"], {"a": 1}])
def test_what_is_no_name_is_refused(name: Any) -> None:
    assert embedded().post("/flows/", {"name": name}).status == 422


@pytest.mark.parametrize(
    "word",
    ["x' OR '1'='1", "x'; DROP TABLE flow; --", 'x" --', "\\", "%", "_", "x') UNION SELECT 1", "`", "$1", "?"],
)
def test_a_filter_is_no_sql(word: str) -> None:
    api = embedded()
    api.post("/flows/", {"name": "innocent"})

    for wanted in ({"name": {"any_": [word]}}, {"tags": {"all_": [word]}}):
        assert api.post("/flows/filter", {"flows": wanted}).json == []
    like = api.post("/flows/filter", {"flows": {"name": {"like_": word}}})
    assert like.json == []
    for noun in ("flows", "flow_runs", "task_runs", "deployments", "logs", "variables", "block_documents"):
        assert api.post(f"/{noun}/filter", {"sort": word}).status == 422 or noun == "block_documents"
    assert api.post("/flows/count", {}).json == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"type": "SLEEPING"}, 422),
        ({"type": "RUNNING", "name": "x" * 10_000}, 422),
        ({"type": "RUNNING", "timestamp": "1970-13-01"}, 422),
        ({"type": "RUNNING", "state_details": {"flow_run_id": "x"}}, 422),
        ({}, 422),
    ],
)
def test_what_is_no_state_is_refused(state: dict[str, Any], status: int) -> None:
    api = embedded()
    run = api.post("/flow_runs/", {"flow_id": a_flow(api)}).json["id"]

    assert api.post(f"/flow_runs/{run}/set_state", {"state": state}).status == status
    assert api.post(f"/flow_runs/{uuid4()}/set_state", {"state": {"type": "RUNNING"}}).status == 404
    assert api.get(f"/flow_runs/{run}").json["state_type"] in (None, "PENDING")


def test_a_state_of_the_future_began_now() -> None:
    api = embedded()
    run = api.post("/flow_runs/", {"flow_id": a_flow(api)}).json["id"]
    later = (now() + timedelta(days=3650)).isoformat()

    api.post(f"/flow_runs/{run}/set_state", {"state": {"type": "RUNNING", "timestamp": later}})

    assert api.get(f"/flow_runs/{run}").json["state"]["timestamp"] < (now() + timedelta(days=1)).isoformat()


def test_a_key_that_was_used_gives_the_first_run() -> None:
    api = embedded()
    wanted = {"flow_id": a_flow(api), "idempotency_key": "k"}
    first = api.post("/flow_runs/", {**wanted, "parameters": {"a": 1}})
    second = api.post("/flow_runs/", {**wanted, "parameters": {"a": 2}})

    assert (first.status, second.status) == (201, 200)
    assert second.json["id"] == first.json["id"]
    assert second.json["parameters"] == {"a": 1}


@pytest.mark.parametrize("offset", [-1, 2**63, 1.5, "x"])
def test_what_is_no_place_in_a_list_is_refused(offset: Any) -> None:
    api = embedded()

    for noun in ("flows", "flow_runs", "task_runs", "deployments", "work_pools", "variables", "logs"):
        assert api.post(f"/{noun}/filter", {"offset": offset}).status == 422, noun


def test_parameters_that_do_not_fit_say_where() -> None:
    api = embedded()
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}
    path = f"/deployments/{a_deployment(api, parameter_openapi_schema=schema)['id']}/create_flow_run"

    for parameters in ({"a": "x"}, {"b": 1}, {"a": {"b": [1]}}):
        refused = api.post(path, {"parameters": parameters})
        assert refused.status == 409
        assert next(iter(parameters)) in refused.json["detail"]
    assert api.post(path, {"parameters": {"a": 1, "large": "x" * (512 * 1024)}}).status in (409, 422)


def test_a_million_tags_are_too_many() -> None:
    api = embedded()
    many = ["x"] * 1_000_000

    for path, body in (("/flows/", {"name": "f"}), ("/flow_runs/", {"flow_id": a_flow(api)})):
        refused = api.post(path, {**body, "tags": many})
        assert refused.status == 422
        assert "at most 1000" in refused.json["exception_message"]


@pytest.mark.parametrize("name", [5, 1.5, ["x"], {"a": 1}, b"x"])
def test_names_in_programs_are_texts(name: Any) -> None:
    for decorate in (flow, task):
        with pytest.raises(TypeError, match="name"):
            decorate(name=name)(lambda: None)


def test_parameters_that_hold_themselves_end_the_run_with_a_sentence() -> None:
    @flow
    def around(x: Any) -> int:
        return len(x)

    endless: list[Any] = []
    endless.append(endless)
    state = around(endless, return_state=True)

    assert state.is_failed()
    assert "holds itself" in str(state.message)


def test_a_compressed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 100_000_000 + b'{"name": "x"}')

    with served() as address:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        assert httpx.post(f"{address}/flows/", content=bomb, headers=headers).status_code in (415, 422)
