"""What can be done with deployments: record, change, read, pause and remove one, and make runs of it.

Its schedules are in `schedules.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.automations import deployment_resource
from prefect._domain.concurrency import ConcurrencyLimit, name_for_deployment
from prefect._domain.deployments import Assignment, Deployment, DeploymentSchedule, checked_name, code_of, status_of
from prefect._domain.filters import EVERYTHING, Filter, Filters
from prefect._domain.flow_runs import CreatedBy, FlowRun, FlowRunPolicy, differences
from prefect._domain.schedule_changes import WantedSchedule, changed_by_slug, replaced
from prefect._domain.schedules import Schedule
from prefect._domain.sorting import Order
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.entering import enter
from prefect._domain.work_pools import DEFAULT_POOL, DEFAULT_QUEUE, WorkPool
from prefect._orchestration import checking, job_variables, slots
from prefect._orchestration.automations import delete_what_is_owned
from prefect._orchestration.flow_runs import move
from prefect._orchestration.flows import ensure_flow
from prefect._orchestration.telling import changes, told_of_deployment
from prefect._orchestration.work_pools import Claim, ensure_pool, ensure_queue, pool_named
from prefect._store import concurrency, flow_runs, schedules, work_pools
from prefect._store import deployments as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.flows import read_flow, read_flow_by_name
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]
NOT_KEPT = frozenset({"work_pool_name", "work_queue_name", "concurrency_limit", "global_concurrency_limit_id"})
"""What a client may say of a deployment that is kept elsewhere."""
NULL_MEANS_EMPTY: Mapping[str, Any] = MappingProxyType(
    {"parameters": {}, "job_variables": {}, "parameter_openapi_schema": {}, "tags": [], "labels": {}}
)


class Found(NamedTuple):
    """A deployment with what is told of it: its flow's name, its schedules, and where its runs wait."""

    deployment: Deployment
    flow_name: str
    schedules: list[DeploymentSchedule]
    work_pool_name: str | None = None
    limit: ConcurrencyLimit | None = None
    status: str = "NOT_READY"

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
    labels: Mapping[str, Any] = MappingProxyType({})
    context: Mapping[str, Any] = MappingProxyType({})
    policy: FlowRunPolicy | None = None
    work_queue_name: str | None = None
    enforce_parameter_schema: bool | None = None
    state: State | None = None


def apply(
    db: Database,
    flow_name: str,
    name: str,
    schedules: Sequence[Schedule],
    *,
    active: bool = True,
    now: datetime,
    new_id: NewId,
    **given: Any,
) -> Deployment:
    """Record a deployment of a flow, known or new, with its schedules; one of that name takes the new values.

    A schedule that the deployment had already keeps its id; runs that were planned for later are planned anew. With a
    pool, which is made where it is not there, its runs wait in that pool's queue; without one for the process that
    serves it.
    """
    checked_name(name)
    wanted = [WantedSchedule({"schedule": schedule, "active": active}) for schedule in schedules]
    with db.write() as conn:
        flow = ensure_flow(conn, flow_name, id=new_id(), tags=[], labels={}, now=now)
        pool_name = given.get("work_pool_name")
        if pool_name is None:
            given = {**given, "work_pool_name": None, "work_queue_name": None}
        else:
            ensure_pool(conn, pool_name, now=now, new_id=new_id)
        return _recorded(conn, flow.id, name, given, wanted, now, new_id)[0]


def create(
    db: Database,
    flow_id: UUID,
    name: str,
    given: Mapping[str, Any],
    wanted: Sequence[WantedSchedule],
    *,
    now: datetime,
    new_id: NewId,
) -> tuple[Found, bool]:
    """Record a deployment with its schedules, and whether it is new; one of that name takes what is given.

    Raises `ObjectNotFound` where the flow or the work pool is not there, `ValueError` for a name or a schedule that
    does not fit, and `SchemaMismatch` for parameters that do not fit the flow and job variables that do not
    fit the pool.
    """
    checked_name(name)
    with db.write() as conn:
        if read_flow(conn, flow_id) is None:
            raise ObjectNotFound(help_message=f"There is no flow {flow_id}.")
        deployment, is_new = _recorded(conn, flow_id, name, given, wanted, now, new_id)
        return _found(conn, [(deployment, "")], now)[0], is_new


