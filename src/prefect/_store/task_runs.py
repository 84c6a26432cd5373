"""Task runs and their states as recorded.

The journal writes most of them in batches (`journal.py`), with the statements of this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun, TaskRunPolicy
from prefect._store.database import Connection
from prefect._store.flow_runs import run_state, run_times, state_columns
from prefect._store.values import (
    STATE_COLUMNS,
    json_text,
    moment,
    must_read_identity,
    read_identity,
    read_json,
    read_state,
    state_row,
)

COLUMNS = (
    "id",
    "created",
    "updated",
    "flow_run_id",
    "name",
    "task_key",
    "dynamic_key",
    "tags",
    "labels",
    "empirical_policy",
    "task_inputs",
    "cache_key",
    "cache_expiration",
    "task_version",
    "flow_run_run_count",
    "run_count",
    "expected_start_time",
    "next_scheduled_start_time",
    "start_time",
    "end_time",
    "total_run_time",
    "state_id",
    "state_type",
    "state_name",
    "state_timestamp",
    "state_message",
    "state_details",
    "state_data",
)
UPSERT = (
    f"INSERT INTO task_run ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in COLUMNS[2:])} "
    "WHERE excluded.state_timestamp >= task_run.state_timestamp"
)
INSERT_STATE = (
    f"INSERT INTO task_run_state ({STATE_COLUMNS}, task_run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
SELECT = f"SELECT {', '.join(COLUMNS)} FROM task_run"

_policies: dict[int, tuple[TaskRunPolicy, str]] = {}


def task_run_row(run: TaskRun) -> tuple[Any, ...]:
    """A run as it is now, for `UPSERT`."""
    state = run.state
    stamp = moment(state.timestamp) if state is not None else None
    return (
        str(run.id),
        moment(run.created) or stamp,
        stamp,
        None if run.flow_run_id is None else str(run.flow_run_id),
        run.name,
        run.task_key,
        run.dynamic_key,
        json_text(run.tags) if run.tags else "[]",
        json_text(run.labels) if run.labels else "{}",
        _policy_text(run.empirical_policy),
        json_text(run.task_inputs) if run.task_inputs else "{}",
        run.cache_key,
        moment(run.cache_expiration),
        run.task_version,
        run.flow_run_run_count,
        run.run_count,
        moment(run.expected_start_time),
        moment(run.next_scheduled_start_time),
        moment(run.start_time),
        moment(run.end_time),
        run.total_run_time.total_seconds(),
        *state_columns(state),
    )


def _policy_text(policy: TaskRunPolicy) -> str:
    """A policy as JSON; the runs of a task share one, so it is written out once."""
    known = _policies.get(id(policy))
    if known is None or known[0] is not policy:
        if len(_policies) > 1000:
            _policies.clear()
        known = _policies[id(policy)] = (policy, json_text(policy))
    return known[1]


def write_task_run(conn: Connection, run: TaskRun) -> None:
    """Write a run as it is now, unless a later state of it is recorded already."""
    conn.execute(UPSERT, task_run_row(run))


def insert_task_run_state(conn: Connection, task_run_id: UUID, state: State) -> None:
    """Add a state to a run's history."""
    conn.execute(INSERT_STATE, (*state_row(state), str(task_run_id)))


def read_task_run(conn: Connection, task_run_id: UUID) -> TaskRun | None:
    """The run with that id, or None."""
    rows = conn.execute(f"{SELECT} WHERE id = ?", (str(task_run_id),))
    return _task_run(rows[0]) if rows else None


def open_task_runs(conn: Connection, flow_run_id: UUID) -> list[TaskRun]:
    """The task runs of a flow run that have not ended."""
    rows = conn.execute(
        f"{SELECT} WHERE flow_run_id = ? AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')",
        (str(flow_run_id),),
    )
    return [_task_run(row) for row in rows]


def list_task_runs(
    conn: Connection,
    *,
    limit: int,
    offset: int = 0,
    flow_run_id: UUID | None = None,
    state_types: Sequence[str] = (),
    state_names: Sequence[str] = (),
) -> list[TaskRun]:
    """Task runs, latest first; an empty condition lets all through."""
    conditions, parameters = [], list[Any]()
    if flow_run_id is not None:
        conditions.append("flow_run_id = ?")
        parameters.append(str(flow_run_id))
    for column, wanted in {"state_type": state_types, "state_name": state_names}.items():
        if wanted:
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            parameters.extend(wanted)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = conn.execute(
        f"{SELECT} {where} ORDER BY expected_start_time DESC, id DESC LIMIT ? OFFSET ?", (*parameters, limit, offset)
    )
    return [_task_run(row) for row in rows]


def task_run_states(conn: Connection, task_run_id: UUID) -> list[State]:
    """A run's history, oldest first."""
    rows = conn.execute(
        f"SELECT {STATE_COLUMNS} FROM task_run_state WHERE task_run_id = ? ORDER BY timestamp", (str(task_run_id),)
    )
    return [read_state(row, task_run_id=task_run_id) for row in rows]


def _task_run(row: tuple[Any, ...]) -> TaskRun:
    held = dict(zip(COLUMNS, row, strict=True))
    run_id, flow_run_id = must_read_identity(held["id"]), read_identity(held["flow_run_id"])
    return TaskRun(
        id=run_id,
        name=held["name"],
        task_key=held["task_key"],
        dynamic_key=held["dynamic_key"],
        flow_run_id=flow_run_id,
        state=run_state(held, task_run_id=run_id, flow_run_id=flow_run_id),
        tags=read_json(held["tags"]),
        labels=read_json(held["labels"]),
        empirical_policy=TaskRunPolicy(**read_json(held["empirical_policy"])),
        task_inputs=read_json(held["task_inputs"]),
        cache_key=held["cache_key"],
        task_version=held["task_version"],
        flow_run_run_count=held["flow_run_run_count"],
        **run_times(held),
    )
