"""The slots of tags that task runs hold whose transitions are proposed: from Running on, until they leave it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil
from uuid import UUID

from prefect._domain.concurrency import (
    ConcurrencyLimit,
    Holder,
    SlotKind,
    Taker,
    free_slots,
    name_for_tag,
    seconds_until_free,
)
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.facts import TagSlots
from prefect._orchestration.taking_slots import serve
from prefect._store import concurrency as store
from prefect._store.concurrency import Slot
from prefect._store.connection import Connection
from prefect._store.waiters import line_for

NewId = Callable[[], UUID]


def facts_for(conn: Connection, run: TaskRun, proposed: State, *, now: datetime) -> TagSlots | None:
    """What the laws may know of the slots of a run's tags; None where it needs none."""
    if not proposed.is_running() or not run.tags:
        return None
    store.lock_slots(conn)
    limits = _limits(conn, run, now)
    if not limits:
        return None
    waits = [_wait(limit, now) for limit in limits if not _is_free(conn, limit, now)]
    return TagSlots(min(limit.limit for limit in limits), max(waits) if waits else None)


def _is_free(conn: Connection, limit: ConcurrencyLimit, now: datetime) -> bool:
    return free_slots(limit) >= 1 and not line_for(conn, [limit.id], now=now, most=1)


def _wait(limit: ConcurrencyLimit, now: datetime) -> int:
    return max(ceil(seconds_until_free(limit, 1, now=now)), 1)


def take(conn: Connection, run: TaskRun, *, now: datetime, new_id: NewId) -> None:
    """Take a slot of each of a run's tags that has a limit."""
    lease_id, taker = new_id(), Taker(holder=Holder("task_run", run.id))
    store.insert_slots(
        conn,
        [
            Slot(new_id(), now, limit.id, lease_id, 1, SlotKind.RUN, taker, store.UNTIL_RETURNED)
            for limit in _limits(conn, run, now)
        ],
    )


def give_back(conn: Connection, run: TaskRun, *, now: datetime, new_id: NewId) -> None:
    """Give back the slots of a run's tags, and serve who waits for them."""
    if not run.tags:
        return
    store.lock_slots(conn)
    ids = [limit.id for limit in _limits(conn, run, now)]
    if ids:
        store.end_slots_of_holder(conn, ids, Holder("task_run", run.id))
        serve(conn, ids, now=now, new_id=new_id)


def _limits(conn: Connection, run: TaskRun, now: datetime) -> list[ConcurrencyLimit]:
    names = [name_for_tag(tag) for tag in run.tags]
    return [limit for limit in store.read_limits_named(conn, names, now=now) if limit.active]
