"""Deployments and pools, made over the API."""

from __future__ import annotations

from typing import Any

from tests.serving import Caller


def a_flow(api: Caller, name: str = "f") -> str:
    """The id of a flow."""
    return str(api.post("/flows/", {"name": name}).json["id"])


def a_pool(api: Caller, name: str = "p", **fields: Any) -> Any:
    """A pool."""
    return api.post("/work_pools/", {"name": name, "type": "process", **fields}).json


def a_deployment(api: Caller, name: str = "d", **fields: Any) -> Any:
    """A deployment of the flow `f`."""
    made = api.post("/deployments/", {"name": name, "flow_id": a_flow(api), **fields})
    assert made.status in (200, 201), made.json
    return made.json
