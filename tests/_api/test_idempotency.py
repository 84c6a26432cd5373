"""An idempotency key that is used again brings the first run; where something else was asked for, that is said."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from prefect._api.dispatching import Reply
from prefect._api.flow_runs import MISMATCH
from tests._api.deployed import a_deployment, a_flow
from tests.serving import Caller

FIRST: dict[str, Any] = {
    "idempotency_key": "k",
    "parameters": {"a": 1},
    "tags": ["x", "y"],
    "job_variables": {"env": {"A": "1"}},
}
OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"parameters": {"a": 2}}, "parameters"),
    ({"parameters": {}}, "parameters"),
    ({"tags": ["x"]}, "tags"),
    ({"job_variables": {}}, "job_variables"),
    ({"parameters": {"a": 2}, "tags": []}, "parameters, tags"),
]


@pytest.fixture(params=["of a flow", "of a deployment"])
def place(api: Caller, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Where runs are made, and what is said there besides."""
    if request.param == "of a flow":
        return "/flow_runs/", {"flow_id": a_flow(api)}
    return f"/deployments/{a_deployment(api)['id']}/create_flow_run", {}


def made(api: Caller, place: tuple[str, dict[str, Any]], **fields: Any) -> Reply:
    return api.reply("POST", place[0], {**FIRST, **place[1], **fields})


@pytest.mark.parametrize(("other", "told"), OTHERS)
def test_what_is_otherwise_is_named(
    api: Caller, place: tuple[str, dict[str, Any]], caplog: pytest.LogCaptureFixture, other: dict[str, Any], told: str
) -> None:
    first, again = made(api, place), made(api, place, **other)

    assert (first.status, again.status) == (201, 200)
    assert orjson.loads(again.content)["id"] == orjson.loads(first.content)["id"]
    assert orjson.loads(again.content)["parameters"] == {"a": 1}
    assert MISMATCH not in first.headers
    assert again.headers[MISMATCH] == told
    assert f"The idempotency key 'k' was used again with other {told.replace(', ', ' and ')}" in caplog.text


def test_the_same_again_is_no_matter(
    api: Caller, place: tuple[str, dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    made(api, place)
    again = made(api, place, tags=["y", "x"])

    assert again.status == 200
    assert MISMATCH not in again.headers
    assert not caplog.text
