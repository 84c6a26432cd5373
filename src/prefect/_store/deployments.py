"""Deployments as recorded; their schedules are in `schedules.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.deployments import Deployment
from prefect._domain.filters import Filters
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.sorting import Order
from prefect._store.concurrency import read_options
from prefect._store.conditions import meant, order_by
from prefect._store.connection import Connection
from prefect._store.values import identity, json_text, moment, must_read_identity, read_identity, read_json, read_moment
from prefect._store.watching import announce

COLUMNS = (
    "id",
    "flow_id",
    "name",
    "version",
    "description",
    "path",
    "entrypoint",
    "work_queue_id",
    "work_queue_name",
    "paused",
    "tags",
    "parameters",
    "job_variables",
    "parameter_openapi_schema",
    "enforce_parameter_schema",
    "labels",
    "pull_steps",
    "concurrency_limit_id",
    "concurrency_options",
    "storage_document_id",
    "infrastructure_document_id",
    "last_polled",
    "created_by",
    "updated_by",
    "created",
    "updated",
    "expect_within",
)
FIXED = ("id", "flow_id", "name", "last_polled", "created_by", "created")
CHANGING = tuple(column for column in COLUMNS if column not in FIXED)
NO_FILTERS: Filters = {}
NAMES = ", ".join(COLUMNS)
OF_D = ", ".join(f"d.{column}" for column in COLUMNS)


def insert_deployment(conn: Connection, deployment: Deployment) -> bool:
    """Record a new deployment; whether its name was free in its flow."""
    marks = ", ".join("?" * len(COLUMNS))
    sql = (
        f"INSERT INTO deployment ({NAMES}, status) VALUES ({marks}, 'NOT_READY') ON CONFLICT (flow_id, name) DO NOTHING"
    )
    return conn.change(sql, tuple(_row(deployment).values())) > 0


def write_deployment(conn: Connection, deployment: Deployment) -> None:
    """Write everything of a deployment that can change."""
    row = _row(deployment)
    news = ", ".join(f"{column} = ?" for column in CHANGING)
    values = [row[column] for column in CHANGING]
    conn.execute(f"UPDATE deployment SET {news} WHERE id = ?", (*values, str(deployment.id)))
    announce(conn)


def read_deployment_by_name(conn: Connection, flow_id: UUID, name: str) -> Deployment | None:
    """The deployment of that name of a flow, or None."""
    sql = f"SELECT {NAMES} FROM deployment WHERE flow_id = ? AND name = ?"
    return _first(conn.execute(sql, (str(flow_id), name)))


def read_deployment(conn: Connection, deployment_id: UUID) -> Deployment | None:
    """The deployment with that id, or None."""
    return _first(conn.execute(f"SELECT {NAMES} FROM deployment WHERE id = ?", (str(deployment_id),)))


def lock_deployment(conn: Connection, deployment_id: UUID) -> Deployment | None:
    """The deployment with that id, kept for this transaction alone; call it in a write transaction."""
    return _first(conn.execute(f"SELECT {NAMES} FROM deployment WHERE id = ?{conn.for_update}", (str(deployment_id),)))


def deployments_of_flow(conn: Connection, flow_id: UUID) -> list[Deployment]:
    """The deployments of a flow, by name."""
    rows = conn.execute(f"SELECT {NAMES} FROM deployment WHERE flow_id = ? ORDER BY name", (str(flow_id),))
    return [_deployment(row) for row in rows]


def list_deployments(
    conn: Connection, *, limit: int, offset: int = 0, wanted: Filters = NO_FILTERS, order: Order | None = None
) -> list[tuple[Deployment, str]]:
    """Deployments with the names of their flows; in no other order by these names."""
    sql, values = meant("deployment", wanted, conn.dialect, "d.")
    by = "f.name, d.name" if order is None else order_by(order, "d.")
    rows = conn.execute(
        f"SELECT {OF_D}, f.name FROM deployment d JOIN flow f ON f.id = d.flow_id WHERE {sql} "
        f"ORDER BY {by} LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [(_deployment(row[:-1]), row[-1]) for row in rows]


def count_deployments(conn: Connection, wanted: Filters = NO_FILTERS) -> int:
    """How many deployments are meant."""
    sql, values = meant("deployment", wanted, conn.dialect, "d.")
    return int(conn.execute(f"SELECT COUNT(*) FROM deployment d WHERE {sql}", values)[0][0])


def delete_deployment(conn: Connection, deployment_id: UUID) -> bool:
    """Remove a deployment with its schedules; whether there was one."""
    return conn.change("DELETE FROM deployment WHERE id = ?", (str(deployment_id),)) > 0


def set_paused(conn: Connection, deployment_id: UUID, paused: bool, *, now: datetime) -> None:
    """Stop or start the schedules of a deployment."""
    sql = "UPDATE deployment SET paused = ?, updated = ? WHERE id = ?"
    conn.execute(sql, (paused, moment(now), str(deployment_id)))
    announce(conn)


def touch_deployments(conn: Connection, deployment_ids: Sequence[UUID], *, now: datetime) -> None:
    """Remember that somebody asks for the runs of these deployments."""
    marks = ", ".join("?" * len(deployment_ids))
    sql = f"UPDATE deployment SET last_polled = ?, status = 'READY' WHERE id IN ({marks})"
    conn.execute(sql, (moment(now), *(str(id) for id in deployment_ids)))


def are_touched(conn: Connection, deployment_ids: Sequence[UUID], *, since: datetime) -> bool:
    """Whether it is remembered of all of these deployments that somebody asked for their runs since a moment."""
    marks = ", ".join("?" * len(deployment_ids))
    sql = f"SELECT 1 FROM deployment WHERE id IN ({marks}) AND (last_polled IS NULL OR last_polled < ?) LIMIT 1"
    return not conn.execute(sql, (*(str(id) for id in deployment_ids), moment(since)))


def scheduled_deployments(conn: Connection) -> list[UUID]:
    """The deployments that are not paused and have an active schedule."""
    sql = (
        "SELECT id FROM deployment WHERE NOT paused AND id IN "
        "(SELECT deployment_id FROM deployment_schedule WHERE active) ORDER BY id"
    )
    return [must_read_identity(row[0]) for row in conn.execute(sql)]


def expecting(conn: Connection) -> list[Deployment]:
    """The deployments whose runs are expected to have ended within some time."""
    rows = conn.execute(f"SELECT {NAMES} FROM deployment WHERE expect_within IS NOT NULL ORDER BY id")
    return [_deployment(row) for row in rows]


def latest_changes(conn: Connection) -> tuple[Any, ...]:
    """How many deployments and schedules there are, and when the latest was changed."""
    sql = "SELECT COUNT(*), MAX(updated) FROM"
    return (*conn.execute(f"{sql} deployment")[0], *conn.execute(f"{sql} deployment_schedule")[0])


def _row(deployment: Deployment) -> dict[str, Any]:
    options = deployment.concurrency_options
    return {
        "id": str(deployment.id),
        "flow_id": str(deployment.flow_id),
        "name": deployment.name,
        "version": deployment.version,
        "description": deployment.description,
        "path": deployment.path,
        "entrypoint": deployment.entrypoint,
        "work_queue_id": identity(deployment.work_queue_id),
        "work_queue_name": deployment.work_queue_name,
        "paused": deployment.paused,
        "tags": json_text(deployment.tags),
        "parameters": json_text(deployment.parameters),
        "job_variables": json_text(deployment.job_variables),
        "parameter_openapi_schema": json_text(deployment.parameter_openapi_schema),
        "enforce_parameter_schema": deployment.enforce_parameter_schema,
        "labels": json_text(deployment.labels),
        "pull_steps": None if deployment.pull_steps is None else json_text(deployment.pull_steps),
        "concurrency_limit_id": identity(deployment.concurrency_limit_id),
        "concurrency_options": None if options is None else json_text(options._asdict()),
        "storage_document_id": identity(deployment.storage_document_id),
        "infrastructure_document_id": identity(deployment.infrastructure_document_id),
        "last_polled": moment(deployment.last_polled),
        "created_by": None if deployment.created_by is None else json_text(deployment.created_by),
        "updated_by": None if deployment.updated_by is None else json_text(deployment.updated_by),
        "created": moment(deployment.created),
        "updated": moment(deployment.updated),
        "expect_within": deployment.expect_within,
    }


def _first(rows: list[tuple[Any, ...]]) -> Deployment | None:
    return _deployment(rows[0]) if rows else None


def _deployment(row: tuple[Any, ...]) -> Deployment:
    held = dict(zip(COLUMNS, row, strict=True))
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
        parameter_openapi_schema=read_json(held["parameter_openapi_schema"]) or {},
        enforce_parameter_schema=bool(held["enforce_parameter_schema"]),
        labels=read_json(held["labels"]),
        pull_steps=read_json(held["pull_steps"]),
        concurrency_limit_id=read_identity(held["concurrency_limit_id"]),
        concurrency_options=read_options(read_json(held["concurrency_options"])),
        storage_document_id=read_identity(held["storage_document_id"]),
        infrastructure_document_id=read_identity(held["infrastructure_document_id"]),
        last_polled=read_moment(held["last_polled"]),
        created_by=_creator(read_json(held["created_by"])),
        updated_by=_creator(read_json(held["updated_by"])),
        created=read_moment(held["created"]),
        updated=read_moment(held["updated"]),
        expect_within=held["expect_within"],
    )


def _creator(held: dict[str, Any] | None) -> CreatedBy | None:
    return CreatedBy(**{**held, "id": read_identity(held.get("id"))}) if held else None
