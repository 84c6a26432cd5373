"""How long the last completed runs took, in seconds, by indexes and in bounds: pages ask for it again and again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._store.connection import Connection
from prefect._store.values import moment

LAST_RUNS = 100
"""Among how many runs of a flow those that completed are looked for."""
LAST_RUNS_OF_TASK = 20
"""In how many runs of a flow the runs of a task are looked for."""
MOST_TASK_RUNS = 200
LAST = (
    "SELECT id, state_type, total_run_time FROM flow_run WHERE flow_id = ? "
    "AND COALESCE(start_time, expected_start_time) <= ? "
    "ORDER BY COALESCE(start_time, expected_start_time) DESC LIMIT "
)


def of_flow(conn: Connection, flow_id: UUID, *, now: datetime) -> list[float]:
    """How long those of a flow's last runs took that completed."""
    sql = f"SELECT r.total_run_time FROM ({LAST}{LAST_RUNS}) r WHERE r.state_type = 'COMPLETED'"
    return [row[0] for row in conn.execute(sql, (str(flow_id), moment(now)))]


def of_task(conn: Connection, flow_id: UUID, task_key: str, *, now: datetime) -> list[float]:
    """How long the completed runs of a task took in the last runs of its flow."""
    rows = conn.execute(
        "SELECT t.total_run_time FROM task_run t "
        f"WHERE t.flow_run_id IN (SELECT r.id FROM ({LAST}{LAST_RUNS_OF_TASK}) r) "
        f"AND t.task_key = ? AND t.state_type = 'COMPLETED' LIMIT {MOST_TASK_RUNS}",
        (str(flow_id), moment(now), task_key),
    )
    return [row[0] for row in rows]
