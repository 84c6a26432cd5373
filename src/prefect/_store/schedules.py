"""The schedules of deployments, and the runs that they made ahead of their time, as recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.deployments import CatchUp, DeploymentSchedule, key_prefix
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule
from prefect._store.connection import Connection
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment
from prefect._store.watching import announce

COLUMNS = (
    "id, deployment_id, schedule, active, parameters, slug, max_scheduled_runs, catch_up, planned_until, "
    "created, updated"
)
WAITING = "auto_scheduled = ? AND state_type = 'SCHEDULED' AND run_count = 0"
"""A run that a schedule made and that nobody has started."""


def replace_schedules(conn: Connection, deployment_id: UUID, schedules: Sequence[DeploymentSchedule]) -> None:
    """Give a deployment these schedules and no other; one that is known takes the new values."""
    kept = {held.id for held in schedules}
    for gone in list_schedules(conn, deployment_id):
        if gone.id not in kept:
            delete_schedule(conn, gone.id)
    announce(conn)
    conn.execute("UPDATE deployment_schedule SET slug = NULL WHERE deployment_id = ?", (str(deployment_id),))
    for held in schedules:
        write_schedule(conn, held)


def write_schedule(conn: Connection, schedule: DeploymentSchedule) -> None:
    """Record a schedule; one that is known takes the new values."""
    named = COLUMNS.split(", ")
    marks = ", ".join("?" * len(named))
    news = ", ".join(f"{column} = excluded.{column}" for column in named[2:] if column != "created")
    conn.execute(
        f"INSERT INTO deployment_schedule ({COLUMNS}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {news}",
        _row(schedule),
    )
    announce(conn)


def delete_schedule(conn: Connection, schedule_id: UUID) -> bool:
    """Remove a schedule; whether there was one."""
    return conn.change("DELETE FROM deployment_schedule WHERE id = ?", (str(schedule_id),)) > 0


def list_schedules(conn: Connection, deployment_id: UUID) -> list[DeploymentSchedule]:
    """The schedules of a deployment, oldest first."""
    return schedules_of(conn, [deployment_id]).get(deployment_id, [])


def schedules_of(conn: Connection, deployment_ids: Sequence[UUID]) -> dict[UUID, list[DeploymentSchedule]]:
    """The schedules of some deployments, oldest first."""
    if not deployment_ids:
        return {}
    marks = ", ".join("?" * len(deployment_ids))
    sql = f"SELECT {COLUMNS} FROM deployment_schedule WHERE deployment_id IN ({marks}) ORDER BY created, id"
    found: dict[UUID, list[DeploymentSchedule]] = {}
    for row in conn.execute(sql, [str(id) for id in deployment_ids]):
        schedule = _schedule(row)
        found.setdefault(schedule.deployment_id, []).append(schedule)
    return found


class Choosy(NamedTuple):
    """A schedule that does not have every missed time run; its times are not read, for they might not be readable."""

    deployment_id: UUID
    id: UUID
    catch_up: CatchUp


def choosy_schedules(conn: Connection) -> list[Choosy]:
    """The schedules that do not have every missed time run."""
    sql = "SELECT deployment_id, id, catch_up FROM deployment_schedule WHERE catch_up <> 'all' ORDER BY id"
    rows = conn.execute(sql)
    return [Choosy(must_read_identity(row[0]), must_read_identity(row[1]), CatchUp(row[2])) for row in rows]


def set_planned_until(conn: Connection, schedule_id: UUID, until: datetime) -> None:
    """Remember up to when a schedule's times have been seen to."""
    sql = "UPDATE deployment_schedule SET planned_until = ? WHERE id = ?"
    conn.execute(sql, (moment(until), str(schedule_id)))


def plan_anew(conn: Connection, deployment_id: UUID, *, now: datetime) -> None:
    """Have the times from now on planned again; what went by stays as it is."""
    sql = "UPDATE deployment_schedule SET planned_until = ? WHERE deployment_id = ? AND planned_until > ?"
    conn.execute(sql, (moment(now), str(deployment_id), moment(now)))


