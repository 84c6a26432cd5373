"""Letting missed runs go: those of schedules that have only the latest missed time run, or none.

A run is missed when its time was over a minute ago and nobody has claimed it. Who claims runs sees to it beforehand, so
that nothing is started that should be let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from prefect._domain.planning import skipped
from prefect._domain.states import State, StateType
from prefect._orchestration.flow_runs import move
from prefect._store import flow_runs
from prefect._store import schedules as store
from prefect._store.connection import Connection
from prefect._store.database import Database

NewId = Callable[[], UUID]
MESSAGES = {
    "latest": "Nobody started it in time, and a later run of its schedule takes its place (catch_up is 'latest').",
    "none": "Nobody started it in time, and its schedule lets missed runs go (catch_up is 'none').",
}


def let_missed_runs_go(db: Database, *, now: datetime, new_id: NewId) -> int:
    """Cancel the missed runs that their schedules let go; how many."""
    with db.read() as conn:
        if not has_missed(conn, now=now):
            return 0
    with db.write() as conn:
        return skip_missed(conn, now=now, new_id=new_id)


def has_missed(conn: Connection, *, now: datetime) -> bool:
    """Whether there are missed runs to be let go."""
    return any(True for _ in _to_skip(conn, now))


def skip_missed(conn: Connection, *, now: datetime, new_id: NewId) -> int:
    """The same within a transaction."""
    gone = 0
    for schedule, flow_run_id in list(_to_skip(conn, now)):
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        if run is not None and run.state is not None and run.state.is_scheduled():
            message = MESSAGES[schedule.catch_up.value]
            cancelled = State(StateType.CANCELLED, "Cancelled", id=new_id(), timestamp=now, message=message)
            move(conn, run, cancelled, now=now, spare_id=new_id())
            gone += 1
    return gone


def _to_skip(conn: Connection, now: datetime) -> Iterator[tuple[store.Choosy, UUID]]:
    for schedule in store.choosy_schedules(conn):
        unclaimed = store.unclaimed_runs(conn, schedule, before=now)
        let_go = set(skipped(schedule.catch_up, [due for _, due in unclaimed], now))
        yield from ((schedule, id) for id, due in unclaimed if due in let_go)