def update(
    db: Database,
    deployment_id: UUID,
    given: Mapping[str, Any],
    wanted: Sequence[WantedSchedule] | None = None,
    *,
    now: datetime,
    new_id: NewId,
) -> None:
    """Change what is given of a deployment, and with `wanted` its schedules; runs planned for later are planned anew.

    Raises as `create` does, and `ObjectNotFound` where there is no such deployment.
    """
    with db.write() as conn:
        known = _locked(conn, deployment_id)
        changed = _with(conn, known, given, now, new_id)
        store.write_deployment(conn, changed)
        _tell_changes(conn, known, changed, now)
        if wanted is not None:
            held = schedules.list_schedules(conn, known.id)
            _write_schedules(conn, known.id, held, changed_by_slug(held, wanted, now, new_id), now)
        _plan_anew(conn, known, changed, now)


def _recorded(
    conn: Connection,
    flow_id: UUID,
    name: str,
    given: Mapping[str, Any],
    wanted: Sequence[WantedSchedule],
    now: datetime,
    new_id: NewId,
) -> tuple[Deployment, bool]:
    is_new = store.insert_deployment(conn, Deployment(new_id(), flow_id, name, created=now, updated=now))
    named = store.read_deployment_by_name(conn, flow_id, name)
    assert named is not None
    known = _locked(conn, named.id)
    changed = _with(conn, known, given, now, new_id)
    store.write_deployment(conn, changed)
    if is_new:
        told_of_deployment(conn, "created", changed, now=now)
    else:
        _tell_changes(conn, known, changed, now)
    held = schedules.list_schedules(conn, known.id)
    _write_schedules(conn, known.id, held, replaced(held, wanted, now, new_id), now)
    _plan_anew(conn, known, changed, now)
    return changed, is_new


def _tell_changes(conn: Connection, known: Deployment, changed: Deployment, now: datetime) -> None:
    payload = changes(known, changed)
    if payload:
        told_of_deployment(conn, "updated", changed, now=now, payload=payload)


def _plan_anew(conn: Connection, known: Deployment, changed: Deployment, now: datetime) -> None:
    """Let go of the runs planned for later, or of all that wait where the deployment is paused now."""
    schedules.delete_planned_runs(conn, known.id, after=None if changed.paused else now)
    schedules.plan_anew(conn, known.id, now=now)
    if known.paused and not changed.paused:
        schedules.forget_the_past(conn, known.id, now=now)


def _write_schedules(
    conn: Connection,
    deployment_id: UUID,
    held: Sequence[DeploymentSchedule],
    after: Sequence[DeploymentSchedule],
    now: datetime,
) -> None:
    kept = {schedule.id for schedule in after if schedule.active}
    for schedule in held:
        if schedule.id not in kept:
            schedules.delete_planned_runs(conn, deployment_id, after=now, of=schedule)
    schedules.replace_schedules(conn, deployment_id, [replace(s, deployment_id=deployment_id) for s in after])


def _with(conn: Connection, known: Deployment, given: Mapping[str, Any], now: datetime, new_id: NewId) -> Deployment:
    """The deployment with what is given; its queue and its limit are seen to."""
    fields = {name: _plain(name, value) for name, value in given.items() if name not in NOT_KEPT}
    changed = replace(known, **fields, updated=now)
    if changed.enforce_parameter_schema and given.get("parameters"):
        checking.require_defaults_fit(changed.parameters, changed.parameter_openapi_schema, "parameters")
    _give_queue(conn, changed, given, now, new_id)
    job_variables.require_fit(conn, changed.work_queue_id, required=False, layers=[changed.job_variables])
    _give_limit(conn, changed, given, now, new_id)
    return changed


def _plain(name: str, value: Any) -> Any:
    return NULL_MEANS_EMPTY[name] if value is None and name in NULL_MEANS_EMPTY else value


def _give_queue(
    conn: Connection, deployment: Deployment, given: Mapping[str, Any], now: datetime, new_id: NewId
) -> None:
    if "work_pool_name" not in given and given.get("work_queue_name") is None:
        return
    pool_name, queue_name = given.get("work_pool_name"), given.get("work_queue_name")
    if "work_pool_name" in given and pool_name is None and queue_name is None:
        deployment.work_queue_id = deployment.work_queue_name = None
        return
    pool = pool_named(conn, pool_name) if pool_name is not None else _pool_of(conn, deployment, now, new_id)
    queue = ensure_queue(conn, pool, queue_name or DEFAULT_QUEUE, id=new_id(), now=now)
    deployment.work_queue_id, deployment.work_queue_name = queue.id, queue.name


