"""What can be done with log lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from prefect._domain.filters import Filter
from prefect._domain.logs import Log
from prefect._domain.sorting import Order
from prefect._store import logs as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.logs import Side
from prefect.exceptions import ObjectNotFound

PART = 5_000
"""How many lines are read at once."""


def list_logs(
    db: Database,
    *,
    flow_run_id: UUID | None = None,
    task_run_id: UUID | None = None,
    newest_first: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> list[Log]:
    """The lines of a run in the order of time."""
    with db.read() as conn:
        return store.list_logs(
            conn,
            flow_run_id=flow_run_id,
            task_run_id=task_run_id,
            newest_first=newest_first,
            limit=limit,
            offset=offset,
        )


def write(db: Database, lines: Sequence[Log]) -> None:
    """Keep lines; one whose id is known already stays as it is."""
    with db.write() as conn:
        store.insert_logs(conn, lines)


def find(db: Database, filter: Filter, order: Order, *, limit: int, offset: int = 0) -> list[Log]:
    """The lines that are meant, in this order."""
    with db.read() as conn:
        return store.find_logs(conn, filter, order, limit=limit, offset=offset)


def follow(db: Database, filter: Filter, *, since: datetime, known: Collection[UUID], limit: int) -> list[Log]:
    """The next lines for somebody who follows them: those since a moment that are not known."""
    with db.read() as conn:
        return store.follow_logs(conn, filter, since=since, known=known, limit=limit)


def beside(db: Database, filter: Filter, of: UUID | None, side: Side, *, limit: int) -> list[Log]:
    """The lines that are meant on one side of another, or without one of an end. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return store.logs_beside(conn, filter, _must_read(conn, of), side, limit=limit)


def count(db: Database, filter: Filter, *, until: UUID | None) -> tuple[int, int]:
    """How many lines are meant, and how many of them come until one. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return store.count_logs(conn, filter, _must_read(conn, until))


def _must_read(conn: Connection, id: UUID | None) -> Log | None:
    if id is None:
        return None
    line = store.read_log(conn, id)
    if line is None:
        raise ObjectNotFound(help_message=f"There is no log line {id}.")
    return line


def all_of_flow_run(db: Database, flow_run_id: UUID) -> Iterator[Log]:
    """Every line of a flow run and its tasks in the order of time, read in parts."""
    offset = 0
    while part := list_logs(db, flow_run_id=flow_run_id, limit=PART, offset=offset):
        yield from part
        offset += len(part)


def record(db: Database, lines: Sequence[Log]) -> None:
    """Add lines."""
    with db.write() as conn:
        store.insert_logs(conn, lines)
