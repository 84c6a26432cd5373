"""What can be done with one schedule of a deployment, and planning its runs on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect._domain.deployments import DeploymentSchedule
from prefect._domain.schedule_changes import WantedSchedule, changed, made
from prefect._orchestration.deployments import insert_run, no_deployment
from prefect._orchestration.duties.scheduling import wanted_run
from prefect._store import deployments
from prefect._store import schedules as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

NewId = Callable[[], UUID]


class Span(NamedTuple):
    """Which times are planned: at least `min_runs` and those of `min_time`, at most `max_runs`, none after the end."""

    start: datetime
    end: datetime
    min_time: timedelta
    min_runs: int
    max_runs: int


def read(db: Database, deployment_id: UUID) -> list[DeploymentSchedule]:
    """The schedules of a deployment, oldest first. Raises `ObjectNotFound`."""
    with db.read() as conn:
        if deployments.read_deployment(conn, deployment_id) is None:
            raise no_deployment(deployment_id)
        return store.list_schedules(conn, deployment_id)


def create(
    db: Database, deployment_id: UUID, wanted: Sequence[WantedSchedule], *, now: datetime, new_id: NewId
) -> list[DeploymentSchedule]:
    """Give a deployment further schedules.

    Raises `ObjectNotFound` where there is no such deployment, `ObjectAlreadyExists` for a slug in use.
    """
    with db.write() as conn:
        held = _locked(conn, deployment_id)
        added = [replace(made(each, now, new_id), deployment_id=deployment_id) for each in wanted]
        known = {schedule.id for schedule in held}
        if all(schedule.id in known for schedule in added):
            return added
        _require_free([schedule.slug for schedule in (*held, *added)])
        for schedule in added:
            store.write_schedule(conn, schedule)
        return added


def update(db: Database, deployment_id: UUID, schedule_id: UUID, wanted: WantedSchedule, *, now: datetime) -> None:
    """Change what is given of a schedule; its runs for later are planned anew.

    Raises `ObjectNotFound`, and `ObjectAlreadyExists` for a slug in use.
    """
    with db.write() as conn:
        held = _locked(conn, deployment_id)
        schedule = _with_id(held, schedule_id)
        after = changed(schedule, wanted, now)
        _require_free([after.slug if other.id == schedule_id else other.slug for other in held])
        store.delete_planned_runs(conn, deployment_id, after=now, of=schedule)
        store.write_schedule(conn, after)


def delete(db: Database, deployment_id: UUID, schedule_id: UUID, *, now: datetime) -> None:
    """Remove a schedule and its runs for later. Raises `ObjectNotFound`."""
    with db.write() as conn:
        schedule = _with_id(_locked(conn, deployment_id), schedule_id)
        store.delete_planned_runs(conn, deployment_id, after=now, of=schedule)
        store.delete_schedule(conn, schedule_id)


def plan(
    db: Database,
    deployment_id: UUID,
    span: Span,
    *,
    now: datetime,
    new_id: NewId,
    new_name: Callable[[], str],
) -> int:
    """Make the runs of a deployment's active schedules in a span of time; how many are new. Raises `ObjectNotFound`."""
    with db.write() as conn:
        schedules = _locked(conn, deployment_id)
        deployment = deployments.read_deployment(conn, deployment_id)
        assert deployment is not None
        planned = 0
        for schedule in schedules:
            for due in _times_in(schedule, span) if schedule.active else ():
                run = wanted_run(schedule, due, new_id(), new_name())
                recorded = insert_run(conn, deployment, run, now=now, state_id=new_id())
                planned += recorded.id == run.id
        return planned


def _times_in(schedule: DeploymentSchedule, span: Span) -> list[datetime]:
    times: list[datetime] = []
    for due in schedule.schedule.occurrences(span.start):
        enough = len(times) >= span.min_runs and due > span.start + span.min_time
        if enough or len(times) >= span.max_runs or due > span.end:
            break
        times.append(due)
    return times


def _locked(conn: Connection, deployment_id: UUID) -> list[DeploymentSchedule]:
    if deployments.lock_deployment(conn, deployment_id) is None:
        raise no_deployment(deployment_id)
    return store.list_schedules(conn, deployment_id)


def _with_id(held: Sequence[DeploymentSchedule], schedule_id: UUID) -> DeploymentSchedule:
    found = next((schedule for schedule in held if schedule.id == schedule_id), None)
    if found is None:
        raise ObjectNotFound(help_message=f"The deployment has no schedule {schedule_id}.")
    return found


def _require_free(slugs: Sequence[str | None]) -> None:
    given = [slug for slug in slugs if slug is not None]
    twice = sorted({slug for slug in given if given.count(slug) > 1})
    if twice:
        raise ObjectAlreadyExists(ValueError(f"The deployment has a schedule with the slug {twice[0]!r} already."))
