"""Task runs and their states as recorded.

The journal writes most of them in batches (`journal.py`), with the statements of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter, Filters
from prefect._domain.sorting import SORTS, Order
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun, TaskRunPolicy
from prefect._store.conditions import meant, order_by
from prefect._store.connection import Connection, Row
from prefect._store.flow_runs import run_state, run_times
from prefect._store.values import (
    STATE_COLUMNS,
    data_text,
    details_text,
    identity,
    json_text,
    moment,
    must_read_identity,
    read_identity,
    read_json,
    read_moment,
    read_state,
    state_row,
)

_policies: dict[int, tuple[TaskRunPolicy, str]] = {}


def _policy_text(policy: TaskRunPolicy) -> str:
    """A policy as JSON; the runs of a task share one, so it is written out once."""
    known = _policies.get(id(policy))
    if known is None or known[0] is not policy:
        if len(_policies) > 1000:
            _policies.clear()
        known = _policies[id(policy)] = (policy, json_text(policy))
    return known[1]


RUN_COLUMNS: dict[str, Callable[[Any], Any] | None] = {
    "id": str,
    "created": moment,
    "flow_run_id": identity,
    "name": None,
    "task_key": None,
    "dynamic_key": None,
    "tags": json_text,
    "labels": json_text,
    "empirical_policy": _policy_text,
    "task_inputs": json_text,
    "cache_key": None,
    "cache_expiration": moment,
    "task_version": None,
    "flow_run_run_count": None,
    "run_count": None,
    "expected_start_time": moment,
    "next_scheduled_start_time": moment,
    "start_time": moment,
    "end_time": moment,
    "total_run_time": timedelta.total_seconds,
}
"""The fields of a run that are columns of that name, and how each is written."""

COLUMNS = (
    *RUN_COLUMNS,
    "updated",
    "state_id",
    "state_type",
    "state_name",
    "state_timestamp",
    "state_message",
    "state_details",
    "state_data",
)
CHANGING = [column for column in COLUMNS[2:] if column != "labels"]
"""What a later state of a run changes; its labels are changed by whoever notes something about it."""
UPSERT = (
    f"INSERT INTO task_run ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in CHANGING)} "
    "WHERE excluded.state_timestamp >= task_run.state_timestamp "
    "OR (task_run.state_type = 'CRASHED' AND excluded.state_type IN ('COMPLETED', 'FAILED'))"
)
"""The latest state counts; but an end that a run reached, and that is heard of late, outranks that it was given up."""
INSERT_STATE = (
    f"INSERT INTO task_run_state ({STATE_COLUMNS}, task_run_id, turn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
SELECT = f"SELECT {', '.join(COLUMNS)} FROM task_run"


class Moment(NamedTuple):
    """A run and its state as they were when it entered the state, cheap to make; the writer makes rows of it."""

    run: Row
    state: Row

    @classmethod
    def of(cls, run: TaskRun) -> Moment:
        """A run as it is now. The value that its state may hold is let go."""
        assert run.state is not None
        return cls(_run_fields(run), (*_state_fields(run.state), data_text(run.state.data)))

    @property
    def flow_run_id(self) -> UUID | None:
        """The flow run in which the run was called."""
        id: UUID | None = self.run[_FLOW_RUN]
        return id

    @property
    def entered(self) -> datetime:
        """When the run entered the state."""
        timestamp: datetime = self.state[3]
        return timestamp

    def task_run(self) -> TaskRun:
        """The run as it was."""
        id, type, name, timestamp, message, details, data = self.state
        state = State(type, name, id, timestamp, message, read_json(data), details)
        return TaskRun(**dict(zip(RUN_COLUMNS, self.run)), state=state)


_run_fields = attrgetter(*RUN_COLUMNS)
_state_fields = attrgetter("id", "type", "name", "timestamp", "message", "state_details")
_FLOW_RUN = list(RUN_COLUMNS).index("flow_run_id")
_WRITERS = tuple((place, write) for place, write in enumerate(RUN_COLUMNS.values()) if place and write is not None)


def rows(moments: Iterable[Moment], turn: int) -> tuple[list[Row], list[Row]]:
    """For `UPSERT` a row of each run as it was last, and for `INSERT_STATE` a row of each moment's state."""
    last: dict[int, tuple[str, Row, Row]] = {}
    states = []
    for run, state in moments:
        key, columns = run[0].int, _state_columns(*state)
        id = last[key][0] if key in last else str(run[0])
        states.append((*columns, id, turn))
        last[key] = id, run, columns
    return [_run_row(*of_run) for of_run in last.values()], states


