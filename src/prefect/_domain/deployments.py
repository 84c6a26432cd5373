"""A deployment: a flow with a name, its parameters and the schedules by which it runs.

How a list of schedules replaces or changes those that there are is said in `schedule_changes.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from prefect._domain.concurrency import ConcurrencyOptions
from prefect._domain.flow_runs import CreatedBy, FlowRun
from prefect._domain.schedules import Schedule
from prefect._domain.work_pools import POLLED_WITHIN, is_fresh
from prefect.utilities.hashing import stable_hash

FORBIDDEN_IN_NAMES = "/%&><"


class CatchUp(str, Enum):
    """What becomes of times that went by while nobody could start their runs: all are run, the latest one, or none."""

    ALL = "all"
    LATEST = "latest"
    NONE = "none"


@dataclass(slots=True)
class Deployment:
    id: UUID
    flow_id: UUID
    name: str
    version: str | None = None
    description: str | None = None
    path: str | None = None
    entrypoint: str | None = None
    work_queue_id: UUID | None = None
    work_queue_name: str | None = None
    paused: bool = False
    tags: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    job_variables: dict[str, Any] = field(default_factory=dict)
    parameter_openapi_schema: dict[str, Any] = field(default_factory=dict)
    enforce_parameter_schema: bool = True
    labels: dict[str, Any] = field(default_factory=dict)
    pull_steps: list[dict[str, Any]] | None = None
    concurrency_limit_id: UUID | None = None
    concurrency_options: ConcurrencyOptions | None = None
    storage_document_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    last_polled: datetime | None = None
    created_by: CreatedBy | None = None
    updated_by: CreatedBy | None = None
    created: datetime | None = None
    updated: datetime | None = None
    expect_within: float | None = None
    """Seconds after its time within which a run is expected to have ended."""


LIES_HERE = "set_working_directory"
"""The name of the pull step that brings nothing."""


def code_of(deployment: Deployment) -> str | None:
    """What stands for a deployment's code where it lies on the hosts of its runs; None where each run brings it."""
    steps = list(deployment.pull_steps or [])
    if any(name.rpartition(".")[2] != LIES_HERE for step in steps for name in step):
        return None
    return stable_hash(json.dumps([str(deployment.id), deployment.path, deployment.entrypoint, steps], default=str))


@dataclass(slots=True)
class Assignment:
    """A recorded run for the process that carries it out, and the deployment whose code it runs, if it has one."""

    run: FlowRun
    deployment: Deployment | None = None


@dataclass(slots=True)
class DeploymentSchedule:
    """One schedule of a deployment. Its times up to `planned_until` have been seen to; those after it have no runs."""

    id: UUID
    deployment_id: UUID
    schedule: Schedule
    active: bool = True
    created: datetime | None = None
    updated: datetime | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    slug: str | None = None
    max_scheduled_runs: int | None = None
    catch_up: CatchUp = CatchUp.ALL
    planned_until: datetime | None = None

    @property
    def key_prefix(self) -> str:
        """The beginning of the idempotency keys of its runs."""
        return key_prefix(self.deployment_id, self.id)

    def key(self, due: datetime) -> str:
        """The idempotency key of its run that is due at a time: that time has one run, whoever plans it."""
        return f"{self.key_prefix}{due.isoformat()}"


def key_prefix(deployment_id: UUID, schedule_id: UUID) -> str:
    """The beginning of the idempotency keys of a schedule's runs."""
    return f"scheduled {deployment_id} {schedule_id} "


def status_of(last_polled: datetime | None, queue_polled: datetime | None, now: datetime) -> str:
    """READY while somebody asks for the runs of a deployment, itself or its queue; NOT_READY otherwise."""
    polled = any(is_fresh(asked, now, timedelta(seconds=POLLED_WITHIN)) for asked in (last_polled, queue_polled))
    return "READY" if polled else "NOT_READY"


def checked_name(name: str) -> str:
    """The name, if it may name a deployment. Raises `ValueError`."""
    if not name or any(character in FORBIDDEN_IN_NAMES for character in name):
        raise ValueError(
            f"A deployment's name is not empty and holds none of {' '.join(FORBIDDEN_IN_NAMES)}; {name!r} does not fit."
        )
    return name