def _pool_of(conn: Connection, deployment: Deployment, now: datetime, new_id: NewId) -> WorkPool:
    """The pool that a deployment has, the default pool where it has none."""
    found = job_variables.place_of(conn, deployment.work_queue_id)
    return found[0] if found is not None else ensure_pool(conn, DEFAULT_POOL, now=now, new_id=new_id)


def _give_limit(
    conn: Connection, deployment: Deployment, given: Mapping[str, Any], now: datetime, new_id: NewId
) -> None:
    """See to the limit of a deployment: one of its own, one that it shares, or none any more."""
    shared = given.get("global_concurrency_limit_id")
    if shared is not None:
        if not concurrency.read_limits(conn, [shared], now=now):
            raise ObjectNotFound(help_message=f"There is no concurrency limit {shared}.")
        deployment.concurrency_limit_id = shared
    elif "concurrency_limit" in given or "global_concurrency_limit_id" in given:
        _give_own_limit(conn, deployment, given.get("concurrency_limit"), now, new_id)
    else:
        return
    if deployment.concurrency_limit_id is not None:
        slots.wake(conn, [deployment.concurrency_limit_id], now=now)


def _give_own_limit(conn: Connection, deployment: Deployment, limit: int | None, now: datetime, new_id: NewId) -> None:
    name = name_for_deployment(deployment.id)
    if limit is not None:
        wanted = ConcurrencyLimit(new_id(), name, limit, created=now, updated=now)
        deployment.concurrency_limit_id = concurrency.write_limit(conn, wanted).id
        return
    slots.wake_all(conn, deployment.concurrency_limit_id, now=now)
    deployment.concurrency_limit_id = None
    concurrency.delete_limit(conn, name)


def read(db: Database, deployment_id: UUID, *, now: datetime | None = None) -> Found | None:
    """The deployment with that id, or None. Without `now` its status and the use of its limit are not told."""
    with db.read() as conn:
        deployment = store.read_deployment(conn, deployment_id)
        return _found(conn, [(deployment, "")], now)[0] if deployment is not None else None


def assignment(db: Database, flow_run_id: UUID) -> Assignment | None:
    """A run and its deployment; None where there is no such run."""
    with db.read() as conn:
        run = flow_runs.read_flow_run(conn, flow_run_id)
        if run is None:
            return None
        return Assignment(run, job_variables.deployment_of(conn, run))


def must_read(db: Database, deployment_id: UUID, *, now: datetime) -> Found:
    """The deployment with that id. Raises `ObjectNotFound`."""
    found = read(db, deployment_id, now=now)
    if found is None:
        raise no_deployment(deployment_id)
    return found


def read_by_name(db: Database, flow_name: str, name: str, *, now: datetime | None = None) -> Found | None:
    """The deployment `flow/name`, or None."""
    with db.read() as conn:
        flow = read_flow_by_name(conn, flow_name)
        deployment = flow and store.read_deployment_by_name(conn, flow.id, name)
        return _found(conn, [(deployment, flow_name)], now)[0] if deployment else None


def list_deployments(
    db: Database,
    *,
    limit: int,
    offset: int = 0,
    flows: Filter = EVERYTHING,
    wanted: Filters | None = None,
    order: Order | None = None,
    now: datetime | None = None,
) -> list[Found]:
    """Deployments by the names of their flows and their own; `flows` or `wanted` say which are meant."""
    with db.read() as conn:
        wanted = wanted or {"flow": flows}
        return _found(conn, store.list_deployments(conn, limit=limit, offset=offset, wanted=wanted, order=order), now)


def count(db: Database, wanted: Filters) -> int:
    """How many deployments are meant."""
    with db.read() as conn:
        return store.count_deployments(conn, wanted)


