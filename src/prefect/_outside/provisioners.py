"""Making the infrastructure of pools to which a hosted service pushes runs, which there is none of here."""

from __future__ import annotations

from typing import Any, NoReturn, Protocol

from prefect.client.cloud import NoHostedService


class Provisioner(Protocol):
    """What makes the infrastructure of a pool."""

    async def provision(self, work_pool_name: str, base_job_template: dict[str, Any]) -> dict[str, Any]:
        """Make it; the job template with what was made."""
        ...


def get_infrastructure_provisioner_for_work_pool_type(work_pool_type: str) -> NoReturn:
    """Raise `NoHostedService` for a pool to which runs are pushed, `ValueError` for any other."""
    if not work_pool_type.endswith(":push"):
        raise ValueError(f"Unsupported work pool type: {work_pool_type}")
    raise NoHostedService(
        f"A hosted service pushes the runs of a {work_pool_type} pool, and there is none here. Make a pool of the type "
        f"{work_pool_type.removesuffix(':push')!r}, and start a worker for it: prefect worker start --pool NAME."
    )


__all__ = ["Provisioner", "get_infrastructure_provisioner_for_work_pool_type"]
