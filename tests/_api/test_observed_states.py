"""`/observed-states`: states that flow and task runs have entered."""

from __future__ import annotations

import pytest

from prefect import flow, task
from prefect.states import Completed, Failed
from tests.serving import Caller


@pytest.fixture(autouse=True)
def runs() -> None:
    """Runs that entered some states."""

    @task
    def step() -> object:
        return Failed(name="Rejected", message="It is too small.")

    @flow
    def around() -> object:
        step(return_state=True)
        return Completed(name="Conform")

    around(return_state=True)


def test_states_are_found_by_what_their_name_or_type_begins_with(api: Caller) -> None:
    def names(query: str) -> list[tuple[str, str]]:
        found = api.get("/observed-states", query=query, order_by="NAME_ASC").json
        return [(one["state_type"], one["state_name"]) for one in found]

    assert names("con") == [("COMPLETED", "Conform")]
    assert names("COMP") == [("COMPLETED", "Conform")]
    assert names("rej") == names("failed") == [("FAILED", "Rejected")]
    assert names("%") == names("nothing") == []


def test_states_are_ordered_by_when_they_were_last_seen(api: Caller) -> None:
    found = api.get("/observed-states").json

    assert found[0]["state_name"] == "Conform"
    assert [one["last_seen"] for one in found] == sorted((one["last_seen"] for one in found), reverse=True)
    assert all(one["first_seen"] <= one["last_seen"] for one in found)
    assert len({(one["state_type"], one["state_name"]) for one in found}) == len(found)
    assert api.get("/observed-states", limit=1).json == found[:1]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 201}, {"query": "x" * 101}, {"order_by": "nonsense"}])
def test_wrong_questions_are_refused(api: Caller, wrong: dict[str, object]) -> None:
    assert api.get("/observed-states", **wrong).status == 422
