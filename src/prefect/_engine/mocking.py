"""Values of `prefect.runtime` given in the environment, so that code that reads them can be tried without a run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any


def asked(kind: str, name: str, readers: Mapping[str, Callable[[], Any]]) -> Any:
    """One attribute of a runtime module. Raises `AttributeError` for an unknown one."""
    if name not in readers:
        raise AttributeError(f"prefect.runtime.{kind} has no attribute {name!r}; it has {', '.join(sorted(readers))}.")
    real = readers[name]()
    given = os.environ.get(f"PREFECT__RUNTIME__{kind.upper()}__{name.upper()}")
    return real if given is None else _cast(given, real)


def _cast(given: str, real: Any) -> Any:
    """The text in the type of the value that it stands for."""
    if isinstance(real, bool):
        return given.lower() in ("1", "true", "yes")
    if isinstance(real, (int, float)):
        return type(real)(given)
    if isinstance(real, datetime):
        return datetime.fromisoformat(given)
    if isinstance(real, dict):
        return json.loads(given)
    if isinstance(real, list):
        return json.loads(given) if given.startswith("[") else given.split(",")
    return given
