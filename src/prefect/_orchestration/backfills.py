"""What can be done with backfills: look at one before it is made, make, pause, go on, cancel, retry and remove one.

Their runs are made in `duties/backfilling.py`. Whoever changes a backfill locks its deployment first, as planners do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.backfills import (
    MOST_ACTIVE,
    USUALLY_ACTIVE,
    Again,
    Backfill,
    BackfillStatus,
    Preview,
    Progress,
    SlotOrder,
    previewed,
)
from prefect._domain.deployments import Deployment, DeploymentSchedule
from prefect._domain.events import Resource, related, resource
from prefect._domain.schedules import Schedule
from prefect._domain.states import State, StateType
from prefect._orchestration import checking, job_variables
from prefect._orchestration.deployments import no_deployment
from prefect._orchestration.flow_runs import move
from prefect._orchestration.slot_parameters import parameters_at
from prefect._orchestration.telling import told_of
from prefect._store import backfills as store
from prefect._store import deployments, flow_runs, flows, schedules
from prefect._store.backfills import Meant
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

NewId = Callable[[], UUID]
NewName = Callable[[], str]
OPEN = (BackfillStatus.RUNNING, BackfillStatus.PAUSED)
EVERYTHING = Meant()


class Wanted(NamedTuple):
    """A backfill as it is asked for: of a deployment, from one moment to another, both included.

    Its slots are the times of `schedule`, or those of the deployment's schedule of that id, or of its only one.
    """

    deployment_id: UUID
    start: datetime
    end: datetime
    schedule: Schedule | None = None
    schedule_id: UUID | None = None
    order: SlotOrder = SlotOrder.OLDEST
    max_active: int = USUALLY_ACTIVE
    parameters: Mapping[str, Any] = {}
    again: Again = Again.NONE
    name: str | None = None
    work_queue_name: str | None = None
    tags: Sequence[str] = ()
    job_variables: Mapping[str, Any] = MappingProxyType({})


class Found(NamedTuple):
    """A backfill, and how far it is."""

    backfill: Backfill
    progress: Progress


def preview(db: Database, wanted: Wanted, *, now: datetime, new_id: NewId) -> Preview:
    """What a backfill would be. Raises as `create` does, but for one without slots."""
    with db.read() as conn:
        return _drafted(conn, _deployment(conn, wanted.deployment_id), wanted, now, new_id(), "")[1]


def create(db: Database, wanted: Wanted, *, now: datetime, new_id: NewId, new_name: NewName) -> Found:
    """A new backfill, whose runs are made from now on.

    Slots after now are left out: the deployment's schedules see to them. Raises `ObjectNotFound`, `ObjectAlreadyExists`
    for a name that is taken, `ValueError` for a span without slots or with too many, for parameters whose templates do
    not work, and for a queue without a pool, and `SchemaMismatch` for parameters or job variables that do not fit.
    """
    id = new_id()
    with db.write() as conn:
        deployment = _locked_deployment(conn, wanted.deployment_id)
        known = store.read_backfill(conn, id)
        if known is not None:
            return _found(conn, known)
        drafted, found = _drafted(conn, deployment, wanted, now, id, _free_name(conn, wanted.name, id, new_name))
        if found.first is None:
            raise ValueError(
                f"The schedule has no time from {wanted.start.isoformat()} to {drafted.end.isoformat()}, so there is "
                "nothing to run."
            )
        _require_parameters(conn, deployment, drafted, found.first)
        _require_place(conn, deployment, drafted)
        store.write_backfill(conn, drafted)
        told_of_backfill(conn, "created", drafted, deployment, now=now)
        return _found(conn, drafted)


def _drafted(
    conn: Connection, deployment: Deployment, wanted: Wanted, now: datetime, id: UUID, name: str
) -> tuple[Backfill, Preview]:
    """The backfill that is wanted, and its slots in short."""
    if not 1 <= wanted.max_active <= MOST_ACTIVE:
        raise ValueError(f"A backfill has 1 to {MOST_ACTIVE} active runs at most; {wanted.max_active} does not fit.")
    if wanted.start > wanted.end:
        raise ValueError(f"A backfill starts before its end; {wanted.start.isoformat()} is after it.")
    schedule, schedule_id = _schedule_of(conn, deployment, wanted)
    end = min(wanted.end, now)
    found = previewed(schedule, wanted.start, end)
    drafted = Backfill(
        id=id,
        deployment_id=deployment.id,
        name=name,
        schedule=schedule,
        schedule_id=schedule_id,
        start=wanted.start,
        end=end,
        slots=found.count,
        order=wanted.order,
        max_active=wanted.max_active,
        parameters=dict(wanted.parameters),
        again=wanted.again,
        work_queue_name=wanted.work_queue_name,
        tags=list(wanted.tags),
        job_variables=dict(wanted.job_variables),
        created=now,
        updated=now,
    )
    return drafted, found


def _schedule_of(conn: Connection, deployment: Deployment, wanted: Wanted) -> tuple[Schedule, UUID | None]:
    if wanted.schedule is not None:
        return wanted.schedule, None
    held = schedules.list_schedules(conn, deployment.id)
    if wanted.schedule_id is not None:
        held = [one for one in held if one.id == wanted.schedule_id]
        if not held:
            raise ObjectNotFound(help_message=f"The deployment has no schedule {wanted.schedule_id}.")
    if not held:
        raise ValueError("The deployment has no schedule: say how far apart the slots lie, such as every day.")
    if len(held) > 1:
        told = ", ".join(_named(one) for one in held)
        raise ValueError(f"The deployment has {len(held)} schedules: say which one has the slots, {told}.")
    return held[0].schedule, held[0].id


def _named(schedule: DeploymentSchedule) -> str:
    return f"{schedule.id} ({schedule.slug})" if schedule.slug else str(schedule.id)


def _free_name(conn: Connection, wanted: str | None, id: UUID, new_name: NewName) -> str:
    name = wanted or new_name()
    if store.read_backfill_by_name(conn, name) is None:
        return name
    if wanted is not None:
        raise ObjectAlreadyExists(ValueError(f"There is a backfill {wanted!r} already."))
    return f"{name}-{id.hex[-6:]}"


def _require_parameters(conn: Connection, deployment: Deployment, backfill: Backfill, slot: datetime) -> None:
    """Raises where the parameters of the run of a slot cannot be made, or do not fit."""
    made = parameters_at(conn, deployment, backfill, slot)
    if deployment.enforce_parameter_schema:
        checking.require_fit(made, deployment.parameter_openapi_schema, "parameters")


def _require_place(conn: Connection, deployment: Deployment, backfill: Backfill) -> None:
    """Raises where its runs have no pool in which to wait in a queue, or job variables that do not fit there."""
    if backfill.work_queue_name is not None and job_variables.place_of(conn, deployment.work_queue_id) is None:
        raise ValueError(
            f"The deployment {deployment.name!r} belongs to no work pool, so its runs cannot wait in the queue "
            f"{backfill.work_queue_name!r} of one. Leave the queue out, or deploy it to a pool."
        )
    layers = [deployment.job_variables, backfill.job_variables]
    job_variables.require_fit(conn, deployment.work_queue_id, required=True, layers=layers)


def read(db: Database, backfill_id: UUID) -> Found:
    """The backfill with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _found(conn, _backfill(conn, backfill_id))


