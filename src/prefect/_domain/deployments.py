"""A deployment: a flow with a name, its parameters and the schedules by which it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.schedules import Schedule

FORBIDDEN_IN_NAMES = "/%&><"


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
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(slots=True)
class DeploymentSchedule:
    id: UUID
    deployment_id: UUID
    schedule: Schedule
    active: bool = True
    created: datetime | None = None
    updated: datetime | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    slug: str | None = None
    max_scheduled_runs: int | None = None


def checked_name(name: str) -> str:
    """The name, if it may name a deployment. Raises `ValueError`."""
    if not name or any(character in FORBIDDEN_IN_NAMES for character in name):
        raise ValueError(
            f"A deployment's name is not empty and holds none of {' '.join(FORBIDDEN_IN_NAMES)}; {name!r} does not fit."
        )
    return name
