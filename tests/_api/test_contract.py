"""Our REST API has the routes and fields of the API that clients know (`tests/data/rest_api.json`).

The data were written once from a description of version 3.9.1, by `facts_of` and without the settings. Routes that are
not built yet stand in `NOT_YET`: take a line out when its route is there.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from prefect.server.description import openapi
from tests._api.facts import Comparison, facts_of

KNOWN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "rest_api.json").read_text(encoding="utf-8"))
NOT_YET = frozenset[str]()
UNTOLD = frozenset({"POST /templates/validate", "POST /automations/templates/validate"})
"""Routes whose answers the contract leaves out."""

MEANT = (
    "empirical_policy.retry_delay is null or number, not integer or null",
    "catch_up is not theirs",
    "empirical_policy.max_resumes is not theirs",
    "empirical_policy.tasks_done is not theirs",
    "empirical_policy.stalled is not theirs",
    "empirical_policy.resumes is not theirs",
    "expect_within is not theirs",
    "ge_ is not theirs",
    "le_ is not theirs",
    "sort is one of ['DURATION_ASC', 'DURATION_DESC', 'END_TIME_DESC', ",
    "not_like_ is not theirs",
    "not_any_ is not theirs",
    "deployment_name is not theirs",
    "work_pool_name is not theirs",
    "logs.pattern is not theirs",
    "logs.name is not theirs",
    "since is '0001-01-01T00:00:00+00:00'",
    "schedule_after is string, not number or string",
)
"""Differences that are meant: a flow may wait for parts of a second before its next try; a schedule catches up; a run
goes on after a crash; runs may be asked for by ids from one to another, and lines by a pattern or their logger; flow
runs are sorted by duration, too; a moment in UTC is written with its offset; an action takes its time as seconds, too,
but is described as a duration."""


@lru_cache(maxsize=1)
def ours() -> dict[str, Any]:
    return facts_of(openapi())


@pytest.mark.parametrize("route", KNOWN["routes"])
def test_the_route_is_as_clients_know_it(route: str) -> None:
    if route in NOT_YET:
        assert route not in ours()["routes"], "This route is there: take it out of NOT_YET."
        pytest.skip("not built yet")
    assert route in ours()["routes"], "This route is missing."

    assert found_differences(route) == []


def found_differences(route: str) -> list[str]:
    theirs, our = KNOWN["routes"][route], ours()["routes"][route]
    found = [] if theirs["status"] == our["status"] else [f"the status is {our['status']}, not {theirs['status']}"]
    for part in ("query", "body", "answer"):
        if part == "answer" and route in UNTOLD:
            continue
        if (part in theirs) != (part in our):
            found.append(f"{part}: {'missing' if part in theirs else 'not theirs'}")
        elif part in theirs:
            compared = Comparison(KNOWN["types"], ours()["types"], is_body=part != "answer")
            told = compared.differences(theirs[part], our[part])
            found += [f"{part}: {difference}" for difference in told if not any(known in difference for known in MEANT)]
    return found


def test_what_is_not_built_yet_is_known() -> None:
    assert NOT_YET - set(KNOWN["routes"]) == set()


def test_a_difference_is_seen() -> None:
    theirs = {"name*": "string", "size": {"type": "integer", "default": 1}, "kind": {"one of": ["a", "b"]}}
    nullable = {**theirs, "size": {"type": {"either": ["integer", "null"]}, "default": 1}}

    def told(other: dict[str, Any], *, is_body: bool = True) -> list[str]:
        return list(Comparison({}, {}, is_body=is_body).of_fields(theirs, other))

    assert told(theirs) == []
    assert told({**theirs, "colour": "string"}) == ["colour is not theirs"]
    assert told({**theirs, "size": {"type": "integer", "default": 2}}) == ["size is 2 by default, not 1"]
    assert told({**theirs, "kind": {"one of": ["a"]}}) == ["kind is one of ['a'], not of ['a', 'b']"]
    assert told({**theirs, "kind": {"list": "string"}}) == ["kind lacks 'one of'", "kind should have no 'list'"]
    assert told(nullable) == []
    assert told(nullable, is_body=False) == ["size is integer or null, not integer"]
