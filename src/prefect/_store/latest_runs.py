"""The last runs of flows and of deployments, by indexes and in bounds: lists ask for them again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.latest_runs import LatestRun
from prefect._domain.states import StateType
from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_identity, read_moment

COLUMNS = "id, name, state_type, state_name, expected_start_time, start_time, total_run_time, end_time"
BEGUN = "COALESCE(start_time, expected_start_time)"


def of_flow(conn: Connection, flow_id: UUID, *, now: datetime, limit: int) -> list[LatestRun]:
    """The last runs of a flow that are no longer to come, the latest first."""
    sql = f"SELECT {COLUMNS} FROM flow_run WHERE flow_id = ? AND {BEGUN} <= ? ORDER BY {BEGUN} DESC LIMIT ?"
    return [_run(row, now) for row in conn.execute(sql, (str(flow_id), moment(now), limit))]


def of_deployment(conn: Connection, deployment_id: UUID, *, now: datetime, limit: int) -> list[LatestRun]:
    """The last runs of a deployment that are no longer to come, the latest first."""
    sql = (
        f"SELECT {COLUMNS} FROM flow_run WHERE deployment_id = ? AND expected_start_time <= ? "
        "ORDER BY expected_start_time DESC LIMIT ?"
    )
    return [_run(row, now) for row in conn.execute(sql, (str(deployment_id), moment(now), limit))]


def _run(row: tuple[Any, ...], now: datetime) -> LatestRun:
    started, ended = read_moment(row[5]), read_moment(row[7])
    running = (now - started).total_seconds() if started is not None and ended is None else 0.0
    return LatestRun(
        must_read_identity(row[0]),
        row[1],
        StateType(row[2]),
        row[3],
        read_moment(row[4]),
        started,
        max(row[6] or 0.0, running if row[2] == "RUNNING" else 0.0),
    )
