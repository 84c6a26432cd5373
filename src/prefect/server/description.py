"""What the REST API looks like, as OpenAPI: the routes' own declarations, with what reads bodies and writes answers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import orjson
from pydantic import TypeAdapter

from prefect._api.routing import Parameter, Route
from prefect._api.table import all_routes
from prefect._domain.version import VERSION

Mode = Literal["validation", "serialization"]
PLACE = "#/components/schemas/{model}"
JSON = "application/json"
OURS_ALONE = {"engine"}
"""The first part of the paths that only programs of this version ask."""


class Part(NamedTuple):
    """One thing that a route takes or gives; its schema is made together with those of all others."""

    route: Route
    name: str
    mode: Mode
    adapter: TypeAdapter[Any]


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """The description of every route but those between our own programs."""
    routes = [route for route in all_routes() if route.segments[0] not in OURS_ALONE]
    parts = [part for route in routes for part in _parts(route)]
    made, shared = TypeAdapter.json_schemas(
        [((part.route, part.name), part.mode, part.adapter) for part in parts], ref_template=PLACE
    )
    schemas = {part[:2]: made[part[:2], part.mode] for part in parts}
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _described(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidemill", "version": VERSION},
        "paths": paths,
        "components": {"schemas": shared.get("$defs", {})},
    }


def _parts(route: Route) -> Iterator[Part]:
    for parameter in route.parameters:
        yield Part(route, f"argument {parameter.name}", "validation", parameter.adapter)
    if route.body is not None:
        yield Part(route, "body", "validation", route.body)
    if route.answer is not None:
        yield Part(route, "answer", "serialization", route.answer)


def _described(route: Route, schemas: dict[tuple[Route, str], Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [route.segments[0]],
        "operationId": f"{route.name}_{route.method.lower()}",
        "description": inspect.getdoc(route.call) or "",
        "responses": {str(route.status): _answer(schemas.get((route, "answer")))},
    }
    if route.parameters:
        described["parameters"] = [
            _argument(route, parameter, schemas[route, f"argument {parameter.name}"]) for parameter in route.parameters
        ]
    if route.body is not None:
        content = {JSON: {"schema": schemas[route, "body"]}}
        described["requestBody"] = {"required": route.needs_body, "content": content}
    return described


def _answer(schema: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": "Done"}
    return described if schema is None else {**described, "content": {JSON: {"schema": schema}}}


def _argument(route: Route, parameter: Parameter, schema: Any) -> dict[str, Any]:
    place = "path" if parameter.name in route.in_path() else "query"
    required = parameter.default is inspect.Parameter.empty
    if not required and parameter.default is not None:
        schema = {**schema, "default": orjson.loads(orjson.dumps(parameter.default))}
    return {"name": parameter.called, "in": place, "required": required, "schema": schema}
