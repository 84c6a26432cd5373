"""What the modules are made of that `prefect sdk generate` writes: a class for each deployment, whose runs are typed.

deployments.from_name("etl/nightly").with_options(tags=["by-hand"]).run(source="orders").result()
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typing_extensions import Self, TypedDict

from prefect.deployments.flow_runs import arun_deployment, run_deployment
from prefect.futures import PrefectFlowRunFuture
from prefect.utilities.asyncutils import at_once

if TYPE_CHECKING:
    from typing_extensions import Unpack


UNSAID: Final[Any] = object()
"""Stands for a parameter that is not said: the deployment knows its value."""


class RunsMadeSo(TypedDict, total=False):
    """What can be said of the runs of a deployment, beside their parameters."""

    tags: Iterable[str]
    idempotency_key: str
    work_queue_name: str
    as_subflow: bool
    scheduled_time: datetime
    flow_run_name: str


class TypedDeployment:
    """A deployment that can be run; what is said of its runs makes a copy, and leaves this one as it is."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._options: dict[str, Any] = {}

    def with_options(self, **options: Unpack[RunsMadeSo]) -> Self:
        """One whose runs are made so."""
        return self._with(**options)

    def _with_infra(self, variables: Mapping[str, Any]) -> Self:
        return self._with(job_variables={**self._options.get("job_variables", {}), **variables})

    def _with(self, **options: Any) -> Self:
        copied = copy(self)
        copied._options = {**self._options, **options}
        return copied

    def _run(self, parameters: Mapping[str, Any]) -> PrefectFlowRunFuture[Any]:
        run = at_once(run_deployment, self.name, timeout=0, parameters=_said(parameters), **self._options)
        return PrefectFlowRunFuture(run.id)

    async def _run_async(self, parameters: Mapping[str, Any]) -> PrefectFlowRunFuture[Any]:
        run = await arun_deployment(self.name, timeout=0, parameters=_said(parameters), **self._options)
        return PrefectFlowRunFuture(run.id)


def _said(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not UNSAID}


__all__ = ["UNSAID", "RunsMadeSo", "TypedDeployment"]