def _found(conn: Connection, listed: Sequence[tuple[Deployment, str]], now: datetime | None) -> list[Found]:
    """Deployments with what is told of them; where a flow's name is empty it is looked up."""
    ids = [deployment.id for deployment, _ in listed]
    held, places = schedules.schedules_of(conn, ids), work_pools.places_of(conn, ids)
    limit_ids = {deployment.concurrency_limit_id for deployment, _ in listed}
    limits = {} if now is None else concurrency.read_limits(conn, [id for id in limit_ids if id], now=now)
    found = []
    for deployment, flow_name in listed:
        place = places.get(deployment.id)
        polled = place.last_polled if place is not None else None
        found.append(
            Found(
                deployment,
                flow_name or _flow_name(conn, deployment.flow_id),
                held.get(deployment.id, []),
                place.pool_name if place is not None else None,
                limits.get(deployment.concurrency_limit_id) if deployment.concurrency_limit_id else None,
                status_of(deployment.last_polled, polled, now) if now is not None else "NOT_READY",
            )
        )
    return found


def _flow_name(conn: Connection, flow_id: UUID) -> str:
    flow = read_flow(conn, flow_id)
    assert flow is not None
    return flow.name


def no_deployment(deployment_id: UUID) -> ObjectNotFound:
    """What is raised where there is no such deployment."""
    return ObjectNotFound(help_message=f"There is no deployment {deployment_id}.")


def _locked(conn: Connection, deployment_id: UUID) -> Deployment:
    deployment = store.lock_deployment(conn, deployment_id)
    if deployment is None:
        raise no_deployment(deployment_id)
    return deployment


def delete(db: Database, deployment_id: UUID, *, now: datetime, new_id: NewId) -> bool:
    """Remove a deployment, its schedules and automations, and the runs that were planned; whether there was one.

    Other runs of it that wait to be started are cancelled: nobody can start them any more.
    """
    with db.write() as conn:
        deployment = store.lock_deployment(conn, deployment_id)
        if deployment is None:
            return False
        told_of_deployment(conn, "deleted", deployment, now=now)
        schedules.delete_planned_runs(conn, deployment_id)
        _cancel_waiting(conn, deployment_id, now, new_id)
        concurrency.delete_limit(conn, name_for_deployment(deployment_id))
        delete_what_is_owned(conn, deployment_resource(deployment_id), now=now, new_id=new_id)
        return store.delete_deployment(conn, deployment_id)


def _cancel_waiting(conn: Connection, deployment_id: UUID, now: datetime, new_id: NewId) -> None:
    for flow_run_id in flow_runs.waiting_runs(conn, deployment_id):
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        if run is not None and run.state is not None and run.state.is_scheduled():
            message = "Its deployment was removed before the run was started."
            state = State(StateType.CANCELLED, "Cancelled", id=new_id(), timestamp=now, message=message)
            move(conn, run, state, now=now, spare_id=new_id())


def set_paused(db: Database, deployment_id: UUID, paused: bool, *, now: datetime) -> None:
    """Stop or start a deployment's schedules; stopping removes the runs that they planned. Raises `ObjectNotFound`."""
    with db.write() as conn:
        known = _locked(conn, deployment_id)
        if known.paused == paused:
            return
        changed = replace(known, paused=paused, updated=now)
        store.set_paused(conn, deployment_id, paused, now=now)
        if paused:
            schedules.delete_planned_runs(conn, deployment_id)
        _plan_anew(conn, known, changed, now)


def create_run(db: Database, deployment_id: UUID, wanted: WantedRun, *, now: datetime, state_id: UUID) -> FlowRun:
    """A new run that waits to be started; the run that is known where the id or the idempotency key is.

    Parameters of the run count before those of its deployment; what says how it is made is made. Raises
    `ObjectNotFound` where there is no such deployment, `ValueError` for what cannot be made, and `SchemaMismatch` for
    parameters or job variables that do not fit.
    """
    return create_or_find_run(db, deployment_id, wanted, now=now, state_id=state_id).run


class MadeRun(NamedTuple):
    """A run, and what it has otherwise than was wanted, where it was known already."""

    run: FlowRun
    differences: list[str]


def create_or_find_run(
    db: Database, deployment_id: UUID, wanted: WantedRun, *, now: datetime, state_id: UUID
) -> MadeRun:
    """As `create_run`, for those who want to know whether a run that is known is the one they mean."""
    with db.write() as conn:
        return _made_run(conn, deployment_id, wanted, now, state_id)


def create_run_within(
    conn: Connection, deployment_id: UUID, wanted: WantedRun, *, now: datetime, state_id: UUID
) -> FlowRun:
    """As `create_run`, within a transaction."""
    return _made_run(conn, deployment_id, wanted, now, state_id).run


