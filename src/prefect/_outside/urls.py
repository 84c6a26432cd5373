"""Addresses of what the orchestrator holds, in the pages and in the API: for messages that link to it."""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from prefect._domain.addresses import without_password
from prefect._domain.public_addresses import is_public
from prefect.settings import get_current_settings

PAGES = {
    "flow": "flows/flow/{id}",
    "flow-run": "runs/flow-run/{id}",
    "task-run": "runs/task-run/{id}",
    "deployment": "deployments/deployment/{id}",
    "work-pool": "work-pools/work-pool/{id}",
    "work-queue": "work-queues/work-queue/{id}",
    "variable": "variables/variable/{id}",
    "block": "blocks/block/{id}",
    "block-document": "blocks/block/{id}",
    "artifact": "artifacts/artifact/{id}",
    "automation": "automations/automation/{id}",
    "concurrency-limit": "concurrency-limits/concurrency-limit/{id}",
    "received-event": "events/event/{occurred}/{id}",
}
ROUTES = {
    "flow": "flows/{id}",
    "flow-run": "flow_runs/{id}",
    "task-run": "task_runs/{id}",
    "deployment": "deployments/{id}",
    "work-pool": "work_pools/{id}",
    "work-queue": "work_queues/{id}",
    "variable": "variables/name/{id}",
    "block": "blocks/{id}",
    "block-document": "block_documents/{id}",
    "artifact": "artifacts/{id}",
    "automation": "automations/{id}",
    "concurrency-limit": "concurrency_limits/{id}",
}
BY_NAME = ("variable", "work-pool")


def url_for(
    obj: Any,
    obj_id: str | UUID | None = None,
    url_type: Literal["ui", "api"] = "ui",
    default_base_url: str | None = None,
    **additional_format_kwargs: Any,
) -> str | None:
    """The address of an object, or of one of a kind (`"flow-run"`) by its id; None where no address is known.

    Pages stand at `PREFECT_UI_URL`, or where the API does; without either, at `default_base_url`.
    """
    kind = obj if isinstance(obj, str) else convert_class_to_name(obj)
    form = (PAGES if url_type == "ui" else ROUTES).get(kind)
    base = _base(url_type) or default_base_url
    told = obj_id if obj_id is not None else getattr(obj, "name" if kind in BY_NAME else "id", None)
    if form is None or base is None or told is None:
        return None
    more = {"occurred": f"{obj.occurred:%Y-%m-%d}"} if hasattr(obj, "occurred") else {}
    try:
        return f"{base.rstrip('/')}/{form.format(id=told, **more, **additional_format_kwargs)}"
    except KeyError:
        return None


def _base(url_type: str) -> str | None:
    settings = get_current_settings()
    api = str(settings.api.url) if settings.api.url else None
    if url_type == "api" or api is None:
        return api if url_type == "api" else settings.ui_url
    return settings.ui_url or api.rstrip("/").removesuffix("/api")


def validate_restricted_url(url: str) -> None:
    """Raise `ValueError` for an address that is not of the public web, by its scheme or its host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{without_password(url)!r} is not a valid URL. Only HTTP and HTTPS URLs are allowed.")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{without_password(url)!r} is not a valid URL. It could not be resolved.") from error
    for *_, place in found:
        if not is_public(ip_address(str(place[0]).partition("%")[0])):
            raise ValueError(
                f"{without_password(url)!r} is not a valid URL. It resolves to the private address {place[0]}."
            )


def convert_class_to_name(obj: Any) -> str:
    """The name of an object's class as addresses have it: `FlowRun` is `flow-run`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(obj).__name__).lower()
