"""What an installation brings along."""

from __future__ import annotations

from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def brought_along(name: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """A distribution and all that it needs here, by their names."""
    found, waiting = {name}, [(name, extras)]
    while waiting:
        wanting, chosen = waiting.pop()
        for line in requires(wanting) or ():
            needed = Requirement(line)
            if needed.marker is not None and not any(needed.marker.evaluate({"extra": e}) for e in (chosen or {""})):
                continue
            if canonicalize_name(needed.name) not in found:
                found.add(canonicalize_name(needed.name))
                waiting.append((needed.name, frozenset(needed.extras)))
    return found


def test_a_fresh_install_has_fewer_than_forty_distributions() -> None:
    assert len(brought_along("prefect")) < 40


def test_no_web_framework_query_builder_or_cloud_comes_along() -> None:
    assert brought_along("prefect") & {"fastapi", "sqlalchemy", "alembic", "boto3", "docker", "pandas"} == set()
