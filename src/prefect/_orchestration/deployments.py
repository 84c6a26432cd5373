"""What can be done with deployments: record one, make a run of it, read, pause and remove it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.deployments import Deployment, DeploymentSchedule, checked_name
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.flow_runs import CreatedBy, FlowRun
from prefect._domain.schedules import Schedule
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.entering import enter
from prefect._domain.work_pools import DEFAULT_QUEUE
from prefect._orchestration.work_pools import ensure_pool
from prefect._store import deployments as store
from prefect._store import flow_runs, work_pools
from prefect._store.database import Connection, Database
from prefect._store.flows import read_flow, read_flow_by_name, upsert_flow
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]


class Found(NamedTuple):
    """A deployment with what is told of it: its flow's name, its schedules, and the names of its pool and queue."""

    deployment: Deployment
    flow_name: str
    schedules: list[DeploymentSchedule]
    work_pool_name: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.flow_name}/{self.deployment.name}"


class WantedRun(NamedTuple):
    """What a new run of a deployment is told beyond what its deployment says."""

    id: UUID
    name: str
    parameters: Mapping[str, Any] = MappingProxyType({})
    scheduled_time: datetime | None = None
    tags: Sequence[str] = ()
    idempotency_key: str | None = None
    job_variables: Mapping[str, Any] = MappingProxyType({})
    parent_task_run_id: UUID | None = None
    created_by: CreatedBy | None = None
    auto_scheduled: bool = False


def apply(
    db: Database,
    flow_name: str,
    name: str,
    schedules: Sequence[Schedule],
    *,
    work_pool_name: str | None = None,
    work_queue_name: str | None = None,
    active: bool = True,
    now: datetime,
    new_id: NewId,
    **fields: Any,
) -> Deployment:
    """Record a deployment of a flow with its schedules; one of that name takes the new values and keeps its id.

    A schedule that the deployment had already keeps its id; runs that were planned for later are planned anew. With a
    pool its runs wait in that pool's queue, without one for the process that serves it.
    """
    checked_name(name)
    with db.write() as conn:
        flow = upsert_flow(conn, flow_name, id=new_id(), tags=[], labels={}, now=now)
        queue = None
        if work_pool_name is not None:
            pool = ensure_pool(conn, work_pool_name, now=now, new_id=new_id)
            queue = work_pools.ensure_queue(conn, pool, work_queue_name or DEFAULT_QUEUE, id=new_id(), now=now)
        wanted = Deployment(
            new_id(),
            flow.id,
            name,
            work_queue_id=queue.id if queue else None,
            work_queue_name=queue.name if queue else None,
            created=now,
            updated=now,
            **fields,
        )
        kept = store.write_deployment(conn, wanted)
        _replace_schedules(conn, kept.id, schedules, active, now, new_id)
        return kept


def _replace_schedules(
    conn: Connection, deployment_id: UUID, schedules: Sequence[Schedule], active: bool, now: datetime, new_id: NewId
) -> None:
    known = [held for held in store.list_schedules(conn, deployment_id) if held.slug is None]
    kept = []
    for schedule in schedules:
        same = next((held for held in known if held.schedule == schedule), None)
        if same is not None:
            known.remove(same)
            same.active, same.updated = active, now
        kept.append(same or DeploymentSchedule(new_id(), deployment_id, schedule, active, now, now))
    store.replace_schedules(conn, deployment_id, kept)
    store.delete_planned_runs(conn, deployment_id, after=now)


def read(db: Database, deployment_id: UUID) -> Found | None:
    """The deployment with that id, or None."""
    with db.read() as conn:
        deployment = store.read_deployment(conn, deployment_id)
        if deployment is None:
            return None
        flow = read_flow(conn, deployment.flow_id)
        assert flow is not None
        return _found(conn, deployment, flow.name)


def read_by_name(db: Database, flow_name: str, name: str) -> Found | None:
    """The deployment `flow/name`, or None."""
    with db.read() as conn:
        flow = read_flow_by_name(conn, flow_name)
        deployment = flow and store.read_deployment_by_name(conn, flow.id, name)
        return _found(conn, deployment, flow_name) if deployment else None


def _found(conn: Connection, deployment: Deployment, flow_name: str) -> Found:
    place = work_pools.queue_places(conn, [deployment.id]).get(deployment.id)
    return Found(deployment, flow_name, store.list_schedules(conn, deployment.id), place[0] if place else None)


def list_deployments(db: Database, *, limit: int, offset: int = 0, flows: Filter = EVERYTHING) -> list[Found]:
    """Deployments by the names of their flows and their own; `flows` says whose are meant."""
    with db.read() as conn:
        listed = store.list_deployments(conn, limit=limit, offset=offset, flows=flows)
        return [_found(conn, deployment, flow_name) for deployment, flow_name in listed]


def delete(db: Database, deployment_id: UUID) -> bool:
    """Remove a deployment, its schedules and the runs planned for later; whether there was one."""
    with db.write() as conn:
        return store.delete_deployment(conn, deployment_id)


def set_paused(db: Database, deployment_id: UUID, paused: bool, *, now: datetime) -> None:
    """Stop or start a deployment's schedules; stopping removes the runs planned for later."""
    with db.write() as conn:
        store.set_paused(conn, deployment_id, paused, now=now)
        if paused:
            store.delete_planned_runs(conn, deployment_id)


def create_run(db: Database, deployment_id: UUID, wanted: WantedRun, *, now: datetime, state_id: UUID) -> FlowRun:
    """A new run that waits to be started; the run that is known where the id or the idempotency key is.

    Raises `ObjectNotFound` where there is no such deployment.
    """
    with db.write() as conn:
        deployment = store.read_deployment(conn, deployment_id)
        if deployment is None:
            raise ObjectNotFound(help_message=f"There is no deployment {deployment_id}.")
        return insert_run(conn, deployment, wanted, now=now, state_id=state_id)


def insert_run(
    conn: Connection, deployment: Deployment, wanted: WantedRun, *, now: datetime, state_id: UUID
) -> FlowRun:
    """The same within a transaction."""
    due = wanted.scheduled_time or now
    run = FlowRun(
        id=wanted.id,
        flow_id=deployment.flow_id,
        name=wanted.name,
        parameters={**deployment.parameters, **wanted.parameters},
        tags=_united(deployment.tags, wanted.tags),
        labels=dict(deployment.labels),
        deployment_id=deployment.id,
        deployment_version=deployment.version,
        work_queue_id=deployment.work_queue_id,
        work_queue_name=deployment.work_queue_name,
        idempotency_key=wanted.idempotency_key,
        parent_task_run_id=wanted.parent_task_run_id,
        job_variables=dict(wanted.job_variables),
        auto_scheduled=wanted.auto_scheduled,
        created_by=wanted.created_by,
        created=now,
        updated=now,
    )
    details = StateDetails(flow_run_id=run.id, scheduled_time=due)
    enter(run, State(StateType.SCHEDULED, "Scheduled", id=state_id, timestamp=now, state_details=details))
    recorded = flow_runs.insert_flow_run(conn, run, now=now)
    if recorded.id == run.id and recorded.state is run.state:
        assert run.state is not None
        flow_runs.insert_flow_run_state(conn, run.id, run.state)
    return recorded


def _united(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))