def forget_the_past(conn: Connection, deployment_id: UUID, *, now: datetime) -> None:
    """Have times planned from now on, and none that went by."""
    conn.execute(
        "UPDATE deployment_schedule SET planned_until = ? WHERE deployment_id = ?", (moment(now), str(deployment_id))
    )


def waiting_times(conn: Connection, deployment_id: UUID) -> list[tuple[str, datetime]]:
    """The idempotency keys and times of the runs that a deployment's schedules made and nobody has started."""
    rows = conn.execute(
        f"SELECT idempotency_key, next_scheduled_start_time FROM flow_run WHERE deployment_id = ? AND {WAITING} "
        "AND idempotency_key IS NOT NULL AND next_scheduled_start_time IS NOT NULL",
        (str(deployment_id), True),
    )
    return [(row[0], due) for row in rows if (due := read_moment(row[1])) is not None]


def unclaimed_runs(conn: Connection, schedule: Choosy, *, before: datetime) -> list[tuple[UUID, datetime]]:
    """The runs of a schedule that are due and that nobody has claimed, the latest first."""
    rows = conn.execute(
        f"SELECT id, next_scheduled_start_time FROM flow_run WHERE deployment_id = ? AND {WAITING} "
        "AND state_name IN ('Scheduled', 'Late') AND idempotency_key LIKE ? AND next_scheduled_start_time <= ? "
        "ORDER BY next_scheduled_start_time DESC",
        (str(schedule.deployment_id), True, f"{key_prefix(schedule.deployment_id, schedule.id)}%", moment(before)),
    )
    return [(must_read_identity(row[0]), due) for row in rows if (due := read_moment(row[1])) is not None]


def delete_planned_runs(
    conn: Connection, deployment_id: UUID, *, after: datetime | None = None, of: DeploymentSchedule | None = None
) -> int:
    """Remove runs that schedules made and that nobody has claimed: all, those due later, those of one schedule."""
    sql, values = f"DELETE FROM flow_run WHERE deployment_id = ? AND {WAITING}", [str(deployment_id), True]
    if after is not None:
        sql, values = f"{sql} AND next_scheduled_start_time > ?", [*values, moment(after)]
    if of is not None:
        sql, values = f"{sql} AND idempotency_key LIKE ?", [*values, f"{of.key_prefix}%"]
    return conn.change(sql, values)


def schedule_fields(schedule: Schedule) -> dict[str, Any]:
    """A schedule as JSON: an interval in seconds, its anchor as a moment."""
    return {name: moment(value) if isinstance(value, datetime) else value for name, value in asdict(schedule).items()}


def read_schedule(fields: dict[str, Any]) -> Schedule:
    """A schedule from JSON, told by its first field."""
    if "cron" in fields:
        return CronSchedule(**fields)
    if "rrule" in fields:
        return RRuleSchedule(**fields)
    interval, anchor = timedelta(seconds=fields["interval"]), datetime.fromisoformat(fields["anchor_date"])
    return IntervalSchedule(interval, anchor, fields.get("timezone"))


def _row(held: DeploymentSchedule) -> tuple[Any, ...]:
    return (
        str(held.id),
        str(held.deployment_id),
        json_text(schedule_fields(held.schedule)),
        held.active,
        json_text(held.parameters),
        held.slug,
        held.max_scheduled_runs,
        held.catch_up.value,
        moment(held.planned_until),
        moment(held.created),
        moment(held.updated),
    )


def _schedule(row: tuple[Any, ...]) -> DeploymentSchedule:
    return DeploymentSchedule(
        id=must_read_identity(row[0]),
        deployment_id=must_read_identity(row[1]),
        schedule=read_schedule(read_json(row[2])),
        active=bool(row[3]),
        parameters=read_json(row[4]),
        slug=row[5],
        max_scheduled_runs=row[6],
        catch_up=CatchUp(row[7]),
        planned_until=read_moment(row[8]),
        created=read_moment(row[9]),
        updated=read_moment(row[10]),
    )