def _made_run(conn: Connection, deployment_id: UUID, wanted: WantedRun, now: datetime, state_id: UUID) -> MadeRun:
    deployment = store.read_deployment(conn, deployment_id)
    if deployment is None:
        raise no_deployment(deployment_id)
    parameters = checking.made(conn, {**deployment.parameters, **wanted.parameters})
    enforced = wanted.enforce_parameter_schema
    if deployment.enforce_parameter_schema if enforced is None else enforced:
        checking.require_fit(parameters, deployment.parameter_openapi_schema, "parameters")
    queue = queue_for_run(conn, deployment, wanted.work_queue_name, now, state_id)
    layers = [deployment.job_variables, wanted.job_variables]
    job_variables.require_fit(conn, queue[0] if queue else None, required=True, layers=layers)
    run = wanted._replace(parameters=parameters)
    placed = replace(deployment, work_queue_id=queue[0], work_queue_name=queue[1]) if queue else deployment
    return _inserted(conn, placed, run, now, state_id)


def queue_for_run(
    conn: Connection, deployment: Deployment, name: str | None, now: datetime, id: UUID
) -> tuple[UUID, str] | None:
    """The queue in which a run waits: that of the deployment, or of a name in its pool, which is made if need be."""
    place = job_variables.place_of(conn, deployment.work_queue_id)
    if place is None:
        return None
    queue = place[1] if name is None else ensure_queue(conn, place[0], name, id=id, now=now)
    return queue.id, queue.name


class ToStart(NamedTuple):
    """A claimed run, with what whoever starts it needs to know; it is Running in this epoch.

    Where its job asks for code that is kept loaded, `code` stands for that; None for code that cannot be. What its
    process would ask for first is its `assignment`.
    """

    flow_run_id: UUID
    epoch: int
    name: str
    job: dict[str, Any]
    code: str | None = None
    assignment: Assignment | None = None


def to_start(db: Database, claims: Sequence[Claim]) -> list[ToStart]:
    """Claimed runs with their jobs, in which blocks and kept variables are still named."""
    with db.read() as conn:
        return [_to_start(conn, run, epoch) for run, epoch in claims]


def _to_start(conn: Connection, run: FlowRun, epoch: int) -> ToStart:
    deployment = job_variables.deployment_of(conn, run)
    job = job_variables.job_with(conn, run, deployment)
    code = code_of(deployment) if job.get("isolation") == "warm" and deployment is not None else None
    return ToStart(run.id, epoch, run.name, job, code, Assignment(run, deployment))


def insert_run(
    conn: Connection, deployment: Deployment, wanted: WantedRun, *, now: datetime, state_id: UUID
) -> FlowRun:
    """A new run of a deployment, unchecked, within a transaction."""
    return _inserted(conn, deployment, wanted, now, state_id).run


def _inserted(conn: Connection, deployment: Deployment, wanted: WantedRun, now: datetime, state_id: UUID) -> MadeRun:
    run = _run_of(deployment, wanted, now)
    enter(run, _first_state(wanted, run.id, now, state_id))
    recorded = flow_runs.insert_flow_run(conn, run, now=now)
    if recorded.id == run.id and recorded.state is run.state:
        assert run.state is not None
        flow_runs.insert_flow_run_state(conn, run.id, run.state)
    return MadeRun(recorded, differences(recorded, run))


def _run_of(deployment: Deployment, wanted: WantedRun, now: datetime) -> FlowRun:
    return FlowRun(
        id=wanted.id,
        flow_id=deployment.flow_id,
        name=wanted.name,
        parameters={**deployment.parameters, **wanted.parameters},
        tags=_united(deployment.tags, wanted.tags),
        labels={**deployment.labels, **wanted.labels},
        context=dict(wanted.context),
        empirical_policy=wanted.policy or FlowRunPolicy(),
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


def _first_state(wanted: WantedRun, flow_run_id: UUID, now: datetime, state_id: UUID) -> State:
    if wanted.state is not None:
        details = replace(wanted.state.state_details, flow_run_id=flow_run_id)
        if wanted.state.is_scheduled() and details.scheduled_time is None:
            details = replace(details, scheduled_time=now)
        return replace(wanted.state, id=state_id, timestamp=now, state_details=details)
    details = StateDetails(flow_run_id=flow_run_id, scheduled_time=wanted.scheduled_time or now)
    return State(StateType.SCHEDULED, "Scheduled", id=state_id, timestamp=now, state_details=details)


def _united(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))
