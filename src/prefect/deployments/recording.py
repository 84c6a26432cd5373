"""Writing deployments down, with a server and without one: the one place through which all ways of making them go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect._domain.concurrency import CollisionStrategy
from prefect._domain.deployments import CatchUp
from prefect._domain.durations import duration_of
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.outcomes import new_state
from prefect._engine.parameters import kept_for_later
from prefect._engine.recorders import recorder
from prefect._wire.deployments import ConcurrencyOptions, DeploymentResponse, DeploymentUpdate
from prefect._wire.work_pools import WorkPoolCreate, WorkPoolResponse
from prefect.client.orchestration import SyncPrefectClient, get_client, new_transport
from prefect.deployments.schedules import schedule_of
from prefect.deployments.triggers import replace_triggers
from prefect.events.triggers import DeploymentTriggerTypes
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, PrefectException, PrefectHTTPStatusError
from prefect.schedules import Schedule

STAYS = ("concurrency_limit", "concurrency_options", "description", "expect_within")
"""What may have been set by hand, and stays where a deployment says nothing of it."""


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
    triggers: Sequence[DeploymentTriggerTypes] = ()
    expect_within: timedelta | None = None


class DeploymentApplyError(PrefectException, RuntimeError):
    """A deployment could not be recorded."""


def record(wanted: Wanted) -> UUID:
    """Make a deployment, or change the one of that name; its id. The triggers that it had make room for those wanted.

    Raises `ValueError` where a parameter is a block that has not been saved, `ObjectNotFound` for a pool that is not
    there, and `DeploymentApplyError` where the orchestrator refuses it.
    """
    try:
        with get_client(sync_client=True) as client:
            made = _recorded(client, wanted)
            replace_triggers(client, made, wanted.name, wanted.triggers)
            return made
    except (PrefectHTTPStatusError, ObjectAlreadyExists) as error:
        raise DeploymentApplyError(
            f"The deployment {wanted.flow_name}/{wanted.name} could not be recorded. {error}"
        ) from error


def _recorded(client: SyncPrefectClient, wanted: Wanted) -> UUID:
    if wanted.work_pool_name == DEFAULT_POOL:
        _ensure_default_pool(client)
    fields = _fields(wanted)
    there = _read(client, wanted.flow_name, wanted.name)
    if there is None:
        return client.create_deployment(client.create_flow_from_name(wanted.flow_name), wanted.name, **fields)
    said = {name: value for name, value in fields.items() if value is not None or name not in STAYS}
    client.update_deployment(there.id, DeploymentUpdate(**said))
    if wanted.schedules is not None and not wanted.schedules:
        for schedule in client.read_deployment(there.id).schedules:
            client.delete_deployment_schedule(there.id, schedule.id)
    return there.id


def _ensure_default_pool(client: SyncPrefectClient) -> None:
    try:
        client.read_work_pool(DEFAULT_POOL)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=DEFAULT_POOL, type="process"), overwrite=True)


def _read(client: SyncPrefectClient, flow_name: str, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(f"{flow_name}/{name}")
    except ObjectNotFound:
        return None


def _fields(wanted: Wanted) -> dict[str, Any]:
    """What is said of a deployment; what is not said is left out, where leaving it keeps what is there."""
    told: dict[str, Any] = {
        "entrypoint": wanted.entrypoint,
        "path": wanted.path,
        "pull_steps": wanted.pull_steps,
        "version": wanted.version,
        "description": wanted.description,
        "tags": list(wanted.tags),
        "parameters": kept_for_later(wanted.parameters),
        "parameter_openapi_schema": wanted.parameter_openapi_schema,
        "enforce_parameter_schema": wanted.enforce_parameter_schema,
        "work_pool_name": wanted.work_pool_name,
        "work_queue_name": wanted.work_queue_name,
        "job_variables": wanted.job_variables,
        "concurrency_limit": wanted.concurrency_limit,
        "concurrency_options": _options(wanted),
        "expect_within": None if wanted.expect_within is None else wanted.expect_within.total_seconds(),
    }
    if wanted.paused is not None:
        told["paused"] = wanted.paused
    if wanted.schedules is not None:
        told["schedules"] = [body_of(schedule) for schedule in wanted.schedules]
    return told


def expected_within(said: Any) -> timedelta | None:
    """Within which time the runs of a deployment are expected to have ended. Raises `ValueError`."""
    if said is None:
        return None
    length = duration_of(said)
    if length <= timedelta(0):
        raise ValueError(f"expect_within is a length of time after a run is due; {said!r} is none.")
    return length


def _options(wanted: Wanted) -> ConcurrencyOptions | None:
    if wanted.collision_strategy is None:
        return None
    return ConcurrencyOptions(
        collision_strategy=CollisionStrategy(wanted.collision_strategy),
        grace_period_seconds=wanted.grace_period_seconds,
    )


def body_of(schedule: Schedule) -> dict[str, Any]:
    """A schedule as the API takes it."""
    return {
        "schedule": schedule.timing,
        **({"active": schedule.active} if schedule.is_switched else {}),
        "parameters": schedule.parameters,
        "slug": schedule.slug,
        "replaces": schedule.replaces,
        "max_scheduled_runs": schedule.max_scheduled_runs,
        "catch_up": CatchUp(schedule.catch_up),
    }


def pause(deployment_id: UUID, patience: float | None = None) -> None:
    """Stop a deployment's schedules; an absent server is asked for `patience` seconds.

    Raises `ObjectNotFound`, and `PrefectHTTPStatusError` where the server does not do it.
    """
    with SyncPrefectClient(new_transport(patience)) as client:
        client.pause_deployment(deployment_id)


def pool_named(name: str) -> WorkPoolResponse | None:
    """A work pool; None where there is none of that name."""
    try:
        with get_client(sync_client=True) as client:
            return client.read_work_pool(name)
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
    with get_client(sync_client=True) as client:
        told = _read(client, flow_name, name)
    if told is None:
        return None
    return Known(
        id=told.id,
        paused=told.paused,
        schedules=[schedule_of(held) for held in told.schedules],
        description=told.description,
        tags=told.tags,
        parameters=told.parameters,
        work_pool_name=told.work_pool_name,
        work_queue_name=told.work_queue_name,
        job_variables=told.job_variables,
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
        return _id_in(name)
    flow_name, _, own = name.rpartition("/")
    found = known(flow_name, own)
    if found is None:
        raise ObjectNotFound(
            help_message=f"There is no deployment {name!r}. `prefect deployment ls` lists those there are."
        )
    return found.id


def _id_in(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError(f"{text!r} names no deployment; expected 'flow/deployment', or an id.") from None


def create_run(wanted: WantedRun) -> FlowRun:
    """Make a run that waits to be started; the one that is known where the idempotency key is.

    Raises `ObjectNotFound`, and `PrefectHTTPStatusError` for parameters that do not fit.
    """
    with get_client(sync_client=True) as client:
        made = client.create_flow_run_from_deployment(
            wanted.deployment_id,
            name=wanted.name,
            state=scheduled(wanted.scheduled_time) if wanted.scheduled_time is not None else None,
            parameters=kept_for_later(wanted.parameters),
            tags=list(wanted.tags),
            idempotency_key=wanted.idempotency_key,
            work_queue_name=wanted.work_queue_name,
            job_variables=wanted.job_variables or None,
            parent_task_run_id=wanted.parent_task_run_id,
        )
    return read_run(made.id)


def scheduled(due: datetime) -> State:
    """The state of a run that waits for a time."""
    return new_state(StateType.SCHEDULED, state_details=StateDetails(scheduled_time=due))


def read_run(flow_run_id: UUID) -> FlowRun:
    """A flow run as it is now. Raises `ObjectNotFound`."""
    found = recorder().ledger.read(flow_run_id)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no flow run {flow_run_id}.")
    return found
