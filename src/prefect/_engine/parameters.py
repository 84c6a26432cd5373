"""Parameters of flow runs as JSON takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def serialized(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Each parameter as JSON; one that JSON does not know becomes `<TypeName>`."""
    return {name: _serialized(value) for name, value in parameters.items()}


def _serialized(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    try:
        return orjson.loads(orjson.dumps(value, default=_known, option=orjson.OPT_NON_STR_KEYS))
    except (TypeError, RecursionError):
        return f"<{type(value).__name__}>"


def _known(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if hasattr(type(value), "__pydantic_fields__"):
        return value.model_dump(mode="json")
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError(type(value).__name__)
