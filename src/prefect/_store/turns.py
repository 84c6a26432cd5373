"""The one order of all that record something (decision 0020).

Each transaction that records a state or an event has a turn, `conn.turn`. On SQLite it is counted in a table, so that a
later commit has a later turn. On PostgreSQL it is the transaction's number: transactions overlap, and one may commit
after another that has a later turn; so a reader stops before the oldest that is still open.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect._domain.events import LAST_MOMENT, Position
from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_moment


def settled(conn: Connection) -> int:
    """The last turn that is over, with all before it: whatever is recorded from now on has a later one."""
    if conn.dialect == "postgresql":
        oldest_open = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        return int(conn.execute(f"SELECT value + {oldest_open} - 1 FROM turn")[0][0])
    latest = int(conn.execute("SELECT value FROM turn")[0][0])
    return latest - 1 if conn.has_turn else latest


def values_of(position: Position) -> tuple[Any, ...]:
    """A position as the values of a statement."""
    return position.turn, moment(position.occurred), str(position.id)


def between(key: str, after: Position, until: Position) -> tuple[str, tuple[Any, ...]]:
    """The condition that rows stand after a position and not after another; the key is their turn, time and id."""
    return f"({key}) > (?, ?, ?) AND ({key}) <= (?, ?, ?)", (*values_of(after), *values_of(until))


def first_turn_since(conn: Connection, since: datetime) -> int:
    """The first turn since a moment, or near to it: turns grow with time, but for what is recorded late.

    Found by halving, so that it costs some looks into indexes however many events there are.
    """
    low, high = 0, settled(conn) + 1
    while low < high:
        middle = (low + high) // 2
        if _first_time(conn, middle) < since:
            low = middle + 1
        else:
            high = middle
    return low


def _first_time(conn: Connection, turn: int) -> datetime:
    """When that occurred which was recorded first in this turn or after it; the end of time where nothing was."""
    found = LAST_MOMENT
    first = None
    for table, time in (("events", "occurred"), ("flow_run_state", "timestamp"), ("task_run_state", "timestamp")):
        rows = conn.execute(f"SELECT turn, {time} FROM {table} WHERE turn >= ? ORDER BY turn, {time} LIMIT 1", (turn,))
        if rows and (first is None or rows[0][0] < first):
            first, found = rows[0][0], must_read_moment(rows[0][1])
    return found
