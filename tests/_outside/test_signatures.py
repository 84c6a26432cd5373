"""What programs call takes what they give: `tests/data/signatures.tsv` has the parameters of names, in their order."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

TOLD = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parents[1] / "data" / "signatures.tsv").read_text(encoding="utf-8").splitlines()
]
MODULES = sorted({module for module, _name, _parameters in TOLD})
MARKS: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def parameters_of(module: str, name: str) -> str:
    """The parameters of a function or class, with `=` behind those that need not be given."""
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters.values()
    return ", ".join(
        f"{MARKS.get(one.kind, '')}{one.name}{'' if one.default is one.empty else '='}" for one in parameters
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_name_takes_the_parameters_that_programs_give(module: str) -> None:
    wanted = {name: parameters for its, name, parameters in TOLD if its == module}

    assert {name: parameters_of(module, name) for name in wanted} == wanted
