"""Loading, before the first fork, what a run would otherwise load for itself.

Importing this module opens nothing and starts no thread.
"""

from __future__ import annotations

import asyncio  # noqa: F401  # loaded for the runs
import importlib
import importlib.util
import inspect
from pathlib import Path

import cloudpickle  # noqa: F401  # same

import prefect.task_runners
import prefect.tasks  # noqa: F401  # same
from prefect._engine.validation import ParameterModel
from prefect.settings import get_current_settings

REMOTE = "prefect._engine.remote"
"""What records runs through a server; much of it is an HTTP client that others have no use for."""


def preload() -> None:
    """Load what checks parameters, which makes itself ready when it is first used, and what talks to a server."""
    model = ParameterModel(_example, inspect.signature(_example))
    model.coerced({"number": "1", "text": "a", "items": [], "file": "b"})
    if get_current_settings().api.url:
        importlib.import_module(REMOTE)


def _example(number: int, text: str = "", items: list[float] | None = None, file: Path = Path()) -> None:
    """A function as flows are."""
