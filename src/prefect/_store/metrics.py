"""What operators watch, counted from the rows that are open or new: no statement here reads the history."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from prefect._domain.states import FINAL, StateType
from prefect._store.connection import Connection
from prefect._store.histories import RunNoun
from prefect._store.values import moment, read_moment

OPEN = tuple(sorted(type.value for type in StateType if type not in FINAL))


def open_flow_runs(conn: Connection) -> dict[str, int]:
    """How many flow runs have not ended, by the type of their state."""
    rows = conn.execute(
        f"SELECT state_type, COUNT(*) FROM flow_run WHERE state_type IN ({', '.join('?' * len(OPEN))}) "
        "GROUP BY state_type",
        OPEN,
    )
    return {**dict.fromkeys(OPEN, 0), **dict(rows)}


def late_flow_runs(conn: Connection) -> int:
    """How many flow runs are called late."""
    sql = "SELECT COUNT(*) FROM flow_run WHERE state_type = 'SCHEDULED' AND state_name = 'Late'"
    return int(conn.execute(sql)[0][0])


class Queue(NamedTuple):
    """A work queue: how many of its runs are due and wait, since when the first of them, and how many are at work."""

    pool: str
    name: str
    due: int
    since: datetime | None
    at_work: int


def queues(conn: Connection, *, now: datetime) -> list[Queue]:
    """All work queues, by name."""
    rows = conn.execute(
        "SELECT p.name, q.name, COALESCE(d.due, 0), d.since, COALESCE(w.at_work, 0) "
        "FROM work_queue q JOIN work_pool p ON p.id = q.work_pool_id "
        "LEFT JOIN (SELECT work_queue_id, COUNT(*) AS due, MIN(next_scheduled_start_time) AS since FROM flow_run "
        "WHERE next_scheduled_start_time <= ? AND state_type = 'SCHEDULED' GROUP BY work_queue_id) d "
        "ON d.work_queue_id = q.id "
        "LEFT JOIN (SELECT work_queue_id, COUNT(*) AS at_work FROM flow_run "
        "WHERE state_type IN ('PENDING', 'RUNNING') GROUP BY work_queue_id) w ON w.work_queue_id = q.id "
        "ORDER BY p.name, q.name",
        (moment(now),),
    )
    return [Queue(pool, name, due, read_moment(since), at_work) for pool, name, due, since, at_work in rows]


def pool_limits(conn: Connection) -> dict[str, int]:
    """The concurrency limits of the work pools that have one, by name."""
    sql = "SELECT name, concurrency_limit FROM work_pool WHERE concurrency_limit IS NOT NULL ORDER BY name"
    return dict(conn.execute(sql))


def pool_names(conn: Connection) -> list[tuple[str, str]]:
    """The ids and names of all work pools, by name."""
    return [(str(id), name) for id, name in conn.execute("SELECT id, name FROM work_pool ORDER BY name")]


def states_entered(conn: Connection, noun: RunNoun, *, after: int, until: int) -> dict[str, int]:
    """How many states of each type runs entered after a turn, up to another."""
    sql = f"SELECT type, COUNT(*) FROM {noun}_state WHERE turn > ? AND turn <= ? GROUP BY type"
    return dict(conn.execute(sql, (after, until)))
