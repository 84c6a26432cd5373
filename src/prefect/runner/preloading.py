"""Loading, before the first fork, what a run would otherwise load for itself.

Importing this module opens nothing and starts no thread.
"""

from __future__ import annotations

import asyncio  # noqa: F401  # loaded for the runs
import importlib
import importlib.util
import inspect
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cloudpickle  # noqa: F401  # same
from pydantic import BaseModel

import prefect.task_runners
import prefect.tasks  # noqa: F401  # same
from prefect._engine.validation import ParameterModel
from prefect.client.transports import http_client
from prefect.exceptions import ConfigurationError
from prefect.logging.configuration import load_logging_config
from prefect.settings import get_current_settings

EVERYWHERE = ("prefect._engine.recorder", "prefect.deployments.steps.core", "prefect.utilities.processes")
LOCAL = (
    *("prefect._engine.local", "prefect._store.opened"),
    *("prefect._orchestration.artifacts", "prefect._orchestration.deployments"),
)
"""What records runs in the database."""
REMOTE = "prefect._engine.remote"
"""What records runs through a server; much of it is an HTTP client that others have no use for."""

RESOLVING = "encodings.idna"
"""What looks up the names of hosts."""


def preload() -> None:
    """Load what checks parameters, which makes itself ready when it is first used, and what records runs."""
    model = ParameterModel(_example, inspect.signature(_example))
    model.coerced({"number": "1", "text": "a", "items": [], "file": "b"})
    settings = get_current_settings()
    with suppress(ConfigurationError):  # of which the run tells
        load_logging_config(settings.logging.config_path)
    url = settings.api.url
    for name in (*EVERYWHERE, *((REMOTE, RESOLVING) if url else LOCAL)):
        importlib.import_module(name)
    if url:
        _build_models(vars(importlib.import_module(REMOTE)).values())
        http_client(url, settings, settings.api.request_timeout).close()


def _build_models(found: Iterable[Any]) -> None:
    """Have models ready that would build themselves when they are first used."""
    for model in found:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model.model_rebuild()


def _example(number: int, text: str = "", items: list[float] | None = None, file: Path = Path()) -> None:
    """A function as flows are."""
