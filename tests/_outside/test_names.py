"""The names that packages built on Prefect import are there; `tests/data/names_of_packages.tsv` has the packages."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from prefect.exceptions import NotOfThisServer

NEEDED = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parents[1] / "data" / "names_of_packages.tsv").read_text().splitlines()
]
MODULES = sorted({module for module, _name, _packages in NEEDED})
OF_ANOTHER_SERVER = (
    "prefect.client.schemas.worker_channel",
    "prefect.server.concurrency.lease_storage",
    "prefect.server.events.ordering",
    "prefect.server.utilities.messaging",
    "prefect.server.worker_communication.cleanup_queue",
)
"""What prefect-redis does for the server of another implementation."""


def is_there(module: str, name: str) -> bool:
    """Whether a module has a name, be it that of a module below it."""
    found = importlib.import_module(module)
    return hasattr(found, name) or (hasattr(found, "__path__") and find_spec(f"{module}.{name}") is not None)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_what_packages_import_from_it(module: str) -> None:
    wanted = {name: packages for its, name, packages in NEEDED if its == module}

    assert {name: packages for name, packages in wanted.items() if not is_there(module, name)} == {}


@pytest.mark.parametrize("module", OF_ANOTHER_SERVER)
def test_a_part_of_another_server_says_so_in_one_line(module: str) -> None:
    with pytest.raises(NotOfThisServer, match="part of another server") as refused:
        importlib.import_module(module)

    assert "\n" not in str(refused.value)
