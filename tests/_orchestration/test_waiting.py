"""Runs that are called late, whose pauses run out and whose leases do, while somebody else moves them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from uuid import uuid4

import pytest

from prefect._domain.states import State, StateType
from prefect._orchestration import flow_runs, work_pools
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._orchestration.duties.waiting import call_late
from prefect._store import flow_runs as store
from prefect._store import leases
from prefect._store.connection import Connection
from prefect._store.database import Database
from tests._orchestration.deployed import HOUR, ME, MINUTE, NOON, a_deployment, a_run, claimed, moved, reread, runs_of

LATER = NOON + HOUR


def lateness(db: Database) -> int:
    return call_late(db, after=MINUTE, now=LATER, new_id=uuid4)


@contextmanager
def meanwhile(deed: Callable[[], object], db: Database) -> Iterator[Connection]:
    """A transaction that is committed while somebody else, who has begun inside of it, waits for what it holds."""
    with ThreadPoolExecutor(1) as somebody:
        with db.write() as conn:
            yield conn
            begun = somebody.submit(deed)
            with pytest.raises(TimeoutError):
                begun.result(timeout=0.3)
        begun.result(timeout=30)


def test_a_run_that_is_claimed_while_it_is_called_late_stays_pending(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)

    with meanwhile(lambda: lateness(db), db) as conn:
        taken = store.lock_flow_run(conn, run.id)
        assert taken is not None
        pending = State(StateType.PENDING, "Pending", id=uuid4(), timestamp=LATER)
        flow_runs.move(conn, taken, pending, now=LATER, spare_id=uuid4())

    assert [state.name for state in flow_runs.history(db, run.id)] == ["Scheduled", "Pending"]


def test_a_run_that_is_removed_while_it_is_called_late_hinders_nobody(db: Database) -> None:
    made = a_deployment(db)
    first, second = a_run(db, made.id), a_run(db, made.id)

    with meanwhile(lambda: lateness(db), db) as conn:
        store.delete_flow_run(conn, first.id)

    assert reread(db, second).state_name == "Late"


ROUNDS = 6


def test_claimed_or_late_first_and_never_late_after_a_claim(db: Database) -> None:
    made = a_deployment(db)
    for _ in range(ROUNDS):
        for _ in range(40):
            a_run(db, made.id)
        start = Barrier(2)

        def claim(start: Barrier = start) -> None:
            start.wait()
            for _ in range(8):
                work_pools.claim_from_pool(db, "p", ME, limit=5, now=LATER, new_id=uuid4)

        def call(start: Barrier = start) -> None:
            start.wait()
            lateness(db)

        with ThreadPoolExecutor(2) as both:
            for done in [both.submit(claim), both.submit(call)]:
                done.result()
    claimed(db, at=LATER)

    histories = Counter("-".join(s.name for s in flow_runs.history(db, run.id)) for run in runs_of(db, made.id))
    assert set(histories) <= {"Scheduled-Pending", "Scheduled-Late-Pending"}
    assert sum(histories.values()) == ROUNDS * 40


def test_a_lease_that_is_renewed_while_it_is_found_expired_is_believed(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)
    claimed(db)
    moved(db, run, "RUNNING", lease=ME)

    with meanwhile(lambda: end_abandoned_runs(db, now=LATER, new_id=uuid4), db) as conn:
        leases.renew_leases_of(conn, [run.id], ME.holder, now=LATER, ttl=ME.ttl)

    assert reread(db, run).state_name == "Running"
