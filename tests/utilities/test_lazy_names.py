"""Names that a module offers and another one holds."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest


def test_a_name_is_loaded_from_its_home_when_it_is_asked_for() -> None:
    program = (
        "import sys, prefect.flows as flows; home = 'prefect._outside.bound_flows'; "
        "print(home in sys.modules, flows.InfrastructureBoundFlow.__module__, home in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert told.split() == ["False", "prefect._outside.bound_flows", "True"]


@pytest.mark.parametrize("module", ["prefect.client", "prefect.context", "prefect.events", "prefect.flows"])
def test_a_name_that_no_module_holds_is_refused_in_words(module: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'Nothing'"):
        _ = importlib.import_module(module).Nothing
