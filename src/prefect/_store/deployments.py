"""Deployments and their schedules as recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect._domain.deployments import Deployment, DeploymentSchedule
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule
from prefect._store.conditions import where
from prefect._store.database import Connection
from prefect._store.values import identity, json_text, moment, must_read_identity, read_identity, read_json, read_moment
from prefect._store.watching import announce

COLUMNS = (
    "id, flow_id, name, version, description, path, entrypoint, work_queue_id, work_queue_name, paused, tags, "
    "parameters, job_variables, parameter_openapi_schema, enforce_parameter_schema, labels, pull_steps, "
    "created, updated"
)
REPLACED = tuple(column for column in COLUMNS.split(", ") if column not in ("id", "flow_id", "name", "created"))
SCHEDULE_COLUMNS = "id, deployment_id, schedule, active, parameters, slug, max_scheduled_runs, created, updated"


def write_deployment(conn: Connection, deployment: Deployment) -> Deployment:
    """Record a deployment; where its flow has one of that name, that one takes these values and keeps its id."""
    marks = ", ".join("?" * len(COLUMNS.split(", ")))
    news = ", ".join(f"{column} = excluded.{column}" for column in REPLACED)
    conn.execute(
        f"INSERT INTO deployment ({COLUMNS}, status) VALUES ({marks}, 'NOT_READY') "
        f"ON CONFLICT (flow_id, name) DO UPDATE SET {news}",
        _row(deployment),
    )
    announce(conn)
    kept = read_deployment_by_name(conn, deployment.flow_id, deployment.name)
    assert kept is not None
    return kept


def read_deployment_by_name(conn: Connection, flow_id: UUID, name: str) -> Deployment | None:
    """The deployment of that name of a flow, or None."""
    sql = f"SELECT {COLUMNS} FROM deployment WHERE flow_id = ? AND name = ?"
    rows = conn.execute(sql, (str(flow_id), name))
    return _deployment(rows[0]) if rows else None


def read_deployment(conn: Connection, deployment_id: UUID) -> Deployment | None:
    """The deployment with that id, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM deployment WHERE id = ?", (str(deployment_id),))
    return _deployment(rows[0]) if rows else None


def list_deployments(
    conn: Connection, *, limit: int, offset: int = 0, flows: Filter = EVERYTHING
) -> list[tuple[Deployment, str]]:
    """Deployments with the names of their flows, by these names; `flows` says whose are meant."""
    meant, values = where(flows, conn.dialect, "f.")
    columns = ", ".join(f"d.{column}" for column in COLUMNS.split(", "))
    rows = conn.execute(
        f"SELECT {columns}, f.name FROM deployment d JOIN flow f ON f.id = d.flow_id WHERE {meant} "
        "ORDER BY f.name, d.name LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [(_deployment(row[:-1]), row[-1]) for row in rows]


def delete_deployment(conn: Connection, deployment_id: UUID) -> bool:
    """Remove a deployment with its schedules, and the runs that its schedules made for later; whether there was one."""
    delete_planned_runs(conn, deployment_id)
    return conn.change("DELETE FROM deployment WHERE id = ?", (str(deployment_id),)) > 0


def set_paused(conn: Connection, deployment_id: UUID, paused: bool, *, now: datetime) -> None:
    """Stop or start the schedules of a deployment."""
    sql = "UPDATE deployment SET paused = ?, updated = ? WHERE id = ?"
    conn.execute(sql, (paused, moment(now), str(deployment_id)))
    announce(conn)


def delete_planned_runs(conn: Connection, deployment_id: UUID, after: datetime | None = None) -> int:
    """Remove the runs that schedules made and that nobody has claimed: all of them, or those due after a moment."""
    sql = "DELETE FROM flow_run WHERE deployment_id = ? AND auto_scheduled = ? AND state_type = 'SCHEDULED'"
    sql, values = f"{sql} AND run_count = 0", [str(deployment_id), True]
    if after is not None:
        sql, values = f"{sql} AND next_scheduled_start_time > ?", [*values, moment(after)]
    return conn.change(sql, values)


def planned_times(conn: Connection, deployment_id: UUID, after: datetime) -> list[tuple[str, datetime]]:
    """The idempotency keys and times of a deployment's runs that its schedules made and that are due later."""
    rows = conn.execute(
        "SELECT idempotency_key, next_scheduled_start_time FROM flow_run "
        "WHERE deployment_id = ? AND auto_scheduled = ? AND state_type = 'SCHEDULED' "
        "AND next_scheduled_start_time > ? AND idempotency_key IS NOT NULL",
        (str(deployment_id), True, moment(after)),
    )
    return [(row[0], due) for row in rows if (due := read_moment(row[1])) is not None]


def scheduled_deployments(conn: Connection) -> list[Deployment]:
    """The deployments that are not paused and have an active schedule."""
    sql = (
        f"SELECT {COLUMNS} FROM deployment WHERE NOT paused AND id IN "
        "(SELECT deployment_id FROM deployment_schedule WHERE active) ORDER BY id"
    )
    return [_deployment(row) for row in conn.execute(sql)]


def latest_changes(conn: Connection) -> tuple[Any, ...]:
    """How many deployments and schedules there are, and when the latest was changed."""
    sql = "SELECT COUNT(*), MAX(updated) FROM"
    return (*conn.execute(f"{sql} deployment")[0], *conn.execute(f"{sql} deployment_schedule")[0])


def replace_schedules(conn: Connection, deployment_id: UUID, schedules: Sequence[DeploymentSchedule]) -> None:
    """Give a deployment these schedules and no other."""
    conn.execute("DELETE FROM deployment_schedule WHERE deployment_id = ?", (str(deployment_id),))
    for held in schedules:
        conn.execute(
            f"INSERT INTO deployment_schedule ({SCHEDULE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                str(held.id),
                str(deployment_id),
                json_text(schedule_fields(held.schedule)),
                held.active,
                json_text(held.parameters),
                held.slug,
                held.max_scheduled_runs,
                moment(held.created),
                moment(held.updated),
            ),
        )
    announce(conn)


