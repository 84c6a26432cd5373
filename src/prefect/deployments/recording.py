"""Writing deployments down, with a server and without one: the one place through which all ways of making them go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._engine.naming import new_name
from prefect._engine.parameters import kept_for_later
from prefect._engine.recorder import recorder
from prefect._orchestration import deployments as orchestration
from prefect._orchestration import work_pools
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.schedules import Schedule


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A deployment as it is to be: what is None is left as it was, or as it is by itself."""

    flow_name: str
    name: str
    entrypoint: str | None
    path: str | None = None
    pull_steps: Sequence[Mapping[str, Any]] | None = None
    schedules: Sequence[Schedule] | None = None
    paused: bool | None = None
    version: str | None = None
    description: str | None = None
    tags: Sequence[str] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parameter_openapi_schema: Mapping[str, Any] = field(default_factory=dict)
    enforce_parameter_schema: bool = True
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    job_variables: Mapping[str, Any] = field(default_factory=dict)
    concurrency_limit: int | None = None
    collision_strategy: str | None = None
    grace_period_seconds: int | None = None


class DeploymentApplyError(PrefectException, RuntimeError):
    """A deployment could not be recorded."""


def record(wanted: Wanted) -> UUID:
    """Make a deployment, or change the one of that name; its id.

    Raises `ValueError` where a parameter is a block that has not been saved.
    """
    schedules = wanted.schedules
    if schedules is None:
        there = known(wanted.flow_name, wanted.name)
        schedules = there.schedules if there is not None else []
    made = orchestration.apply(
        recorder().db,
        wanted.flow_name,
        wanted.name,
        [schedule.timing for schedule in schedules],
        work_pool_name=wanted.work_pool_name,
        work_queue_name=wanted.work_queue_name,
        active=not wanted.paused,
        now=now(),
        new_id=new_id,
        version=wanted.version,
        description=wanted.description,
        tags=list(wanted.tags),
        parameters=kept_for_later(wanted.parameters),
        path=wanted.path,
        entrypoint=wanted.entrypoint,
        job_variables=dict(wanted.job_variables),
        pull_steps=[dict(step) for step in wanted.pull_steps] if wanted.pull_steps is not None else None,
        enforce_parameter_schema=wanted.enforce_parameter_schema,
        parameter_openapi_schema=dict(wanted.parameter_openapi_schema),
    )
    return made.id


def pause(deployment_id: UUID) -> None:
    """Stop a deployment's schedules."""
    orchestration.set_paused(recorder().db, deployment_id, True, now=now())


def pool_type(name: str) -> str | None:
    """The type of a work pool; None where there is no pool of that name."""
    try:
        return work_pools.read(recorder().db, name).type
    except ObjectNotFound:
        return None


@dataclass(frozen=True, kw_only=True)
class Known:
    """A deployment as it is recorded."""

    id: UUID
    paused: bool
    schedules: list[Schedule]
    description: str | None
    tags: list[str]
    parameters: dict[str, Any]
    work_pool_name: str | None
    work_queue_name: str | None
    job_variables: dict[str, Any]


def known(flow_name: str, name: str) -> Known | None:
    """The deployment of a flow by its name, or None."""
    found = orchestration.read_by_name(recorder().db, flow_name, name)
    if found is None:
        return None
    deployment = found.deployment
    return Known(
        id=deployment.id,
        paused=deployment.paused,
        schedules=[Schedule.of(held.schedule, active=held.active) for held in found.schedules],
        description=deployment.description,
        tags=deployment.tags,
        parameters=deployment.parameters,
        work_pool_name=found.work_pool_name,
        work_queue_name=deployment.work_queue_name,
        job_variables=deployment.job_variables,
    )


@dataclass(frozen=True, kw_only=True)
class WantedRun:
    """A run of a deployment that is to be made; what is None is as the deployment has it."""

    deployment_id: UUID
    name: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    scheduled_time: datetime | None = None
    tags: Sequence[str] = ()
    idempotency_key: str | None = None
    work_queue_name: str | None = None
    job_variables: Mapping[str, Any] = field(default_factory=dict)
    parent_task_run_id: UUID | None = None


def deployment_id_of(name: str | UUID) -> UUID:
    """The id of the deployment `flow/name`, or with that id. Raises `ObjectNotFound`, `ValueError` for another name."""
    if isinstance(name, UUID):
        return name
    if "/" not in name:
        return UUID(name) if _is_uuid(name) else _no_name(name)
    flow_name, _, own = name.rpartition("/")
    found = known(flow_name, own)
    if found is None:
        raise ObjectNotFound(
            help_message=f"There is no deployment {name!r}. `prefect deployment ls` lists those there are."
        )
    return found.id


def create_run(wanted: WantedRun) -> FlowRun:
    """Make a run that waits to be started; the one that is known where the idempotency key is."""
    return orchestration.create_run(
        recorder().db,
        wanted.deployment_id,
        orchestration.WantedRun(
            id=new_id(),
            name=wanted.name or new_name(),
            parameters=kept_for_later(wanted.parameters),
            scheduled_time=wanted.scheduled_time,
            tags=list(wanted.tags),
            idempotency_key=wanted.idempotency_key,
            job_variables=dict(wanted.job_variables),
            parent_task_run_id=wanted.parent_task_run_id,
        ),
        now=now(),
        state_id=new_id(),
    )


def read_run(flow_run_id: UUID) -> FlowRun:
    """A flow run as it is now. Raises `ObjectNotFound`."""
    found = recorder().ledger.read(flow_run_id)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no flow run {flow_run_id}.")
    return found


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _no_name(name: str) -> UUID:
    raise ValueError(f"{name!r} names no deployment; expected 'flow/deployment', or an id.")
