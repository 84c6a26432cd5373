"""Flow runs and their states as recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter, Filters
from prefect._domain.flow_runs import CreatedBy, FlowRun, FlowRunPolicy
from prefect._domain.sorting import SORTS, Order
from prefect._domain.states import State, StateType
from prefect._store.conditions import meant, order_by
from prefect._store.connection import Connection, Row
from prefect._store.values import (
    STATE_COLUMNS,
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
from prefect._store.watching import announce

FIXED = ("id", "created", "flow_id", "deployment_id", "idempotency_key", "parent_task_run_id", "auto_scheduled")
CHANGING = (
    "updated",
    "name",
    "parameters",
    "tags",
    "labels",
    "context",
    "empirical_policy",
    "flow_version",
    "deployment_version",
    "work_queue_id",
    "work_queue_name",
    "infrastructure_document_id",
    "infrastructure_pid",
    "created_by",
    "job_variables",
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
COLUMNS = (*FIXED, *CHANGING)
NO_STATE = (None,) * 7
INSERT = f"INSERT INTO flow_run ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT DO NOTHING"
UPDATE = f"UPDATE flow_run SET {', '.join(f'{column} = ?' for column in CHANGING)} WHERE id = ?"
SELECT = f"SELECT {', '.join(f'r.{column}' for column in COLUMNS)} FROM flow_run r"
INSERT_STATE = f"INSERT INTO flow_run_state ({STATE_COLUMNS}, flow_run_id, turn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def insert_flow_run(conn: Connection, run: FlowRun, *, now: datetime) -> FlowRun:
    """Record a new run; where its id or its flow's idempotency key is known already, the known run is given."""
    run.created = run.created or now
    run.updated = now
    if conn.change(INSERT, (*_fixed(run), *_changing(run))):
        announce(conn)
        return run
    known = read_flow_run(conn, run.id)
    return known if known is not None else _by_key(conn, run)


def _by_key(conn: Connection, run: FlowRun) -> FlowRun:
    rows = conn.execute(
        f"{SELECT} WHERE r.flow_id = ? AND r.idempotency_key = ?", (str(run.flow_id), run.idempotency_key)
    )
    return _flow_run(rows[0])


def read_flow_run(conn: Connection, flow_run_id: UUID) -> FlowRun | None:
    """The run with that id, or None."""
    rows = conn.execute(f"{SELECT} WHERE r.id = ?", (str(flow_run_id),))
    return _flow_run(rows[0]) if rows else None


def lock_flow_run(conn: Connection, flow_run_id: UUID) -> FlowRun | None:
    """The run with that id, kept for this transaction alone; call it in a write transaction."""
    rows = conn.execute(f"{SELECT} WHERE r.id = ?{conn.for_update}", (str(flow_run_id),))
    return _flow_run(rows[0]) if rows else None


def write_flow_run(conn: Connection, run: FlowRun) -> None:
    """Write everything of a run that can change."""
    conn.execute(UPDATE, (*_changing(run), str(run.id)))
    announce(conn)


def insert_flow_run_state(conn: Connection, flow_run_id: UUID, state: State) -> None:
    """Add a state to a run's history."""
    conn.execute(INSERT_STATE, (*state_row(state), str(flow_run_id), conn.turn))


SELECT_STATE = (
    f"SELECT {', '.join(f's.{column}' for column in STATE_COLUMNS.split(', '))}, s.flow_run_id, r.parent_task_run_id "
    "FROM flow_run_state s JOIN flow_run r ON r.id = s.flow_run_id"
)


def flow_run_states(conn: Connection, flow_run_id: UUID) -> list[State]:
    """A run's history, oldest first."""
    rows = conn.execute(f"{SELECT_STATE} WHERE s.flow_run_id = ? ORDER BY s.timestamp", (str(flow_run_id),))
    return [_state(row) for row in rows]


def claims_in_a_row(conn: Connection, flow_run_id: UUID) -> int:
    """How often a run has been claimed since it last did anything but wait."""
    rows = conn.execute(
        "SELECT COUNT(*) FROM flow_run_state claim WHERE claim.flow_run_id = ? AND claim.type = 'PENDING' "
        "AND NOT EXISTS (SELECT 1 FROM flow_run_state later WHERE later.flow_run_id = claim.flow_run_id "
        "AND later.type NOT IN ('PENDING', 'SCHEDULED') AND later.timestamp > claim.timestamp)",
        (str(flow_run_id),),
    )
    return int(rows[0][0])


def read_flow_run_state(conn: Connection, state_id: UUID) -> State | None:
    """The state with that id, or None."""
    rows = conn.execute(f"{SELECT_STATE} WHERE s.id = ?", (str(state_id),))
    return _state(rows[0]) if rows else None


