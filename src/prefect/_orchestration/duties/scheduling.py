"""Planning the runs of schedules ahead of their time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.deployments import Deployment, DeploymentSchedule
from prefect._domain.flow_runs import CreatedBy
from prefect._orchestration.deployments import WantedRun, insert_run
from prefect._store import deployments as store
from prefect._store.database import Connection, Database

NewId = Callable[[], UUID]
AUTO_SCHEDULED = "auto-scheduled"
"""The tag of runs that a schedule made."""


class Horizon(NamedTuple):
    """How far ahead runs are planned: at least so many, and those of the next while; never more, nor further."""

    min_runs: int = 3
    min_time: timedelta = timedelta(hours=1)
    max_runs: int = 100
    max_time: timedelta = timedelta(days=100)


DEFAULT_HORIZON = Horizon()


def what_is_scheduled(db: Database) -> tuple[Any, ...]:
    """What changes whenever a deployment or a schedule is made, changed or removed."""
    with db.read() as conn:
        return store.latest_changes(conn)


def plan_runs(
    db: Database,
    *,
    now: datetime,
    new_id: NewId,
    new_name: Callable[[], str],
    horizon: Horizon = DEFAULT_HORIZON,
) -> int:
    """Make the runs that active schedules are to have; how many are new.

    A time of a schedule has one run, whoever plans it and how often: its key is unique in the database.
    """
    with db.read() as conn:
        wanting = [d for d in store.scheduled_deployments(conn) if any(_missing(conn, d, now, horizon))]
    planned = 0
    for deployment in wanting:
        with db.write() as conn:
            current = store.read_deployment(conn, deployment.id)
            if current is None or current.paused:
                continue
            for schedule, due in list(_missing(conn, current, now, horizon)):
                run = _wanted(schedule, due, new_id(), new_name())
                recorded = insert_run(conn, current, run, now=now, state_id=new_id())
                planned += recorded.id == run.id
    return planned


def _missing(
    conn: Connection, deployment: Deployment, now: datetime, horizon: Horizon
) -> Iterator[tuple[DeploymentSchedule, datetime]]:
    """The times that have no run yet, of every active schedule."""
    planned: dict[str, list[datetime]] = {}
    for key, due in store.planned_times(conn, deployment.id, now):
        planned.setdefault(_before_time(key), []).append(due)
    for schedule in store.list_schedules(conn, deployment.id):
        if schedule.active:
            known = planned.get(_prefix(schedule), [])
            yield from ((schedule, due) for due in _wanted_times(schedule, now, horizon) if due not in known)


def _wanted_times(schedule: DeploymentSchedule, now: datetime, horizon: Horizon) -> Iterator[datetime]:
    most = min(horizon.max_runs, schedule.max_scheduled_runs or horizon.max_runs)
    for count, due in enumerate(islice(_after(schedule, now), most)):
        enough = count >= horizon.min_runs and due > now + horizon.min_time
        if enough or due > now + horizon.max_time:
            return
        yield due


def _after(schedule: DeploymentSchedule, now: datetime) -> Iterator[datetime]:
    return (due for due in schedule.schedule.occurrences(now) if due > now)


def _wanted(schedule: DeploymentSchedule, due: datetime, id: UUID, name: str) -> WantedRun:
    return WantedRun(
        id=id,
        name=name,
        parameters=schedule.parameters,
        scheduled_time=due,
        tags=(AUTO_SCHEDULED,),
        idempotency_key=f"{_prefix(schedule)} {due.isoformat()}",
        created_by=CreatedBy(id=schedule.deployment_id, type="SCHEDULE", display_value=schedule.slug or "schedule"),
        auto_scheduled=True,
    )


def _prefix(schedule: DeploymentSchedule) -> str:
    return f"scheduled {schedule.deployment_id} {schedule.id}"


def _before_time(key: str) -> str:
    return key.rpartition(" ")[0]