def _state_columns(
    id: UUID, type: StateType, name: str, timestamp: datetime, message: str | None, details: StateDetails, data: Any
) -> Row:
    return str(id), type.value, name, moment(timestamp), message, details_text(details), data


def _run_row(id: str, run: Row, state: Row) -> Row:
    written = [id, *run[1:]]
    for place, write in _WRITERS:
        written[place] = write(run[place])
    return (*written, state[3], *state)


def write_task_run(conn: Connection, run: TaskRun) -> None:
    """Write a run as it is now, unless a later state of it is recorded already."""
    (row,), _ = rows([Moment.of(run)], conn.turn)
    conn.execute(UPSERT, row)


def insert_task_run_state(conn: Connection, task_run_id: UUID, state: State) -> None:
    """Add a state to a run's history."""
    conn.execute(INSERT_STATE, (*state_row(state), str(task_run_id), conn.turn))


def read_task_run(conn: Connection, task_run_id: UUID) -> TaskRun | None:
    """The run with that id, or None."""
    rows = conn.execute(f"{SELECT} WHERE id = ?", (str(task_run_id),))
    return _task_run(rows[0]) if rows else None


def count_done(conn: Connection, flow_run_id: UUID) -> int:
    """How many task runs of a flow run, and of its subflows, have done something and completed."""
    rows = conn.execute(
        "WITH RECURSIVE parts(id) AS (SELECT id FROM flow_run WHERE id = ? UNION ALL SELECT f.id FROM parts p "
        "JOIN task_run t ON t.flow_run_id = p.id JOIN flow_run f ON f.parent_task_run_id = t.id) "
        "SELECT COUNT(*) FROM parts p JOIN task_run t ON t.flow_run_id = p.id "
        "WHERE t.state_type = 'COMPLETED' AND t.state_name <> 'Cached'",
        (str(flow_run_id),),
    )
    return int(rows[0][0])


def completed_ids(conn: Connection, flow_run_id: UUID) -> list[UUID]:
    """The task runs of a flow run that have completed."""
    rows = conn.execute(
        "SELECT id FROM task_run WHERE flow_run_id = ? AND state_type = 'COMPLETED'", (str(flow_run_id),)
    )
    return [must_read_identity(row[0]) for row in rows]


def open_task_runs(conn: Connection, flow_run_id: UUID) -> list[TaskRun]:
    """The task runs of a flow run that have not ended, kept for this transaction alone; call it in a write transaction.

    Without that, an end that is written between the reading of a run and the ending of it would be lost.
    """
    lock = " ORDER BY expected_start_time, id FOR UPDATE" if conn.dialect == "postgresql" else ""
    rows = conn.execute(
        f"{SELECT} WHERE flow_run_id = ? AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED'){lock}",
        (str(flow_run_id),),
    )
    return [_task_run(row) for row in rows]


LATEST_FIRST = SORTS["task_run"]["EXPECTED_START_TIME_DESC"]


def find_task_runs(
    conn: Connection, wanted: Filters, *, limit: int, offset: int = 0, order: Order = LATEST_FIRST
) -> list[TaskRun]:
    """The task runs that are meant, in this order; only those that are given are read in full."""
    sql, values = meant("task_run", wanted, conn.dialect, "r.")
    page = f"SELECT r.id FROM task_run r WHERE {sql} ORDER BY {order_by(order, 'r.')} LIMIT ? OFFSET ?"
    rows = conn.execute(f"{SELECT} WHERE id IN ({page}) ORDER BY {order_by(order)}", (*values, limit, offset))
    return [_task_run(row) for row in rows]


def list_task_runs(
    conn: Connection, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, order: Order = LATEST_FIRST
) -> list[TaskRun]:
    """Those task runs that are meant, in this order."""
    return find_task_runs(conn, {"task_run": filter}, limit=limit, offset=offset, order=order)


def count_task_runs(conn: Connection, wanted: Filters) -> int:
    """How many task runs are meant."""
    sql, values = meant("task_run", wanted, conn.dialect, "r.")
    return int(conn.execute(f"SELECT COUNT(*) FROM task_run r WHERE {sql}", values)[0][0])


def task_runs_of(conn: Connection, flow_run_id: UUID) -> list[TaskRun]:
    """All task runs of a flow run, as they were expected."""
    rows = conn.execute(f"{SELECT} WHERE flow_run_id = ? ORDER BY expected_start_time, id", (str(flow_run_id),))
    return [_task_run(row) for row in rows]


