"""The page of the REST API, out of the routes' own declarations."""

from __future__ import annotations

from itertools import groupby

from prefect._api.routing import Route
from prefect._api.table import all_routes
from prefect.server.description import OURS_ALONE
from prefect.server.pages import meaning

INTRODUCTION = """\
# The REST API

Paths are below `/api` of a server; `/openapi.json` describes bodies and answers. What holds of all of them is told with
[the server](../operations/server.md#the-rest-api).
"""


def page() -> str:
    routes = sorted((route for route in all_routes() if route.segments[0] not in OURS_ALONE), key=_place)
    lines = [INTRODUCTION]
    for noun, of_noun in groupby(routes, key=lambda route: route.segments[0]):
        lines += [f"\n## {noun}", "", "| | path | what it does |", "|---|---|---|"]
        lines += [f"| {route.method} | `{route.path}` | {_cell(meaning(route))} |" for route in of_noun]
    return "\n".join([*lines, ""])


def _place(route: Route) -> tuple[str, str, str]:
    return route.segments[0], route.path, route.method


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
