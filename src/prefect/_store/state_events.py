"""The states of flow runs and task runs, read as events (`_domain/state_events.py`).

Each row brings the run, the state before, and the names of what the run belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect._domain.events import Event, Position
from prefect._domain.state_events import FlowRunTold, Named, StateTold, TaskRunTold, flow_run_event, task_run_event
from prefect._store.connection import Row
from prefect._store.values import must_read_identity, must_read_moment, read_json, read_moment

STATE = ("id", "type", "name", "timestamp", "message")
SELECT_OF_FLOW_RUNS = (
    f"SELECT s.turn, {', '.join(f's.{column}' for column in STATE)}, {', '.join(f'b.{column}' for column in STATE)}, "
    "s.flow_run_id, r.name, r.tags, r.created_by, r.flow_id, f.name, r.parent_task_run_id, t.name, "
    "r.deployment_id, d.name, r.work_queue_id, q.name, p.id, p.name, "
    "(SELECT COUNT(*) FROM flow_run_state e WHERE e.flow_run_id = s.flow_run_id AND e.type = 'RUNNING' "
    "AND e.timestamp <= s.timestamp) "
    "FROM flow_run_state s JOIN flow_run r ON r.id = s.flow_run_id LEFT JOIN flow f ON f.id = r.flow_id "
    "LEFT JOIN task_run t ON t.id = r.parent_task_run_id LEFT JOIN deployment d ON d.id = r.deployment_id "
    "LEFT JOIN work_queue q ON q.id = r.work_queue_id "
    "LEFT JOIN work_pool p ON p.id = q.work_pool_id "
    "LEFT JOIN flow_run_state b ON b.id = (SELECT e.id FROM flow_run_state e WHERE e.flow_run_id = s.flow_run_id "
    "AND e.timestamp < s.timestamp ORDER BY e.timestamp DESC LIMIT 1)"
)
TASK_RUN = (
    *("name", "task_key", "dynamic_key", "empirical_policy", "tags", "labels", "task_inputs", "cache_key"),
    *("cache_expiration", "task_version", "run_count", "flow_run_run_count", "expected_start_time"),
    *("next_scheduled_start_time", "start_time", "end_time", "total_run_time"),
)
SELECT_OF_TASK_RUNS = (
    f"SELECT s.turn, {', '.join(f's.{column}' for column in STATE)}, {', '.join(f'b.{column}' for column in STATE)}, "
    "s.task_run_id, t.flow_run_id, r.name, r.flow_id, f.name, "
    "(SELECT COUNT(*) FROM task_run_state e WHERE e.task_run_id = s.task_run_id AND e.type = 'RUNNING' "
    "AND e.timestamp <= s.timestamp), "
    f"{', '.join(f't.{column}' for column in TASK_RUN)} "
    "FROM task_run_state s JOIN task_run t ON t.id = s.task_run_id LEFT JOIN flow_run r ON r.id = t.flow_run_id "
    "LEFT JOIN flow f ON f.id = r.flow_id "
    "LEFT JOIN task_run_state b ON b.task_run_id = s.task_run_id AND b.timestamp = (SELECT MAX(e.timestamp) "
    "FROM task_run_state e WHERE e.task_run_id = s.task_run_id AND e.timestamp < s.timestamp)"
)
_NAME, _TAGS = TASK_RUN.index("name"), TASK_RUN.index("tags")
WIDTH = len(STATE)
MOMENTS = ("cache_expiration", "expected_start_time", "next_scheduled_start_time", "start_time", "end_time")

Placed = tuple[Position, Event]


def read_flow_run(row: Row) -> Placed:
    """An event from the columns of `SELECT_OF_FLOW_RUNS`."""
    state, before, rest = _states(row)
    run_id, name, tags, created_by, *owners, run_count = rest
    told = FlowRunTold(
        id=str(run_id),
        name=name,
        run_count=run_count,
        state=state,
        before=before,
        flow=_must_be_named(owners[0], owners[1]),
        parent=_named(owners[2], owners[3]),
        deployment=_named(owners[4], owners[5]),
        work_queue=_named(owners[6], owners[7]),
        work_pool=_named(owners[8], owners[9]),
        tags=tuple(read_json(tags)),
        creator=_creator(read_json(created_by)),
    )
    return _placed(row, flow_run_event(told))


def read_task_run(row: Row) -> Placed:
    """An event from the columns of `SELECT_OF_TASK_RUNS`."""
    state, before, rest = _states(row)
    task_run_id, flow_run_id, flow_run_name, flow_id, flow_name, run_count, *fields = rest
    told = TaskRunTold(
        id=str(task_run_id),
        name=fields[_NAME],
        run_count=run_count,
        state=state,
        before=before,
        flow_run=_named(flow_run_id, flow_run_name),
        flow=_named(flow_id, flow_name),
        tags=tuple(read_json(fields[_TAGS])),
        run=lambda: _plain(dict(zip(TASK_RUN, fields, strict=True))),
    )
    return _placed(row, task_run_event(told))


def _states(row: Row) -> tuple[StateTold, StateTold | None, Sequence[Any]]:
    """The state, the one before it, and the other columns."""
    state, before, rest = row[1 : 1 + WIDTH], row[1 + WIDTH : 1 + 2 * WIDTH], row[1 + 2 * WIDTH :]
    return _state(state), _state(before) if before[0] is not None else None, rest


def _state(row: Row) -> StateTold:
    id, type, name, timestamp, message = row
    return StateTold(must_read_identity(id), type, name, must_read_moment(timestamp), message)


def _placed(row: Row, event: Event) -> Placed:
    return Position(row[0], event.occurred, event.id), event


def _named(id: Any, name: str | None) -> Named | None:
    return None if id is None else _must_be_named(id, name)


def _must_be_named(id: Any, name: str | None) -> Named:
    return Named(str(id), name)


def _creator(created_by: Any) -> tuple[str, UUID, str | None] | None:
    if not created_by or created_by.get("id") is None or created_by.get("type") is None:
        return None
    return created_by["type"], must_read_identity(created_by["id"]), created_by.get("display_value")


def _plain(run: dict[str, Any]) -> dict[str, Any]:
    """The fields of a task run as JSON tells them; those that are not known are left out."""
    told = {name: value for name, value in run.items() if value is not None}
    for name in ("empirical_policy", "tags", "labels", "task_inputs"):
        told[name] = read_json(told[name])
    for name in MOMENTS:
        if (moment := read_moment(told.get(name))) is not None:
            told[name] = moment.isoformat().replace("+00:00", "Z")
    return told
