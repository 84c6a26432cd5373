"""What programs import is there, and takes what they give.

`tests/data/signatures.tsv` has names with their parameters, in their order; of models, enums and errors it has `...`.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

TOLD = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parents[1] / "data" / "signatures.tsv").read_text(encoding="utf-8").splitlines()
]
MODULES = sorted({module for module, _name, _parameters in TOLD})
MARKS: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def named(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def parameters_of(module: str, name: str) -> str:
    """The parameters of a function or class, with `=` behind those that need not be given."""
    parameters = inspect.signature(named(module, name)).parameters.values()
    return ", ".join(
        f"{MARKS.get(one.kind, '')}{one.name}{'' if one.default is one.empty else '='}" for one in parameters
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_name_takes_the_parameters_that_programs_give(module: str) -> None:
    told = {name: parameters for its, name, parameters in TOLD if its == module}
    wanted = {name: parameters for name, parameters in told.items() if parameters != "..."}

    assert all(named(module, name) is not None for name in told)
    assert {name: parameters_of(module, name) for name in wanted} == wanted
