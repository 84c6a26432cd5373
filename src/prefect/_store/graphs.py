"""What the graph of a flow run is made of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._domain.graph import GraphArtifact, Step
from prefect._domain.states import StateType
from prefect._domain.tries import Moment
from prefect._store.connection import Connection, Row
from prefect._store.values import moment, must_read_identity, must_read_moment, read_identity, read_json, read_moment


def steps_of(conn: Connection, flow_run_id: UUID, *, since: datetime, limit: int) -> list[Step]:
    """The task runs of a flow run that have started and were not over before a moment, as they started."""
    start = "COALESCE(s.start_time, s.expected_start_time, t.start_time, t.expected_start_time)"
    end = "CASE WHEN s.id IS NULL THEN t.end_time ELSE s.end_time END"
    rows = conn.execute(
        f"SELECT t.id, s.id, t.name, s.name, f.name, COALESCE(s.state_type, t.state_type), {start}, {end}, "
        "t.task_inputs FROM task_run t LEFT JOIN flow_run s ON s.parent_task_run_id = t.id "
        "LEFT JOIN flow f ON f.id = s.flow_id "
        f"WHERE t.flow_run_id = ? AND t.state_type <> 'PENDING' AND {start} IS NOT NULL "
        f"AND ({end} IS NULL OR {end} >= ?) ORDER BY {start}, t.id LIMIT ?",
        (str(flow_run_id), moment(since), limit),
    )
    return [_step(row) for row in rows]


def _step(row: Row) -> Step:
    task_run, subflow, name, subflow_name, flow_name, type, start, end, inputs = row
    label = name if subflow is None else f"{flow_name} / {subflow_name}"
    return Step(
        must_read_identity(task_run),
        read_identity(subflow),
        label,
        StateType(type),
        must_read_moment(start),
        read_moment(end),
        read_json(inputs),
    )


def artifacts_of(conn: Connection, flow_run_id: UUID, *, limit: int) -> list[tuple[UUID | None, GraphArtifact]]:
    """The artifacts of a flow run and its tasks, each with its task run, the oldest first."""
    rows = conn.execute(
        "SELECT a.task_run_id, a.id, a.created, a.key, a.type, c.id IS NOT NULL, "
        "CASE WHEN a.type = 'progress' THEN a.data END "
        "FROM artifact a LEFT JOIN artifact_collection c ON c.latest_id = a.id AND c.key = a.key "
        "WHERE a.flow_run_id = ? AND (a.type IS NULL OR a.type <> 'result') ORDER BY a.created, a.id LIMIT ?",
        (str(flow_run_id), limit),
    )
    return [(read_identity(row[0]), _artifact(row[1:])) for row in rows]


def _artifact(row: Row) -> GraphArtifact:
    id, created, key, type, is_latest, data = row
    return GraphArtifact(must_read_identity(id), must_read_moment(created), key, type, bool(is_latest), read_json(data))


def moments_of_retried(conn: Connection, flow_run_id: UUID, *, limit: int) -> list[Moment]:
    """When those task runs of a flow run that were run more than once came into their states."""
    rows = conn.execute(
        "SELECT s.task_run_id, s.timestamp, s.type FROM task_run t JOIN task_run_state s ON s.task_run_id = t.id "
        "WHERE t.flow_run_id = ? AND t.run_count > 1 ORDER BY s.task_run_id, s.timestamp LIMIT ?",
        (str(flow_run_id), limit),
    )
    return [Moment(must_read_identity(id), must_read_moment(at), StateType(type)) for id, at, type in rows]
