"""Planning the runs of schedules ahead of their time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.deployments import Deployment, DeploymentSchedule
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.planning import DEFAULT_HORIZON, Horizon, times_to_plan
from prefect._orchestration import checking
from prefect._orchestration.deployments import WantedRun, insert_run
from prefect._store import deployments
from prefect._store import schedules as store
from prefect._store.connection import Connection
from prefect._store.database import Database

NewId = Callable[[], UUID]
NewName = Callable[[], str]
AUTO_SCHEDULED = "auto-scheduled"
"""The tag of runs that a schedule made."""


class Plan(NamedTuple):
    """The next times of a schedule, as it was when they were found."""

    schedule: DeploymentSchedule
    times: list[datetime]


def what_is_scheduled(db: Database) -> tuple[Any, ...]:
    """What changes whenever a deployment or a schedule is made, changed or removed."""
    with db.read() as conn:
        return deployments.latest_changes(conn)


def plan_runs(
    db: Database,
    *,
    now: datetime,
    new_id: NewId,
    new_name: NewName,
    horizon: Horizon = DEFAULT_HORIZON,
) -> int:
    """Make the runs that active schedules are to have; how many are new.

    A time of a schedule has one run, whoever plans it and how often: its key is unique in the database. A schedule that
    cannot be read is told of in the log, and keeps no other from being planned.
    """
    with db.read() as conn:
        wanting = {
            id: plans for id in deployments.scheduled_deployments(conn) if (plans := _plans(conn, id, now, horizon))
        }
    return sum(_made(db, id, plans, now, new_id, new_name) for id, plans in wanting.items())


def _plans(conn: Connection, deployment_id: UUID, now: datetime, horizon: Horizon) -> list[Plan]:
    try:
        held = [schedule for schedule in store.list_schedules(conn, deployment_id) if schedule.active]
        return list(_wanting(conn, held, now, horizon))
    except (ValueError, OverflowError, TypeError, KeyError) as error:
        logging.getLogger("prefect.server.scheduling").warning(
            "The schedules of the deployment %s cannot be planned: %s", deployment_id, error
        )
        return []


def _wanting(conn: Connection, held: Sequence[DeploymentSchedule], now: datetime, horizon: Horizon) -> Iterator[Plan]:
    for schedule in held:
        if schedule.planned_until is None:
            yield Plan(schedule, times_to_plan(schedule, 0, now, horizon))
        elif times_to_plan(schedule, 0, now, horizon):
            waiting = store.waiting_times(conn, schedule.deployment_id)
            own = sum(key.startswith(schedule.key_prefix) for key, _ in waiting)
            times = times_to_plan(schedule, own, now, horizon)
            if times:
                yield Plan(schedule, times)


def _made(
    db: Database, deployment_id: UUID, plans: Sequence[Plan], now: datetime, new_id: NewId, new_name: NewName
) -> int:
    """Make the runs of a deployment's plans; where it has been changed meanwhile, the next pass sees to it."""
    with db.write() as conn:
        deployment = deployments.lock_deployment(conn, deployment_id)
        if deployment is None or deployment.paused:
            return 0
        held = store.list_schedules(conn, deployment_id)
        current = [plan for plan in plans if plan.schedule in held]
        return sum(_carried_out(conn, deployment, plan, now, new_id, new_name) for plan in current)


def _carried_out(
    conn: Connection, deployment: Deployment, plan: Plan, now: datetime, new_id: NewId, new_name: NewName
) -> int:
    made = 0
    parameters = _parameters(conn, deployment, plan.schedule)
    for due in plan.times:
        run = wanted_run(plan.schedule, due, new_id(), new_name())._replace(parameters=parameters)
        recorded = insert_run(conn, deployment, run, now=now, state_id=new_id())
        made += recorded.id == run.id
    store.set_planned_until(conn, plan.schedule.id, plan.times[-1] if plan.times else now)
    return made


def _parameters(conn: Connection, deployment: Deployment, schedule: DeploymentSchedule) -> dict[str, Any]:
    """The parameters of a schedule's runs; what cannot be made is left, so that the run itself tells of it."""
    given = {**deployment.parameters, **schedule.parameters}
    try:
        return checking.made(conn, given)
    except ValueError:
        return given


def wanted_run(schedule: DeploymentSchedule, due: datetime, id: UUID, name: str) -> WantedRun:
    """The run of a schedule at one of its times."""
    return WantedRun(
        id=id,
        name=name,
        parameters=schedule.parameters,
        scheduled_time=due,
        tags=(AUTO_SCHEDULED,),
        idempotency_key=schedule.key(due),
        created_by=CreatedBy(id=schedule.deployment_id, type="SCHEDULE", display_value=schedule.slug or "schedule"),
        auto_scheduled=True,
    )