def same_task_run(conn: Connection, run: TaskRun) -> TaskRun | None:
    """The run with the same id, or at the same place of its flow run, or None."""
    known = read_task_run(conn, run.id)
    if known is not None or run.flow_run_id is None:
        return known
    rows = conn.execute(
        f"{SELECT} WHERE flow_run_id = ? AND task_key = ? AND dynamic_key = ?",
        (str(run.flow_run_id), run.task_key, run.dynamic_key),
    )
    return _task_run(rows[0]) if rows else None


def lock_task_run(conn: Connection, task_run_id: UUID) -> TaskRun | None:
    """The run with that id, kept for this transaction alone; call it in a write transaction."""
    rows = conn.execute(f"{SELECT} WHERE id = ?{conn.for_update}", (str(task_run_id),))
    return _task_run(rows[0]) if rows else None


def rename_task_run(conn: Connection, task_run_id: UUID, name: str, *, now: datetime) -> bool:
    """Give a run another name; whether there is one."""
    sql = "UPDATE task_run SET name = ?, updated = ? WHERE id = ?"
    return conn.change(sql, (name, moment(now), str(task_run_id))) > 0


def label_task_run(conn: Connection, task_run_id: UUID, labels: Mapping[str, Any], *, now: datetime) -> None:
    """Give a run these labels in place of those that it has."""
    sql = "UPDATE task_run SET labels = ?, updated = ? WHERE id = ?"
    conn.execute(sql, (json_text(dict(labels)), moment(now), str(task_run_id)))


def delete_task_run(conn: Connection, task_run_id: UUID) -> bool:
    """Remove a run with its states, logs, and artifacts that have no key; whether there was one."""
    run = (str(task_run_id),)
    conn.execute("DELETE FROM artifact WHERE task_run_id = ? AND key IS NULL", run)
    conn.execute("DELETE FROM log WHERE task_run_id = ?", run)
    conn.execute("DELETE FROM task_run_state WHERE task_run_id = ?", run)
    return conn.change("DELETE FROM task_run WHERE id = ?", run) > 0


def remember_cached(
    conn: Connection, id: UUID, key: str, expiration: datetime | None, run: TaskRun, *, now: datetime
) -> None:
    """Remember under a cache key in which state a run has ended."""
    conn.execute(
        "INSERT INTO task_run_state_cache (id, created, cache_key, cache_expiration, task_run_state_id, task_run_id) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (str(id), moment(now), key, moment(expiration), identity(run.state_id), str(run.id)),
    )


def cached_state(conn: Connection, key: str, *, now: datetime) -> State | None:
    """The latest state remembered under a cache key that has not expired, or None."""
    rows = conn.execute(
        f"SELECT {', '.join(f's.{column}' for column in STATE_COLUMNS.split(', '))} FROM task_run_state_cache c "
        "JOIN task_run_state s ON s.task_run_id = c.task_run_id AND s.id = c.task_run_state_id WHERE c.cache_key = ? "
        "AND (c.cache_expiration IS NULL OR c.cache_expiration > ?) ORDER BY c.created DESC LIMIT 1",
        (key, moment(now)),
    )
    return read_state(rows[0]) if rows else None


SELECT_STATE = (
    f"SELECT {', '.join(f's.{column}' for column in STATE_COLUMNS.split(', '))}, s.task_run_id, t.flow_run_id "
    "FROM task_run_state s LEFT JOIN task_run t ON t.id = s.task_run_id"
)


def read_task_run_state(conn: Connection, state_id: UUID) -> State | None:
    """The state with that id, or None."""
    rows = conn.execute(f"{SELECT_STATE} WHERE s.id = ?", (str(state_id),))
    return _state(rows[0]) if rows else None


def task_run_states(conn: Connection, task_run_id: UUID) -> list[State]:
    """A run's history, oldest first."""
    rows = conn.execute(f"{SELECT_STATE} WHERE s.task_run_id = ? ORDER BY s.timestamp", (str(task_run_id),))
    return [_state(row) for row in rows]


def _state(row: Row) -> State:
    *state, task_run_id, flow_run_id = row
    ids = {"task_run_id": read_identity(task_run_id), "flow_run_id": read_identity(flow_run_id)}
    return read_state(tuple(state), **ids)


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
        cache_expiration=read_moment(held["cache_expiration"]),
        task_version=held["task_version"],
        flow_run_run_count=held["flow_run_run_count"],
        **run_times(held),
    )
