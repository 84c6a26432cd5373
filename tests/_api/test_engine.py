"""What our own engine asks of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from prefect._clock import new_id
from tests.serving import Caller

LEASED = {"holder": "here:1:x", "lease_seconds": 30}


def running(api: Caller, leased: Mapping[str, Any] = LEASED) -> Any:
    """A run that a process carries out, in its first epoch."""
    flow = api.post("/flows/", {"name": "etl"}).json["id"]
    run = api.post("/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}}).json["id"]
    state = {"type": "RUNNING", "name": "Running", "id": str(new_id()), "timestamp": "2026-01-01T00:00:00Z"}
    told = api.post(f"/engine/flow_runs/{run}/propose", {"state": state, "spare_id": str(new_id()), **leased})
    assert (told.json["status"], told.json["epoch"]) == ("ACCEPT", 1)
    return run


def is_wanted(api: Caller, **carried: int) -> bool:
    told = api.post("/engine/leases", {**LEASED, "carried": carried})
    assert told.status == 200
    return bool(told.json)


def test_a_process_is_wanted_as_long_as_one_of_its_runs_is(api: Caller) -> None:
    mine, taken = running(api), running(api, {**LEASED, "holder": "there:2:y"})

    assert is_wanted(api, **{mine: 1})
    assert not is_wanted(api, **{taken: 0})
    assert is_wanted(api, **{taken: 0, mine: 1})
    assert not is_wanted(api, **{str(new_id()): 1})


def test_a_process_whose_next_try_began_while_it_asked_is_wanted(api: Caller) -> None:
    assert is_wanted(api, **{running(api): 0})


@pytest.mark.parametrize("state", ["CANCELLING", "CANCELLED"])
def test_a_process_whose_run_is_cancelled_is_not_wanted(api: Caller, state: str) -> None:
    run = running(api)

    api.post(f"/flow_runs/{run}/set_state", {"state": {"type": state}})

    assert not is_wanted(api, **{run: 1})


def test_a_process_whose_run_was_removed_is_not_wanted(api: Caller) -> None:
    run = running(api)

    api.delete(f"/flow_runs/{run}")

    assert not is_wanted(api, **{run: 1})
