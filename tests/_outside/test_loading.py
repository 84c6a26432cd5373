"""Flows as older programs and tools load them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.exceptions import ScriptError
from prefect.flows import (
    Flow,
    is_entrypoint_async,
    load_flow_arguments_from_entrypoint,
    load_flow_from_flow_run,
    load_function_and_convert_to_flow,
    load_placeholder_flow,
    safe_load_flow_from_entrypoint,
)

MISSING = """
import not_there
from prefect import flow

SHOP = "north"

def plain(a: int = 1): ...

@flow(name=f"sell-{SHOP}", version="3", retries=2, flow_run_name="x", nothing_like_it=1)
def sell(a: int = 1):
    "Sells."

@flow
async def buy_all(): ...
"""
HERE = """
from prefect import flow

def plain(a: int = 1):
    print("in it")
    return a + 1

@flow
def sell(a=1):
    return a
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("missing.py").write_text(MISSING)
    Path("here.py").write_text(HERE)


def test_what_a_flow_is_told_is_read_from_its_source() -> None:
    told = load_flow_arguments_from_entrypoint("missing.py:sell")

    assert told == {"name": "sell-north", "version": "3", "retries": 2}
    assert load_flow_arguments_from_entrypoint("missing.py:sell", {"name", "flow_run_name"}) == {
        "name": "sell-north",
        "flow_run_name": "x",
    }
    assert load_flow_arguments_from_entrypoint("missing.py:buy_all") == {"name": "buy-all"}
    assert [is_entrypoint_async(f"missing.py:{name}") for name in ("sell", "buy_all")] == [False, True]
    with pytest.raises(ValueError, match=r"'missing\.py' has no function 'nobody'"):
        is_entrypoint_async("missing.py:nobody")


def test_a_function_becomes_a_flow() -> None:
    made = load_function_and_convert_to_flow("here.py:plain")

    assert (made.name, made.log_prints, made(2)) == ("plain", True, 3)
    assert load_function_and_convert_to_flow("here.py:sell")(4) == 4
    with pytest.raises(RuntimeError, match="'nobody'"):
        load_function_and_convert_to_flow("here.py:nobody")
    with pytest.raises(ScriptError, match="not_there"):
        load_function_and_convert_to_flow("missing.py:plain")


def test_a_flow_whose_file_cannot_be_run_stands_for_itself() -> None:
    placeholder = load_placeholder_flow("missing.py:buy_all", KeyError("why"))

    with pytest.raises(KeyError, match="why"):
        asyncio.run(placeholder.fn())
    with pytest.raises(ValueError, match="shows no flow"):
        load_placeholder_flow("missing.py:plain", KeyError("why"))
    known = safe_load_flow_from_entrypoint("missing.py:sell")
    assert known is not None
    assert (known.name, known.retries) == ("sell-north", 2)
    assert safe_load_flow_from_entrypoint("missing.py:plain") is None


def test_the_flow_of_a_recorded_run_is_that_of_its_deployment(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "flows.py").write_text("from prefect import flow\n\n@flow\ndef far():\n    return 'far'\n")
    deployment_id = flow.from_source(elsewhere, "flows.py:far").to_deployment("x").apply()

    async def loaded() -> Flow[..., str]:
        async with get_client() as client:
            run = await client.create_flow_run_from_deployment(deployment_id)
            return await load_flow_from_flow_run(client, run)

    assert asyncio.run(loaded()).fn() == "far"
