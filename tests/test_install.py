"""What an installation brings along."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LEANED_ON = {
    "cachetools": ("cachetools", "prefect-aws, -kubernetes"),
    "greenlet": ("greenlet", "prefect-sqlalchemy"),
    "jsonpatch": ("jsonpatch", "prefect-gcp, -kubernetes"),
    "packaging": ("packaging.version", "prefect-docker"),
    "python-slugify": ("slugify", "prefect-aws, -azure, -docker, -kubernetes, -snowflake"),
    "typer": ("typer", "prefect-gcp"),
}
"""What we have no use for: the distribution, its module, and the packages that import that without declaring it."""


def brought_along(name: str, *, without: Collection[str] = ()) -> set[str]:
    """A distribution and all that it needs here, by their names; what is left out brings nothing either."""
    found, waiting = {name}, [(name, frozenset[str]())]
    while waiting:
        wanting, chosen = waiting.pop()
        for line in requires(wanting) or ():
            needed = Requirement(line)
            if needed.marker is not None and not any(needed.marker.evaluate({"extra": e}) for e in (chosen or {""})):
                continue
            if canonicalize_name(needed.name) not in found.union(without):
                found.add(canonicalize_name(needed.name))
                waiting.append((needed.name, frozenset(needed.extras)))
    return found


def test_a_fresh_install_has_fewer_than_fifty_distributions_of_which_we_use_fewer_than_forty() -> None:
    assert len(brought_along("prefect")) < 50
    assert len(brought_along("prefect", without=LEANED_ON)) < 40


@pytest.mark.parametrize("distribution", LEANED_ON)
def test_what_packages_import_undeclared_comes_along(distribution: str) -> None:
    module, _packages = LEANED_ON[distribution]

    assert importlib.import_module(module)
    assert distribution in {Requirement(line).name for line in requires("prefect") or ()}


def test_no_web_framework_query_builder_or_cloud_comes_along() -> None:
    assert brought_along("prefect") & {"fastapi", "sqlalchemy", "alembic", "boto3", "docker", "pandas"} == set()
