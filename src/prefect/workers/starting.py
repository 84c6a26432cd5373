"""Kinds of workers by the names of their types: those that are installed, and the packages that bring others."""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import get_client
from prefect.exceptions import ConfigurationError
from prefect.logging.saying import saying_as
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

PACKAGES = {
    "azure-container-instance": "prefect-azure",
    "cloud-run": "prefect-gcp",
    "cloud-run-v2": "prefect-gcp",
    "docker": "prefect-docker",
    "ecs": "prefect-aws",
    "kubernetes": "prefect-kubernetes",
    "snowpark-container-service": "prefect-snowflake",
    "vertex-ai": "prefect-gcp",
}
"""The packages that bring the workers of each type."""


def work(pool: str, type: str, *, run_once: bool, with_healthcheck: bool, **options: Any) -> None:
    """Start the runs of a pool by a worker of a type. Raises `ConfigurationError` where there is no such type."""
    kind = ProcessWorker if type == ProcessWorker.type else BaseWorker.get_worker_class_from_type(type)
    if kind is None:
        raise _missing(type)
    say = saying_as("prefect.workers")
    kind(pool, **options).work(run_once=run_once, with_healthcheck=with_healthcheck, printer=say)


def job_template_for_pool(type: str) -> dict[str, Any]:
    """The job template of a new pool: what its workers say, or where those are not installed, what is known of them.

    Raises `ConfigurationError` for a type that nobody knows.
    """
    kind = BaseWorker.get_worker_class_from_type(type)
    if kind is not None:
        return kind.get_default_base_job_template()
    if type not in PACKAGES:
        raise _missing(type)
    with get_client(sync_client=True) as client:
        told = client.read_worker_metadata()
    template: dict[str, Any] = told.get(PACKAGES[type], {}).get(type, {}).get("default_base_job_configuration", {})
    return template


def _missing(type: str) -> ConfigurationError:
    if type in PACKAGES:
        return ConfigurationError(
            f"Workers of the type {type!r} come with a package that is not installed: pip install {PACKAGES[type]}"
        )
    known = ", ".join(sorted({*BaseWorker.get_all_available_worker_types(), *PACKAGES}))
    return ConfigurationError(f"There is no type {type!r} of work pools and workers here. The types are: {known}.")
