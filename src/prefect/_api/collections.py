"""`/collections`: what can be chosen from when something is made, such as the types of work pools.

Of types that packages bring, `pool_types.json` says what can be said of their jobs; it is written by
`tests/packages/pool_types.py`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from prefect._api.routing import Here, Routes
from prefect._domain import job_templates

routes = Routes("/collections")
POOL_TYPES = Path(__file__).parent / "pool_types.json"
OF_PROCESSES = "Run flows as processes on the machine of the worker."


@routes.get("/views/{view}")
def read_view_content(here: Here, view: str) -> dict[str, Any]:
    """What can be chosen from; nothing of a kind that we do not have."""
    return worker_types() if view == "aggregate-worker-metadata" else {}


@cache
def worker_types() -> dict[str, Any]:
    """The types of work pools by the packages that bring their workers."""
    told = {"prefect": {"process": _told("process", OF_PROCESSES, "", job_templates.PROCESS)}}
    for type, known in json.loads(POOL_TYPES.read_text(encoding="utf-8")).items():
        package = known.pop("package")
        told.setdefault(package, {})[type] = _told(type, "", f"pip install {package}", known)
    return told


def _told(type: str, description: str, install_command: str, template: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": type,
        "display_name": type.replace("-", " ").title(),
        "description": description,
        "logo_url": "",
        "documentation_url": "",
        "install_command": install_command,
        "is_beta": False,
        "default_base_job_configuration": template,
    }
