"""`/collections`: what can be chosen from when something is made, such as the types of work pools."""

from __future__ import annotations

from typing import Any

from prefect._api.routing import Here, Routes
from prefect._domain import job_templates

routes = Routes("/collections")

WORKERS: dict[str, Any] = {
    "prefect": {
        "process": {
            "type": "process",
            "display_name": "Process",
            "description": "Run flows as processes on the machine of the worker.",
            "logo_url": "",
            "documentation_url": "",
            "install_command": "",
            "is_beta": False,
            "default_base_job_configuration": job_templates.PROCESS,
        }
    }
}
VIEWS: dict[str, dict[str, Any]] = {"aggregate-worker-metadata": WORKERS}


@routes.get("/views/{view}")
def read_view_content(here: Here, view: str) -> dict[str, Any]:
    """What can be chosen from; nothing of a kind that we do not have."""
    return VIEWS.get(view, {})