def _state(row: Row) -> State:
    *state, flow_run_id, task_run_id = row
    ids = {"flow_run_id": read_identity(flow_run_id), "task_run_id": read_identity(task_run_id)}
    return read_state(tuple(state), **ids)


LATEST_FIRST = SORTS["flow_run"]["EXPECTED_START_TIME_DESC"]


class Placed(NamedTuple):
    """A run, with the name of its flow, and the pool that it waits or waited in."""

    run: FlowRun
    flow_name: str
    work_pool_id: UUID | None = None
    work_pool_name: str | None = None


PLACED = (
    f"SELECT {', '.join(f'r.{column}' for column in COLUMNS)}, "
    "(SELECT name FROM flow WHERE id = r.flow_id), p.id, p.name FROM flow_run r "
    "LEFT JOIN work_queue q ON q.id = r.work_queue_id LEFT JOIN work_pool p ON p.id = q.work_pool_id"
)


def find_flow_runs(
    conn: Connection, wanted: Filters, *, limit: int, offset: int = 0, order: Order = LATEST_FIRST
) -> list[Placed]:
    """The runs that are meant, in this order; only those that are given are read in full."""
    sql, values = meant("flow_run", wanted, conn.dialect, "r.")
    page = f"SELECT r.id FROM flow_run r WHERE {sql} ORDER BY {order_by(order, 'r.')} LIMIT ? OFFSET ?"
    rows = conn.execute(f"{PLACED} WHERE r.id IN ({page}) ORDER BY {order_by(order, 'r.')}", (*values, limit, offset))
    return [_placed(row) for row in rows]


def list_flow_runs(
    conn: Connection,
    *,
    limit: int,
    offset: int = 0,
    filter: Filter = EVERYTHING,
    flows: Filter = EVERYTHING,
    order: Order = LATEST_FIRST,
) -> list[tuple[FlowRun, str]]:
    """Runs with the names of their flows; `flows` says whose runs are meant."""
    found = find_flow_runs(conn, {"flow_run": filter, "flow": flows}, limit=limit, offset=offset, order=order)
    return [(placed.run, placed.flow_name) for placed in found]


def read_placed(conn: Connection, flow_run_id: UUID) -> Placed | None:
    """The run with that id, or None."""
    rows = conn.execute(f"{PLACED} WHERE r.id = ?", (str(flow_run_id),))
    return _placed(rows[0]) if rows else None


def count_flow_runs(conn: Connection, wanted: Filters) -> int:
    """How many runs are meant."""
    sql, values = meant("flow_run", wanted, conn.dialect, "r.")
    return int(conn.execute(f"SELECT COUNT(*) FROM flow_run r WHERE {sql}", values)[0][0])


def next_runs_of(conn: Connection, flow_ids: Sequence[UUID], *, after: datetime) -> dict[UUID, FlowRun]:
    """The next scheduled run of each of these flows that has one."""
    found = {}
    for flow_id in flow_ids:
        rows = conn.execute(
            f"{SELECT} WHERE r.flow_id = ? AND r.state_type = 'SCHEDULED' AND r.next_scheduled_start_time >= ? "
            "ORDER BY r.next_scheduled_start_time, r.id LIMIT 1",
            (str(flow_id), moment(after)),
        )
        if rows:
            found[flow_id] = _flow_run(rows[0])
    return found


def _placed(row: Row) -> Placed:
    *run, flow_name, pool_id, pool_name = row
    return Placed(_flow_run(tuple(run)), flow_name, read_identity(pool_id), pool_name)


def given_up_with_open_subflows(conn: Connection) -> list[UUID]:
    """The flow runs that others have ended, that nobody holds, and whose subflows are open."""
    rows = conn.execute(
        "SELECT DISTINCT caller.id FROM flow_run r JOIN task_run t ON t.id = r.parent_task_run_id "
        "JOIN flow_run caller ON caller.id = t.flow_run_id WHERE r.parent_task_run_id IS NOT NULL "
        "AND r.state_type IN ('PENDING', 'RUNNING', 'CANCELLING', 'PAUSED') "
        "AND caller.state_type IN ('CRASHED', 'CANCELLED') "
        "AND NOT EXISTS (SELECT 1 FROM flow_run_lease l WHERE l.flow_run_id = caller.id)"
    )
    return [must_read_identity(row[0]) for row in rows]


