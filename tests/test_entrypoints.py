"""Flows found by the name of their file or module."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from prefect.exceptions import MissingFlowError, ScriptError
from prefect.flows import load_flow_from_entrypoint

PROGRAM = """
from helper import NUMBER
from prefect import flow

@flow
def main(x: int = NUMBER) -> int:
    return x

class Jobs:
    @flow
    @staticmethod
    def nightly() -> str:
        return "night"

plain = 3
"""


@pytest.fixture(autouse=True)
def _program() -> None:
    Path("flows_here").mkdir()
    Path("flows_here/program.py").write_text(PROGRAM)
    Path("flows_here/helper.py").write_text("NUMBER = 7\n")
    Path("module_here.py").write_text("from prefect import flow\n@flow\ndef main():\n    return 'module'\n")
    Path("breaks.py").write_text("1 / 0\n")


def test_a_flow_is_found_in_a_file_beside_its_helpers() -> None:
    assert load_flow_from_entrypoint("flows_here/program.py:main")() == 7


def test_a_method_is_found() -> None:
    assert load_flow_from_entrypoint("flows_here/program.py:Jobs.nightly")() == "night"


@pytest.mark.parametrize("entrypoint", ["module_here.main", "module_here:main"])
def test_a_flow_is_found_in_a_module(entrypoint: str) -> None:
    assert load_flow_from_entrypoint(entrypoint)() == "module"


@pytest.mark.parametrize(
    ("entrypoint", "error", "told"),
    [
        ("none.py:main", MissingFlowError, "no file 'none.py'"),
        ("flows_here/program.py:other", MissingFlowError, "has no 'other'"),
        ("flows_here/program.py:plain", MissingFlowError, "is a int, not a flow"),
        ("no_such_module.main", MissingFlowError, "no module 'no_such_module'"),
        ("breaks.py:main", ScriptError, "ZeroDivisionError"),
        ("main", ValueError, "names no function"),
    ],
)
def test_what_is_not_there_is_told(entrypoint: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        load_flow_from_entrypoint(entrypoint)


ELSEWHERE = '''
from enum import Enum

import only_on_the_worker
from only_on_the_worker.parts import Part, work
from prefect import flow

class Region(Enum):
    NORTH = "north"

class Job(only_on_the_worker.Job):
    pass

LAST = 3
open("side_effect", "w").close()

@flow(name="Sales", retries=LAST - 1, task_runner=only_on_the_worker.Runner(), tags=["shop"])
def sales(region: Region, parts: list[Part] = (), part: Part = only_on_the_worker.DEFAULT, *, days: "int" = LAST):
    """Sells what is there.

    Args:
        days: how many
    """
    return work(region)

@flow
async def awaited(x: int):
    pass

@flow(name=only_on_the_worker.NAME)
def named_elsewhere():
    pass

def plain():
    pass
'''


@pytest.fixture
def _elsewhere() -> None:
    Path("elsewhere.py").write_text(ELSEWHERE)


@pytest.mark.usefixtures("_elsewhere")
def test_a_flow_whose_imports_are_missing_here_is_made_from_its_source(caplog: pytest.LogCaptureFixture) -> None:
    found = load_flow_from_entrypoint("elsewhere.py:sales")

    schema = found.parameters.model_dump()
    assert (found.name, found.retries, found.tags) == ("Sales", 2, frozenset({"shop"}))
    assert found.description is not None
    assert found.description.startswith("Sells what is there.")
    assert list(schema["properties"]) == ["region", "parts", "part", "days"]
    assert schema["required"] == ["region"]
    assert schema["definitions"]["Region"]["enum"] == ["north"]
    assert schema["properties"]["days"] == {
        "title": "days", "type": "integer", "default": 3, "position": 3, "description": "how many"
    }  # fmt: skip
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Running 'elsewhere.py' raised ModuleNotFoundError: No module named 'only_on_the_worker'. Of the flow 'Sales' "
        "only what its source says is known here."
    ]
    assert not Path("side_effect").exists()


@pytest.mark.usefixtures("_elsewhere")
def test_a_flow_that_is_known_by_its_source_alone_says_so_when_it_is_called() -> None:
    found = load_flow_from_entrypoint("elsewhere.awaited")

    assert found.isasync
    with pytest.raises(ScriptError, match="only_on_the_worker"):
        asyncio.run(found(1))


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize("name", ["named_elsewhere", "plain", "not_there"])
def test_what_the_source_does_not_show_stays_an_error(name: str) -> None:
    with pytest.raises(ScriptError, match="only_on_the_worker"):
        load_flow_from_entrypoint(f"elsewhere.py:{name}")


@pytest.mark.usefixtures("_elsewhere")
def test_a_flow_that_is_to_be_run_is_never_made_from_its_source() -> None:
    with pytest.raises(ScriptError, match="only_on_the_worker"):
        load_flow_from_entrypoint("elsewhere.py:sales", use_placeholder_flow=False)
