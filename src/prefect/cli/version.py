"""`prefect version`"""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, entry_points
from importlib.metadata import version as installed
from typing import Annotated

from cyclopts import Parameter

from prefect._domain.version import API_VERSION, VERSION
from prefect.cli.output import Output, show_fields, show_json
from prefect.settings import get_current_settings
from prefect.settings.profiles import active_profile_name

COLLECTIONS = "prefect.collections"
"""The group of entry points under which packages name what they bring."""


def version(*, omit_integrations: Annotated[bool, Parameter(negative=())] = False, output: Output = None) -> None:
    """Say which version this is, and on what it runs.

    Parameters
    ----------
    omit_integrations
        Leave the integrations out.
    """
    settings = get_current_settings()
    told = {
        "Version": VERSION,
        "API version": API_VERSION,
        "Python version": platform.python_version(),
        "OS/Arch": f"{platform.system().lower()}/{platform.machine()}",
        "Profile": active_profile_name(),
        "Server type": "server" if settings.api.url else "embedded",
        "Pydantic version": _installed("pydantic"),
        "Database": str(settings.server.database.connection_url).split(":")[0].split("+")[0],
        "SQLite version": sqlite3.sqlite_version,
    }
    if not omit_integrations:
        told |= _integrations()
    if output == "json":
        show_json(told)
    else:
        show_fields(told)


def _integrations() -> dict[str, str]:
    """The packages that bring blocks or workers of their own, with their versions."""
    brought = {
        entry.dist.name: entry.dist.version for entry in entry_points(group=COLLECTIONS) if entry.dist is not None
    }
    return {f"Integration {name}": version for name, version in sorted(brought.items())}


def _installed(distribution: str) -> str:
    try:
        return installed(distribution)
    except PackageNotFoundError:
        return "not installed"
