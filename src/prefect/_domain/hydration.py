"""Parameters and inputs that say how they are made: `{"__prefect_kind": "json", "value": "[1, 2]"}` and their like.

`json` holds JSON as text, `jinja` a template, `workspace_variable` the name of a variable, `none` a plain value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

KIND = "__prefect_kind"


class Sources(NamedTuple):
    """Where values come from: a template is rendered, a variable's name is looked up; either may raise `ValueError`."""

    render: Callable[[str], str]
    variable: Callable[[str], Any]


def hydrated(value: Any, sources: Sources, path: str = "parameters") -> Any:
    """The value with everything in it made. Raises `ValueError` naming the place of what cannot be made."""
    if isinstance(value, list):
        return [hydrated(item, sources, f"{path}[{number}]") for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if KIND in value:
        return _made(value, sources, path)
    return {name: hydrated(item, sources, f"{path}.{name}") for name, item in value.items()}


def kinds_in(value: Any) -> Iterator[str]:
    """The kinds of what has to be made in a value."""
    if isinstance(value, list):
        for item in value:
            yield from kinds_in(item)
    elif isinstance(value, dict):
        if KIND in value:
            yield str(value[KIND])
        for item in value.values():
            yield from kinds_in(item)


def _made(value: dict[str, Any], sources: Sources, path: str) -> Any:
    kind = value[KIND]
    try:
        match kind:
            case None | "none":
                return hydrated(value.get("value"), sources, path)
            case "json":
                return _json(hydrated(value.get("value"), sources, path))
            case "jinja":
                return sources.render(_text(value, "template"))
            case "workspace_variable":
                return sources.variable(_text(value, "variable_name"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be made: {error}") from error
    raise ValueError(f"{path} is of the kind {kind!r}; known are json, jinja, workspace_variable and none.")


def _text(value: dict[str, Any], name: str) -> str:
    held = value.get(name)
    if not isinstance(held, str):
        raise ValueError(f"its {name!r} is no text")
    return held


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, (str, bytes)) else value