def latest_subflow(
    conn: Connection, parent: UUID, task_key: str, dynamic_key: str, cache_key: str | None
) -> FlowRun | None:
    """The latest run of a subflow at one place of its parent with the parameters that its key stands for, or None."""
    rows = conn.execute(
        f"{SELECT} JOIN task_run t ON t.id = r.parent_task_run_id "
        "WHERE t.flow_run_id = ? AND t.task_key = ? AND t.dynamic_key = ? AND t.cache_key = ? "
        "ORDER BY t.created DESC LIMIT 1",
        (str(parent), task_key, dynamic_key, cache_key),
    )
    return _flow_run(rows[0]) if rows else None


def runs_named(conn: Connection, state_name: str) -> list[FlowRun]:
    """The runs in states of a name that few runs are in."""
    rows = conn.execute(f"{SELECT} WHERE r.state_name = ? ORDER BY r.expected_start_time, r.id", (state_name,))
    return [_flow_run(row) for row in rows]


def crashed_runs(conn: Connection, flow_id: UUID, *, or_in: UUID) -> list[FlowRun]:
    """The runs of a flow that crashed, of no deployment and no caller, the oldest first; and one in a given state."""
    rows = conn.execute(
        f"{SELECT} WHERE r.flow_id = ? AND (r.state_type = 'CRASHED' OR r.state_id = ?) "
        "AND r.deployment_id IS NULL AND r.parent_task_run_id IS NULL ORDER BY r.created, r.id",
        (str(flow_id), str(or_in)),
    )
    return [_flow_run(row) for row in rows]


def late_runs(conn: Connection, before: datetime, limit: int) -> list[UUID]:
    """Runs that still wait for their time although it was before that moment, and that nobody has called late.

    Those of backfills are late from the beginning, and never called so.
    """
    rows = conn.execute(
        "SELECT id FROM flow_run WHERE state_type = 'SCHEDULED' AND state_name = 'Scheduled' "
        "AND next_scheduled_start_time < ? "
        "AND NOT EXISTS (SELECT 1 FROM backfill_slot s WHERE s.flow_run_id = flow_run.id) "
        "ORDER BY next_scheduled_start_time LIMIT ?",
        (moment(before), limit),
    )
    return [must_read_identity(row[0]) for row in rows]


def overdue_runs(conn: Connection, deployment_id: UUID, *, before: datetime, limit: int) -> list[FlowRun]:
    """The runs of a deployment that have not ended, were due before a moment, and were not told of yet.

    Those of backfills are of the past, and not expected at their time.
    """
    rows = conn.execute(
        f"{SELECT} WHERE r.deployment_id = ? AND r.expected_start_time < ? "
        "AND r.state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING') "
        "AND NOT EXISTS (SELECT 1 FROM overdue_run o WHERE o.flow_run_id = r.id) "
        "AND NOT EXISTS (SELECT 1 FROM backfill_slot s WHERE s.flow_run_id = r.id) "
        "ORDER BY r.expected_start_time, r.id LIMIT ?",
        (str(deployment_id), moment(before), limit),
    )
    return [_flow_run(row) for row in rows]


def note_overdue(conn: Connection, flow_run_id: UUID, *, now: datetime) -> bool:
    """Remember that a run was told of as overdue; whether it was not so before."""
    sql = "INSERT INTO overdue_run (flow_run_id, told) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return conn.change(sql, (str(flow_run_id), moment(now))) > 0


def waiting_runs(conn: Connection, deployment_id: UUID) -> list[UUID]:
    """The runs of a deployment that wait to be started, the longest due first."""
    rows = conn.execute(
        "SELECT id FROM flow_run WHERE deployment_id = ? AND state_type = 'SCHEDULED' ORDER BY expected_start_time, id",
        (str(deployment_id),),
    )
    return [must_read_identity(row[0]) for row in rows]


def runs_in_state(conn: Connection, type: StateType) -> list[FlowRun]:
    """The runs in a state that few runs are in, such as PAUSED, the oldest first."""
    rows = conn.execute(f"{SELECT} WHERE r.state_type = ? ORDER BY r.state_timestamp, r.id", (type.value,))
    return [_flow_run(row) for row in rows]


def halted(conn: Connection, flow_run_ids: Sequence[UUID]) -> list[FlowRun]:
    """Those of some runs that are paused or suspended."""
    return [_flow_run(row) for row in _those_in(conn, SELECT, StateType.PAUSED, flow_run_ids)]


def being_cancelled(conn: Connection, flow_run_ids: Sequence[UUID]) -> list[UUID]:
    """Those of some runs that are Cancelling."""
    rows = _those_in(conn, "SELECT r.id FROM flow_run r", StateType.CANCELLING, flow_run_ids)
    return [must_read_identity(row[0]) for row in rows]


