"""Who waits for slots, as recorded: a row for each who waits, in order of arrival, and one for each limit it wants.

A waiter has a lease of its own, which its process renews: one that died is passed over. It is told in its row what
became of it, and its process takes the row away when it has read that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect._domain.concurrency import Holder, Mode, Taker, Waiter, Wanted
from prefect._store.connection import Connection
from prefect._store.values import identity, moment, must_read_identity, must_read_moment, read_moment

COLUMNS = "lease_id, created, mode, lease_seconds, process, holder_type, holder_id, expires_at, answer"


def insert_waiter(conn: Connection, waiter: Waiter) -> None:
    """Have somebody stand at the end of the line."""
    holder = waiter.taker.holder
    conn.execute(
        f"INSERT INTO concurrency_waiter ({COLUMNS}, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "(SELECT COALESCE(MAX(place), 0) + 1 FROM concurrency_waiter))",
        (
            str(waiter.lease_id),
            moment(waiter.since),
            waiter.mode.value,
            waiter.lease_seconds,
            waiter.taker.process,
            holder.type if holder is not None else None,
            identity(holder.id) if holder is not None else None,
            moment(waiter.expires_at),
            waiter.answer,
        ),
    )
    conn.insert(
        "INSERT INTO concurrency_wanted (lease_id, limit_id, slots) VALUES (?, ?, ?)",
        [(str(waiter.lease_id), str(wanted.limit_id), wanted.slots) for wanted in waiter.wants],
    )


def read_waiter(conn: Connection, lease_id: UUID) -> Waiter | None:
    """Who waits for the slots of that lease, or None."""
    found = _waiters(conn, "lease_id = ?", (str(lease_id),))
    return found[0] if found else None


def line_for(conn: Connection, limit_ids: Sequence[UUID], *, now: datetime, most: int | None = None) -> list[Waiter]:
    """Those who wait for some limits, in order of arrival, without those whose process was not heard of in time."""
    wanted = f"lease_id IN (SELECT lease_id FROM concurrency_wanted WHERE limit_id IN ({_marks(limit_ids)}))"
    values = (moment(now), *map(str, limit_ids))
    return _waiters(conn, f"answer IS NULL AND expires_at > ? AND {wanted}", values, most)


def some_want_more(conn: Connection, limit_id: UUID) -> bool:
    """Whether anybody waits for a limit and for another one."""
    sql = (
        "SELECT 1 FROM concurrency_wanted w JOIN concurrency_wanted o ON o.lease_id = w.lease_id "
        "AND o.limit_id <> w.limit_id WHERE w.limit_id = ? LIMIT 1"
    )
    return bool(conn.execute(sql, (str(limit_id),)))


def count_waiters(conn: Connection, limit_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, int]:
    """How many wait for each of some limits; those for which nobody does are left out."""
    rows = conn.execute(
        "SELECT w.limit_id, COUNT(*) FROM concurrency_wanted w JOIN concurrency_waiter a ON a.lease_id = w.lease_id "
        f"WHERE w.limit_id IN ({_marks(limit_ids)}) AND a.answer IS NULL AND a.expires_at > ? GROUP BY w.limit_id",
        (*map(str, limit_ids), moment(now)),
    )
    return {must_read_identity(limit_id): count for limit_id, count in rows}


def awaited_limits(conn: Connection, process: str) -> dict[UUID, int]:
    """The limits for which somebody of a process waits, each with the fewest slots that are wanted of it."""
    rows = conn.execute(
        "SELECT w.limit_id, MIN(w.slots) FROM concurrency_wanted w JOIN concurrency_waiter a "
        "ON a.lease_id = w.lease_id WHERE a.process = ? AND a.answer IS NULL GROUP BY w.limit_id",
        (process,),
    )
    return {must_read_identity(limit_id): slots for limit_id, slots in rows}


def first_end_of_waiting(conn: Connection, process: str) -> datetime | None:
    """Until when those of a process who wait are believed to."""
    sql = "SELECT MIN(expires_at) FROM concurrency_waiter WHERE process = ? AND answer IS NULL"
    return read_moment(conn.execute(sql, (process,))[0][0])


def has_waiters(conn: Connection) -> bool:
    """Whether anybody waits for a slot."""
    return bool(conn.execute("SELECT 1 FROM concurrency_waiter WHERE answer IS NULL LIMIT 1"))


def answered(conn: Connection, process: str) -> list[Waiter]:
    """Those of a process for whom there is an answer."""
    return _waiters(conn, "process = ? AND answer IS NOT NULL", (process,))


def answer_waiter(conn: Connection, lease_id: UUID, answer: str) -> None:
    """Tell a waiter what became of it."""
    conn.execute("UPDATE concurrency_waiter SET answer = ? WHERE lease_id = ?", (answer, str(lease_id)))


def renew_waiters(conn: Connection, process: str, *, now: datetime, ttl: timedelta) -> None:
    """Say that a process waits."""
    conn.execute("UPDATE concurrency_waiter SET expires_at = ? WHERE process = ?", (moment(now + ttl), process))


def delete_waiter(conn: Connection, lease_id: UUID) -> bool:
    """Take somebody out of the line; whether it stood there."""
    return conn.change("DELETE FROM concurrency_waiter WHERE lease_id = ?", (str(lease_id),)) > 0


def waiters_of(conn: Connection, beginning: str) -> list[UUID]:
    """Those who wait in processes whose names begin in that way."""
    sql = "SELECT lease_id FROM concurrency_waiter WHERE SUBSTR(process, 1, ?) = ?"
    return [must_read_identity(lease_id) for (lease_id,) in conn.execute(sql, (len(beginning), beginning))]


def delete_dead_waiters(conn: Connection, *, now: datetime) -> None:
    """Take those out of the line whose processes were not heard of in time."""
    conn.execute("DELETE FROM concurrency_waiter WHERE expires_at <= ?", (moment(now),))


def next_end(conn: Connection, process: str) -> datetime | None:
    """When the first of those slots ends whose limits somebody of a process waits for."""
    rows = conn.execute(
        "SELECT MIN(s.expires_at) FROM concurrency_slot s JOIN concurrency_wanted w ON w.limit_id = s.limit_id "
        "JOIN concurrency_waiter a ON a.lease_id = w.lease_id WHERE a.process = ? AND a.answer IS NULL",
        (process,),
    )
    return read_moment(rows[0][0])


def _waiters(conn: Connection, meant: str, values: Sequence[Any], most: int | None = None) -> list[Waiter]:
    bound = "" if most is None else f" LIMIT {most}"
    rows = conn.execute(f"SELECT {COLUMNS} FROM concurrency_waiter WHERE {meant} ORDER BY place{bound}", values)
    wants = _wants(conn, [row[0] for row in rows])
    return [_waiter(row, tuple(wants.get(must_read_identity(row[0]), ()))) for row in rows]


def _wants(conn: Connection, lease_ids: Sequence[Any]) -> dict[UUID, list[Wanted]]:
    wants: dict[UUID, list[Wanted]] = {}
    if lease_ids:
        sql = f"SELECT lease_id, limit_id, slots FROM concurrency_wanted WHERE lease_id IN ({_marks(lease_ids)})"
        for lease_id, limit_id, slots in conn.execute(sql, lease_ids):
            wants.setdefault(must_read_identity(lease_id), []).append(Wanted(must_read_identity(limit_id), slots))
    return wants


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _waiter(row: tuple[Any, ...], wants: tuple[Wanted, ...]) -> Waiter:
    return Waiter(
        lease_id=must_read_identity(row[0]),
        since=must_read_moment(row[1]),
        mode=Mode(row[2]),
        lease_seconds=row[3],
        taker=Taker(row[4], Holder(row[5], must_read_identity(row[6])) if row[5] is not None else None),
        expires_at=must_read_moment(row[7]),
        answer=row[8],
        wants=wants,
    )
