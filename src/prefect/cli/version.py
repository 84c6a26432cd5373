"""`prefect version`"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.metadata import version as installed
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from prefect._domain.version import API_VERSION, VERSION
from prefect._store.database import server_version
from prefect.cli.output import Output, show_fields, show_json
from prefect.settings import get_current_settings
from prefect.settings.profiles import active_profile_name

COLLECTIONS = "prefect.collections"
"""The group of entry points under which packages name what they bring."""
UNKNOWN = "unknown"
BUILT = Path(__file__).parents[1] / "built.txt"
"""What the build of a wheel writes down; sources have it not."""
ROOT = Path(__file__).parents[3]
"""The folder of the project, where this package is one of its sources."""


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
        "Git commit": _commit(),
        "Built": _built(),
        "OS/Arch": f"{platform.system().lower()}/{platform.machine()}",
        "Profile": active_profile_name(),
        "Server type": "server" if settings.api.url else "embedded",
        "Pydantic version": _installed("pydantic"),
    }
    if not settings.api.url:
        told |= _database(str(settings.server.database.connection_url))
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


def _database(url: str) -> dict[str, str]:
    """What the local database is, and of which version where it can be asked."""
    kind = url.split(":")[0].split("+")[0]
    try:
        return {"Database": kind, "Database version": server_version(url)}
    except Exception:  # noqa: BLE001  # whatever keeps one from asking
        return {"Database": kind, "Database version": UNKNOWN}


def _commit() -> str:
    """The commit of which this package was installed, or that is checked out where it is run from its source."""
    try:
        told = distribution("prefect").read_text("direct_url.json")
    except PackageNotFoundError:
        told = None
    installed_from = json.loads(told).get("vcs_info", {}).get("commit_id") if told else None
    return str(installed_from or _checked_out() or UNKNOWN)


def _built() -> str:
    """When the wheel was built from which this package comes."""
    return BUILT.read_text(encoding="utf-8") if BUILT.exists() else "development"


def _checked_out() -> str | None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists() or not (ROOT / "pyproject.toml").exists():
        return None
    asked = subprocess.run([git, "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


def _installed(distribution: str) -> str:
    try:
        return installed(distribution)
    except PackageNotFoundError:
        return "not installed"
