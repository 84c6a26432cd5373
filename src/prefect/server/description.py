"""What the REST API looks like, as OpenAPI: the routes' own declarations, described by FastAPI when somebody asks."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any

from prefect._api.routing import Route
from prefect._api.table import all_routes
from prefect._domain.version import VERSION


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """The description of every route; FastAPI is loaded here, and serves nothing."""
    from fastapi import FastAPI

    described = FastAPI(title="Tidemill", version=VERSION, openapi_url=None)
    for route in all_routes():
        described.add_api_route(
            route.path,
            _endpoint(route),
            methods=[route.method],
            status_code=route.status,
            response_model=None if route.answer is None else route.hints["return"],
            tags=[route.segments[0]],
            name=route.name,
            operation_id=f"{route.name}_{route.method.lower()}",
            description=inspect.getdoc(route.call) or "",
        )
    return described.openapi()


def _told(route: Route, argument: inspect.Parameter) -> inspect.Parameter:
    annotation, default = route.hints[argument.name], argument.default
    if argument.name == "body":
        from fastapi import Body

        default = Body() if route.needs_body else Body(default_factory=annotation)
    return argument.replace(annotation=annotation, default=default, kind=argument.KEYWORD_ONLY)


def _endpoint(route: Route) -> Any:
    """A function with the arguments that come from outside, for FastAPI to look at."""

    def described() -> None: ...

    arguments = list(inspect.signature(route.call).parameters.values())[1:]
    described.__signature__ = inspect.Signature([_told(route, a) for a in arguments])  # type: ignore[attr-defined]  # FastAPI reads it
    described.__name__ = route.name
    return described
