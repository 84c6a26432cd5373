"""What a run's job comes to on this host, with the blocks and variables that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.blocks import references_in, replaced
from prefect._domain.job_templates import fault_in
from prefect.client.orchestration import get_client
from prefect.deployments.steps.lookups import kept_things, whole_value
from prefect.exceptions import InfrastructureError, ObjectNotFound
from prefect.runner.source import RunToStart
from prefect.utilities.templating import filled


class ProcessJob(NamedTuple):
    """How a run's process is started; `working_dir` and `command` only where the usual ones do not do.

    `is_shown` says whether the terminal of its runner shows what it prints, `is_warm` whether its code is to be loaded
    already.
    """

    env: dict[str, str]
    working_dir: str | None = None
    command: str | None = None
    is_shown: bool = True
    is_warm: bool = False

    @classmethod
    def of(cls, run: RunToStart) -> ProcessJob:
        """The job of a run. Raises `InfrastructureError` for one that starts no process."""
        job = looked_up(run.job)
        fault = fault_in(job)
        if fault is not None:
            raise InfrastructureError(fault)
        given = {name: str(value) for name, value in (job.get("env") or {}).items() if value is not None}
        return cls(
            {**run.env, **given},
            job.get("working_dir"),
            job.get("command"),
            job.get("stream_output") is not False,
            job.get("isolation") == "warm",
        )


def looked_up(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job with the values of what it names: variables, blocks, and documents by their ids.

    Raises `InfrastructureError` for what there is not.
    """
    try:
        documents = {path: _document(id) for path, id in references_in(job)}
        whole: dict[str, Any] = replaced(filled(job, kept_things()), documents)
    except (ValueError, ObjectNotFound) as error:
        raise InfrastructureError(str(error)) from error
    return whole


def _document(id: UUID) -> Any:
    with get_client(sync_client=True) as client:
        return whole_value(client.read_block_document(id, include_secrets=True).data)
