"""The page that says what the REST API can do."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby

from prefect._api.routing import Route
from prefect._api.table import all_routes
from prefect._domain.version import VERSION
from prefect.server.description import OURS_ALONE

DOCUMENTS = '<p>How everything else is done: <a href="docs/">the documents</a>.</p>'


@lru_cache
def docs(*, beside_documents: bool = False) -> str:
    """Every route of the REST API by its noun, with what it does."""
    nouns = [route for route in all_routes() if route.segments[0] not in OURS_ALONE]
    listed = "".join(
        f"<h2>{escape(noun)}</h2><table>{''.join(map(_row, routes))}</table>"
        for noun, routes in groupby(sorted(nouns, key=_place), key=lambda route: route.segments[0])
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>REST API</title>'
        f"<h1>REST API {escape(VERSION)}</h1><p>Paths are below /api. Bodies and answers are described by "
        f'<a href="/openapi.json">/openapi.json</a>.</p>{DOCUMENTS if beside_documents else ""}{listed}</html>'
    )


def _place(route: Route) -> tuple[str, str, str]:
    return route.segments[0], route.path, route.method


def _row(route: Route) -> str:
    cells = (route.method, route.path, meaning(route))
    return f"<tr>{''.join(_cells(cells))}</tr>"


def _cells(cells: tuple[str, ...]) -> Iterator[str]:
    for number, cell in enumerate(cells):
        text = escape(cell)
        yield f"<td>{text if number == 2 else f'<code>{text}</code>'}</td>"


def meaning(route: Route) -> str:
    """What a route does: the first line that its function says of itself, or its name."""
    said = inspect.getdoc(route.call)
    return said.splitlines()[0] if said else route.name.replace("_", " ").capitalize()