def read_by_name(db: Database, name: str) -> Found:
    """The backfill of that name. Raises `ObjectNotFound`."""
    with db.read() as conn:
        known = store.read_backfill_by_name(conn, name)
        if known is None:
            raise ObjectNotFound(help_message=f"There is no backfill {name!r}.")
        return _found(conn, known)


def list_backfills(db: Database, meant: Meant = EVERYTHING, *, limit: int, offset: int = 0) -> list[Found]:
    """The backfills that are meant, the latest first."""
    with db.read() as conn:
        return [_found(conn, one) for one in store.list_backfills(conn, meant, limit=limit, offset=offset)]


def count(db: Database, meant: Meant = EVERYTHING) -> int:
    """How many backfills are meant."""
    with db.read() as conn:
        return store.count_backfills(conn, meant)


def set_max_active(db: Database, backfill_id: UUID, most: int, *, now: datetime) -> Found:
    """Say how many of its runs may be unfinished at once. Raises `ObjectNotFound`, and `ValueError`."""
    if not 1 <= most <= MOST_ACTIVE:
        raise ValueError(f"A backfill has 1 to {MOST_ACTIVE} active runs at most; {most} does not fit.")
    with db.write() as conn:
        known, _ = locked(conn, backfill_id)
        return _changed(conn, replace(known, max_active=most, updated=now))


def pause(db: Database, backfill_id: UUID, *, now: datetime) -> Found:
    """Have it make no more runs; those that it has made go on. Raises `ObjectNotFound`, and `ValueError`."""
    return _turned(db, backfill_id, BackfillStatus.PAUSED, "paused", now)


def resume(db: Database, backfill_id: UUID, *, now: datetime) -> Found:
    """Have it make runs again. Raises `ObjectNotFound`, and `ValueError` for one that has ended."""
    return _turned(db, backfill_id, BackfillStatus.RUNNING, "resumed", now)


def _turned(db: Database, backfill_id: UUID, status: BackfillStatus, what: str, now: datetime) -> Found:
    with db.write() as conn:
        known, deployment = locked(conn, backfill_id)
        if known.status is status:
            return _found(conn, known)
        _require_open(known, what)
        turned = replace(known, status=status, updated=now)
        told_of_backfill(conn, what, turned, deployment, now=now)
        return _changed(conn, turned)


