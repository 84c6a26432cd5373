"""Starting a worker by the name of its type."""

from __future__ import annotations

from typing import Any

from prefect.exceptions import ConfigurationError
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

EXTRAS = ("docker", "kubernetes")
"""Types whose workers come with an extra of this package."""


def work(pool: str, type: str, *, run_once: bool, with_healthcheck: bool, **options: Any) -> None:
    """Start the runs of a pool by a worker of a type. Raises `ConfigurationError` where there is no such type."""
    kind = ProcessWorker if type == ProcessWorker.type else BaseWorker.get_worker_class_from_type(type)
    if kind is None:
        raise _missing(type)
    kind(pool, **options).work(run_once=run_once, with_healthcheck=with_healthcheck)


def _missing(type: str) -> ConfigurationError:
    if type in EXTRAS:
        return ConfigurationError(
            f"Workers of the type {type!r} come with an extra that is not installed: pip install 'prefect[{type}]'"
        )
    known = ", ".join(BaseWorker.get_all_available_worker_types())
    return ConfigurationError(f"There is no worker of the type {type!r} here. The types are: {known}.")
