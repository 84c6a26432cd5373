"""Flows found by the name of their file or module."""

from __future__ import annotations

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
