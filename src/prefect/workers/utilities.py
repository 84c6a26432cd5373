"""The types of work pools for which there are workers here, and what can be said of their jobs."""

from __future__ import annotations

from typing import Any

from prefect.utilities.asyncutils import in_thread
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

__all__ = ["get_available_work_pool_types", "get_default_base_job_template_for_infrastructure_type"]


async def get_available_work_pool_types() -> list[str]:
    """The types whose workers are installed, in order."""
    return sorted({ProcessWorker.type, *await in_thread(BaseWorker.get_all_available_worker_types)})


async def get_default_base_job_template_for_infrastructure_type(infra_type: str) -> dict[str, Any] | None:
    """A type's base job template; None where its workers are not installed."""
    kind = await in_thread(BaseWorker.get_worker_class_from_type, infra_type)
    return None if kind is None else kind.get_default_base_job_template()