def list_schedules(conn: Connection, deployment_id: UUID) -> list[DeploymentSchedule]:
    """The schedules of a deployment, oldest first."""
    sql = f"SELECT {SCHEDULE_COLUMNS} FROM deployment_schedule WHERE deployment_id = ? ORDER BY created, id"
    return [
        DeploymentSchedule(
            id=must_read_identity(row[0]),
            deployment_id=must_read_identity(row[1]),
            schedule=read_schedule(read_json(row[2])),
            active=bool(row[3]),
            parameters=read_json(row[4]),
            slug=row[5],
            max_scheduled_runs=row[6],
            created=read_moment(row[7]),
            updated=read_moment(row[8]),
        )
        for row in conn.execute(sql, (str(deployment_id),))
    ]


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


def _row(deployment: Deployment) -> tuple[Any, ...]:
    return (
        str(deployment.id),
        str(deployment.flow_id),
        deployment.name,
        deployment.version,
        deployment.description,
        deployment.path,
        deployment.entrypoint,
        identity(deployment.work_queue_id),
        deployment.work_queue_name,
        deployment.paused,
        json_text(deployment.tags),
        json_text(deployment.parameters),
        json_text(deployment.job_variables),
        json_text(deployment.parameter_openapi_schema),
        deployment.enforce_parameter_schema,
        json_text(deployment.labels),
        None if deployment.pull_steps is None else json_text(deployment.pull_steps),
        moment(deployment.created),
        moment(deployment.updated),
    )


def _deployment(row: tuple[Any, ...]) -> Deployment:
    held = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Deployment(
        id=must_read_identity(held["id"]),
        flow_id=must_read_identity(held["flow_id"]),
        name=held["name"],
        version=held["version"],
        description=held["description"],
        path=held["path"],
        entrypoint=held["entrypoint"],
        work_queue_id=read_identity(held["work_queue_id"]),
        work_queue_name=held["work_queue_name"],
        paused=bool(held["paused"]),
        tags=read_json(held["tags"]),
        parameters=read_json(held["parameters"]),
        job_variables=read_json(held["job_variables"]),
        parameter_openapi_schema=read_json(held["parameter_openapi_schema"]),
        enforce_parameter_schema=bool(held["enforce_parameter_schema"]),
        labels=read_json(held["labels"]),
        pull_steps=read_json(held["pull_steps"]),
        created=read_moment(held["created"]),
        updated=read_moment(held["updated"]),
    )