def _require_open(backfill: Backfill, what: str) -> None:
    if backfill.status not in OPEN:
        raise ValueError(f"The backfill {backfill.name!r} has ended ({backfill.status.value}), so it cannot be {what}.")


def cancel(db: Database, backfill_id: UUID, *, running: bool = False, now: datetime, new_id: NewId) -> Found:
    """Have it make no more runs, and cancel those that wait to be started; with `running` also those under way.

    Raises `ObjectNotFound`, and `ValueError` for one that has ended otherwise.
    """
    with db.write() as conn:
        known, deployment = locked(conn, backfill_id)
        if known.status is BackfillStatus.CANCELLED:
            return _found(conn, known)
        _require_open(known, "cancelled")
        cancelled = replace(known, status=BackfillStatus.CANCELLED, updated=now)
        _cancel_runs(conn, known, running, now, new_id)
        told_of_backfill(conn, "cancelled", cancelled, deployment, now=now)
        return _changed(conn, cancelled)


def _cancel_runs(conn: Connection, backfill: Backfill, running: bool, now: datetime, new_id: NewId) -> None:
    for flow_run_id in store.open_runs(conn, backfill.id):
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        if run is None or run.state is None or not (running or run.state.is_scheduled()):
            continue
        message = f"Its backfill {backfill.name!r} was cancelled."
        type, name = StateType.CANCELLING, "Cancelling"
        if run.state.is_scheduled():
            type, name = StateType.CANCELLED, "Cancelled"
        move(conn, run, State(type, name, id=new_id(), timestamp=now, message=message), now=now, spare_id=new_id())


def retry(db: Database, backfill_id: UUID, *, now: datetime) -> int:
    """Have its runs run again that failed or crashed, no more of them at once than of others; how many.

    Raises `ObjectNotFound`, and `ValueError` for one that was cancelled.
    """
    with db.write() as conn:
        known, deployment = locked(conn, backfill_id)
        if known.status is BackfillStatus.CANCELLED:
            raise ValueError(
                f"The backfill {known.name!r} was cancelled. A new one over the same span runs again what failed, with "
                "'again' set to 'failed'."
            )
        wanted = store.want_failed_again(conn, known.id)
        if wanted:
            status = known.status if known.status is BackfillStatus.PAUSED else BackfillStatus.RUNNING
            retried = replace(known, status=status, updated=now)
            store.write_backfill(conn, retried)
            told_of_backfill(conn, "retried", retried, deployment, now=now, payload={"runs": wanted})
        return wanted


def delete(db: Database, backfill_id: UUID, *, now: datetime, new_id: NewId) -> None:
    """Remove a backfill, and cancel its runs that wait to be started; its other runs stay. Raises `ObjectNotFound`."""
    with db.write() as conn:
        known, deployment = locked(conn, backfill_id)
        _cancel_runs(conn, known, False, now, new_id)
        store.delete_backfill(conn, known.id)
        told_of_backfill(conn, "deleted", known, deployment, now=now)


def told_of_backfill(
    conn: Connection,
    what: str,
    backfill: Backfill,
    deployment: Deployment,
    *,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Tell what became of a backfill."""
    flow = flows.read_flow(conn, deployment.flow_id)
    around: list[Resource] = [related("deployment", deployment.id, deployment.name)]
    around += [related("flow", flow.id, flow.name)] if flow is not None else []
    told_of(conn, what, resource("backfill", backfill.id, backfill.name), now=now, around=around, payload=payload)


def locked(conn: Connection, backfill_id: UUID) -> tuple[Backfill, Deployment]:
    """A backfill and its deployment, kept for this transaction alone. Raises `ObjectNotFound`."""
    _locked_deployment(conn, _backfill(conn, backfill_id).deployment_id)
    known = store.lock_backfill(conn, backfill_id)
    if known is None:
        raise _no_backfill(backfill_id)
    return known, _deployment(conn, known.deployment_id)


def _changed(conn: Connection, backfill: Backfill) -> Found:
    store.write_backfill(conn, backfill)
    return _found(conn, backfill)


def _found(conn: Connection, backfill: Backfill) -> Found:
    return Found(backfill, store.progress_of(conn, backfill))


def _backfill(conn: Connection, backfill_id: UUID) -> Backfill:
    found = store.read_backfill(conn, backfill_id)
    if found is None:
        raise _no_backfill(backfill_id)
    return found


def _deployment(conn: Connection, deployment_id: UUID) -> Deployment:
    found = deployments.read_deployment(conn, deployment_id)
    if found is None:
        raise no_deployment(deployment_id)
    return found


def _locked_deployment(conn: Connection, deployment_id: UUID) -> Deployment:
    found = deployments.lock_deployment(conn, deployment_id)
    if found is None:
        raise no_deployment(deployment_id)
    return found


def _no_backfill(backfill_id: UUID) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no backfill {backfill_id}.")
