"""All routes, and where each noun's are declared."""

from __future__ import annotations

import importlib
from functools import lru_cache

from prefect._api.routing import Routes, segments_of

NOUNS: dict[str, str] = {
    "admin": "admin",
    "artifacts": "artifacts",
    "assets": "assets",
    "automations": "automations",
    "backfills": "backfills",
    "block_capabilities": "block_types",
    "block_documents": "block_documents",
    "block_schemas": "block_types",
    "block_types": "block_types",
    "collections": "collections",
    "concurrency_limits": "tag_limits",
    "csrf-token": "admin",
    "deployments": "deployments",
    "engine": "engine",
    "events": "events",
    "flow_run_states": "states",
    "flow_runs": "flow_runs",
    "flows": "flows",
    "health": "admin",
    "hello": "admin",
    "logs": "logs",
    "observed-states": "observed_states",
    "ready": "admin",
    "saved_searches": "saved_searches",
    "slots": "slots",
    "task_run_states": "states",
    "task_runs": "task_runs",
    "task_workers": "task_workers",
    "templates": "templates",
    "ui": "ui",
    "v2": "concurrency_limits",
    "variables": "variables",
    "version": "admin",
    "work_pools": "work_pools",
    "work_queues": "work_queues",
}
"""For the first part of a path the file of this package in which its routes are declared."""


SIGNS_OF_LIFE = frozenset({"/health", "/ready"})
"""The paths at which a server says that it lives."""


@lru_cache(maxsize=1)
def all_routes() -> Routes:
    """Every route that there is."""
    routes = Routes()
    for module in dict.fromkeys(NOUNS.values()):
        for route in _declared_in(module):
            routes.add(route)
    return routes


def routes_for(path: str) -> Routes:
    """The routes of the noun that a path begins with; a program that asks for one noun loads no other."""
    module = NOUNS.get(segments_of(path)[0])
    return _declared_in(module) if module is not None else Routes()


@lru_cache(maxsize=64)
def _declared_in(module: str) -> Routes:
    routes: Routes = importlib.import_module(f"prefect._api.{module}").routes
    return routes