def _those_in(conn: Connection, select: str, type: StateType, flow_run_ids: Sequence[UUID]) -> list[Row]:
    """What is selected of those of some runs that are in a state."""
    if not flow_run_ids:
        return []
    marks = ", ".join("?" * len(flow_run_ids))
    sql = f"{select} WHERE r.state_type = ? AND r.id IN ({marks})"
    return conn.execute(sql, [type.value, *map(str, flow_run_ids)])


def delete_flow_run(conn: Connection, flow_run_id: UUID) -> bool:
    """Remove a run with its states, task runs, logs, and artifacts that have no key; whether there was one."""
    run = (str(flow_run_id),)
    conn.execute("DELETE FROM artifact WHERE flow_run_id = ? AND key IS NULL", run)
    conn.execute("DELETE FROM log WHERE flow_run_id = ?", run)
    conn.execute("DELETE FROM task_run_state WHERE task_run_id IN (SELECT id FROM task_run WHERE flow_run_id = ?)", run)
    conn.execute("DELETE FROM task_run WHERE flow_run_id = ?", run)
    return conn.change("DELETE FROM flow_run WHERE id = ?", run) > 0


def _fixed(run: FlowRun) -> tuple[Any, ...]:
    return (
        str(run.id),
        moment(run.created),
        str(run.flow_id),
        identity(run.deployment_id),
        run.idempotency_key,
        identity(run.parent_task_run_id),
        run.auto_scheduled,
    )


def _changing(run: FlowRun) -> tuple[Any, ...]:
    state = run.state
    return (
        moment(run.updated),
        run.name,
        json_text(run.parameters),
        json_text(run.tags),
        json_text(run.labels),
        json_text(run.context),
        json_text(run.empirical_policy),
        run.flow_version,
        run.deployment_version,
        identity(run.work_queue_id),
        run.work_queue_name,
        identity(run.infrastructure_document_id),
        run.infrastructure_pid,
        None if run.created_by is None else json_text(run.created_by),
        json_text(run.job_variables),
        run.run_count,
        moment(run.expected_start_time),
        moment(run.next_scheduled_start_time),
        moment(run.start_time),
        moment(run.end_time),
        run.total_run_time.total_seconds(),
        *(state_row(state) if state is not None else NO_STATE),
    )


def _flow_run(row: tuple[Any, ...]) -> FlowRun:
    held = dict(zip(COLUMNS, row, strict=True))
    policy, creator = read_json(held["empirical_policy"]), read_json(held["created_by"])
    policy["pause_keys"] = set(policy.get("pause_keys") or ())
    run_id = must_read_identity(held["id"])
    parent = read_identity(held["parent_task_run_id"])
    return FlowRun(
        id=run_id,
        flow_id=must_read_identity(held["flow_id"]),
        name=held["name"],
        state=run_state(held, flow_run_id=run_id, task_run_id=parent),
        parameters=read_json(held["parameters"]),
        tags=read_json(held["tags"]),
        labels=read_json(held["labels"]),
        context=read_json(held["context"]),
        empirical_policy=FlowRunPolicy(**policy),
        flow_version=held["flow_version"],
        deployment_id=read_identity(held["deployment_id"]),
        deployment_version=held["deployment_version"],
        work_queue_id=read_identity(held["work_queue_id"]),
        work_queue_name=held["work_queue_name"],
        idempotency_key=held["idempotency_key"],
        parent_task_run_id=parent,
        auto_scheduled=bool(held["auto_scheduled"]),
        infrastructure_document_id=read_identity(held["infrastructure_document_id"]),
        infrastructure_pid=held["infrastructure_pid"],
        created_by=CreatedBy(**{**creator, "id": read_identity(creator.get("id"))}) if creator else None,
        job_variables=read_json(held["job_variables"]),
        **run_times(held),
    )


def run_state(held: dict[str, Any], **ids: UUID | None) -> State | None:
    """The state that a run's own columns tell."""
    if held["state_id"] is None:
        return None
    names = ("state_id", "state_type", "state_name", "state_timestamp", "state_message", "state_details", "state_data")
    return read_state(tuple(held[name] for name in names), **ids)


def run_times(held: dict[str, Any]) -> dict[str, Any]:
    """The columns that flow runs and task runs share."""
    moments = (
        "created",
        "updated",
        "expected_start_time",
        "next_scheduled_start_time",
        "start_time",
        "end_time",
    )
    times: dict[str, Any] = {name: read_moment(held[name]) for name in moments}
    return {**times, "run_count": held["run_count"], "total_run_time": timedelta(seconds=held["total_run_time"])}
