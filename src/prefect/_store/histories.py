"""Figures about many runs at once: how many there are in each state, over time and in all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from prefect._domain.filters import Filters
from prefect._domain.states import StateType
from prefect._store.conditions import meant
from prefect._store.connection import Connection
from prefect._store.durations import Durations, Expression, given_moment
from prefect._store.values import moment, must_read_identity, must_read_moment

RunNoun = Literal["flow_run", "task_run"]


class Tally(NamedTuple):
    """The runs of an interval that are in one state: how many, and their run times and lateness in all, in seconds."""

    interval: int
    state_type: StateType
    state_name: str
    runs: int
    run_time: float
    lateness: float


def tallies(
    conn: Connection, noun: RunNoun, wanted: Filters, intervals: Sequence[tuple[datetime, datetime]], *, now: datetime
) -> list[Tally]:
    """The runs expected in each interval, from its first moment to before its second, by state."""
    durations = Durations(conn.dialect, "r.", now)
    given, bounds = _given(intervals, conn.dialect)
    (run_time, until), (lateness, since) = durations.run_time(), durations.lateness()
    sql, values = meant(noun, wanted, conn.dialect, "r.")
    rows = conn.execute(
        f"WITH given (number, since, until) AS ({given}) "
        f"SELECT g.number, r.state_type, r.state_name, COUNT(*), SUM({run_time}), SUM({lateness}) "
        f"FROM given g CROSS JOIN {noun} r WHERE r.expected_start_time >= g.since AND r.expected_start_time < g.until "
        f"AND r.state_type IS NOT NULL AND {sql} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (*bounds, *until, *since, *values),
    )
    return [Tally(row[0], StateType(row[1]), *row[2:]) for row in rows]


def _given(intervals: Sequence[tuple[datetime, datetime]], dialect: str) -> Expression:
    """The intervals as rows: each with its number, counted from 0, and its two moments."""
    row = f"({', '.join(['?', *[given_moment(dialect)] * 2])})"
    bounds = [
        value for number, (since, until) in enumerate(intervals) for value in (number, moment(since), moment(until))
    ]
    return f"VALUES {', '.join([row] * len(intervals))}", bounds


def average_lateness(conn: Connection, wanted: Filters, *, now: datetime) -> float | None:
    """By how many seconds flow runs are late on average; None where there is none."""
    lateness, at = Durations(conn.dialect, "r.", now).lateness()
    sql, values = meant("flow_run", wanted, conn.dialect, "r.")
    rows = conn.execute(f"SELECT AVG({lateness}) FROM flow_run r WHERE {sql}", (*at, *values))
    return None if rows[0][0] is None else float(rows[0][0])


def count_by_state(conn: Connection, noun: RunNoun, wanted: Filters) -> dict[StateType, int]:
    """How many runs there are of each type of state.

    The types are named so that each is counted in the index that is ordered by type and time.
    """
    sql, values = meant(noun, wanted, conn.dialect, "r.")
    marks = ", ".join("?" * len(StateType))
    rows = conn.execute(
        f"SELECT r.state_type, COUNT(*) FROM {noun} r WHERE {sql} AND r.state_type IN ({marks}) GROUP BY r.state_type",
        (*values, *StateType),
    )
    return {StateType(type): count for type, count in rows}


class Ends(NamedTuple):
    """How many task runs completed, and how many failed or crashed, in a stretch of time."""

    completed: int
    failed: int


def count_ends(conn: Connection, wanted: Filters, start: datetime, end: datetime) -> Ends:
    """How the task runs ended that did so between two moments."""
    sql, values = meant("task_run", wanted, conn.dialect, "r.")
    rows = conn.execute(
        "SELECT COUNT(CASE WHEN r.state_type = 'COMPLETED' THEN 1 END), "
        "COUNT(CASE WHEN r.state_type IN ('FAILED', 'CRASHED') THEN 1 END) "
        f"FROM task_run r WHERE r.end_time >= ? AND r.end_time < ? AND {sql}",
        (moment(start), moment(end), *values),
    )
    return Ends(*rows[0])


def count_task_runs_of(conn: Connection, flow_run_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many task runs each flow run has, but those that stand for subflows; one without any is left out."""
    return _counts(
        conn,
        "task_run",
        "flow_run_id",
        flow_run_ids,
        "AND NOT EXISTS (SELECT 1 FROM flow_run s WHERE s.parent_task_run_id = r.id)",
    )


def count_deployments_of(conn: Connection, flow_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many deployments each flow has; one without any is left out."""
    return _counts(conn, "deployment", "flow_id", flow_ids)


def _counts(conn: Connection, table: str, column: str, ids: Sequence[UUID], also: str = "") -> dict[UUID, int]:
    if not ids:
        return {}
    marks = ", ".join("?" * len(ids))
    rows = conn.execute(
        f"SELECT r.{column}, COUNT(*) FROM {table} r WHERE r.{column} IN ({marks}) {also} GROUP BY r.{column}",
        [str(id) for id in ids],
    )
    return {must_read_identity(row[0]): row[1] for row in rows}


class ObservedState(NamedTuple):
    """A state by type and name, and when runs first and last entered it."""

    state_type: StateType
    state_name: str
    first_seen: datetime
    last_seen: datetime


def observed_states(conn: Connection, noun: RunNoun) -> list[ObservedState]:
    """The states that runs entered which are still there."""
    rows = conn.execute(f"SELECT type, name, MIN(timestamp), MAX(timestamp) FROM {noun}_state GROUP BY type, name")
    return [
        ObservedState(StateType(row[0]), row[1], must_read_moment(row[2]), must_read_moment(row[3])) for row in rows
    ]
