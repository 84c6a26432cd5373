"""Deployments and their schedules as recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect._domain.deployments import Deployment, DeploymentSchedule
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule
from prefect._store.database import Connection
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = (
    "id, flow_id, name, version, description, path, entrypoint, work_queue_name, paused, tags, parameters, "
    "job_variables, parameter_openapi_schema, enforce_parameter_schema, created, updated"
)
REPLACED = tuple(column for column in COLUMNS.split(", ") if column not in ("id", "flow_id", "name", "created"))
SCHEDULE_COLUMNS = "id, deployment_id, schedule, active, created, updated"


def write_deployment(conn: Connection, deployment: Deployment) -> Deployment:
    """Record a deployment; where its flow has one of that name, that one takes these values and keeps its id."""
    marks = ", ".join("?" * len(COLUMNS.split(", ")))
    news = ", ".join(f"{column} = excluded.{column}" for column in REPLACED)
    conn.execute(
        f"INSERT INTO deployment ({COLUMNS}, status, labels) VALUES ({marks}, 'NOT_READY', '{{}}') "
        f"ON CONFLICT (flow_id, name) DO UPDATE SET {news}",
        _row(deployment),
    )
    kept = read_deployment_by_name(conn, deployment.flow_id, deployment.name)
    assert kept is not None
    return kept


def read_deployment_by_name(conn: Connection, flow_id: UUID, name: str) -> Deployment | None:
    """The deployment of that name of a flow, or None."""
    sql = f"SELECT {COLUMNS} FROM deployment WHERE flow_id = ? AND name = ?"
    rows = conn.execute(sql, (str(flow_id), name))
    return _deployment(rows[0]) if rows else None


def replace_schedules(conn: Connection, deployment_id: UUID, schedules: Sequence[DeploymentSchedule]) -> None:
    """Give a deployment these schedules and no other."""
    conn.execute("DELETE FROM deployment_schedule WHERE deployment_id = ?", (str(deployment_id),))
    for held in schedules:
        conn.execute(
            f"INSERT INTO deployment_schedule ({SCHEDULE_COLUMNS}, parameters) VALUES (?, ?, ?, ?, ?, ?, '{{}}')",
            (
                str(held.id),
                str(deployment_id),
                json_text(schedule_fields(held.schedule)),
                held.active,
                moment(held.created),
                moment(held.updated),
            ),
        )


def list_schedules(conn: Connection, deployment_id: UUID) -> list[DeploymentSchedule]:
    """The schedules of a deployment, oldest first."""
    sql = f"SELECT {SCHEDULE_COLUMNS} FROM deployment_schedule WHERE deployment_id = ? ORDER BY created, id"
    return [
        DeploymentSchedule(
            id=must_read_identity(row[0]),
            deployment_id=must_read_identity(row[1]),
            schedule=read_schedule(read_json(row[2])),
            active=bool(row[3]),
            created=read_moment(row[4]),
            updated=read_moment(row[5]),
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
        deployment.work_queue_name,
        deployment.paused,
        json_text(deployment.tags),
        json_text(deployment.parameters),
        json_text(deployment.job_variables),
        json_text(deployment.parameter_openapi_schema),
        deployment.enforce_parameter_schema,
        moment(deployment.created),
        moment(deployment.updated),
    )


def _deployment(row: tuple[Any, ...]) -> Deployment:
    return Deployment(
        id=must_read_identity(row[0]),
        flow_id=must_read_identity(row[1]),
        name=row[2],
        version=row[3],
        description=row[4],
        path=row[5],
        entrypoint=row[6],
        work_queue_name=row[7],
        paused=bool(row[8]),
        tags=read_json(row[9]),
        parameters=read_json(row[10]),
        job_variables=read_json(row[11]),
        parameter_openapi_schema=read_json(row[12]),
        enforce_parameter_schema=bool(row[13]),
        created=read_moment(row[14]),
        updated=read_moment(row[15]),
    )
