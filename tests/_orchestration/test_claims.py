"""Claiming runs from pools and of deployments, on both databases."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from prefect._domain.leases import Lease
from prefect._domain.states import State, StateType
from prefect._orchestration import flow_runs, work_pools, work_queues
from prefect._orchestration.duties.leases import Ended, end_of_process
from prefect._store import flow_runs as store
from prefect._store import leases, task_runs
from prefect._store.database import Database
from tests._orchestration.deployed import (
    HOUR,
    ME,
    MINUTE,
    NOON,
    SECOND,
    a_deployment,
    a_run,
    claimed,
    moved,
    reread,
    served,
)
from tests._store.records import a_state, a_task_run


@pytest.mark.parametrize("limit", [None, 1000])
def test_two_workers_share_two_hundred_runs_and_each_is_claimed_once(db: Database, limit: int | None) -> None:
    made = a_deployment(db, concurrency_limit=limit)
    runs = {a_run(db, made.id).id for _ in range(200)}
    start = Barrier(2)

    def work(number: int) -> list[UUID]:
        lease, mine = Lease(f"worker {number}", 60 * SECOND), []
        start.wait()
        for _ in range(100):
            got = work_pools.claim_from_pool(db, "p", lease, limit=7, now=NOON, new_id=uuid4)
            mine += [claim.run.id for claim in got]
        return mine

    with ThreadPoolExecutor(2) as workers:
        one, other = workers.map(work, range(2))

    assert len(one) + len(other) == 200
    assert set(one) | set(other) == runs


def test_two_that_serve_a_deployment_share_its_runs(db: Database) -> None:
    made = a_deployment(db, work_pool_name=None)
    runs = {a_run(db, made.id).id for _ in range(60)}

    with ThreadPoolExecutor(2) as workers:
        got = list(workers.map(lambda _: served(db, made.id, limit=5), range(24)))

    ids = [claim.run.id for claims in got for claim in claims]
    assert len(ids) == 60
    assert set(ids) == runs


def test_a_claimed_run_is_pending_and_leased(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)

    [claim] = claimed(db)

    assert (claim.run.id, claim.epoch) == (run.id, 1)
    assert reread(db, run).state_name == "Pending"
    assert claimed(db) == []


def test_only_what_is_due_is_claimed_the_longest_due_first(db: Database) -> None:
    made = a_deployment(db)
    late, early = a_run(db, made.id, at=NOON), a_run(db, made.id, scheduled_time=NOON - HOUR)
    a_run(db, made.id, scheduled_time=NOON + SECOND)

    assert [claim.run.id for claim in claimed(db)] == [early.id, late.id]


def test_queues_are_served_by_priority(db: Database) -> None:
    low = a_deployment(db, "low", work_queue_name="low")
    high = a_deployment(db, "high", work_queue_name="high")
    work_queues.update(db, ("p", "high"), {"priority": 1}, now=NOON)
    first, second = a_run(db, low.id), a_run(db, high.id)

    assert [claim.run.id for claim in claimed(db, limit=1)] == [second.id]
    assert [claim.run.id for claim in claimed(db, queue_names=["high"])] == []
    assert [claim.run.id for claim in claimed(db)] == [first.id]


def test_limits_count_what_is_claimed_and_what_runs(db: Database) -> None:
    made = a_deployment(db)
    for _ in range(5):
        a_run(db, made.id)
    work_pools.update(db, "p", {"concurrency_limit": 3}, now=NOON)
    work_queues.update(db, ("p", "default"), {"concurrency_limit": 2}, now=NOON)

    first = claimed(db)
    moved(db, first[0].run, "RUNNING")
    while_full = claimed(db)
    work_queues.update(db, ("p", "default"), {"concurrency_limit": None}, now=NOON)
    third = claimed(db)
    moved(db, first[0].run, "COMPLETED")
    fourth = claimed(db)

    assert [len(claims) for claims in (first, while_full, third, fourth)] == [2, 0, 1, 1]


def test_many_workers_never_exceed_a_limit(db: Database) -> None:
    made = a_deployment(db)
    for _ in range(30):
        a_run(db, made.id)
    work_pools.update(db, "p", {"concurrency_limit": 4}, now=NOON)

    with ThreadPoolExecutor(4) as workers:
        got = list(workers.map(lambda _: claimed(db, limit=3), range(12)))

    assert sum(len(claims) for claims in got) == 4


def test_paused_pools_and_queues_give_nothing(db: Database) -> None:
    a_run(db, a_deployment(db).id)

    work_pools.update(db, "p", {"is_paused": True}, now=NOON)
    pool_paused = claimed(db)
    work_pools.update(db, "p", {"is_paused": False}, now=NOON)
    work_queues.update(db, ("p", "default"), {"is_paused": True}, now=NOON)
    queue_paused = claimed(db)
    work_queues.update(db, ("p", "default"), {"is_paused": False}, now=NOON)

    assert (pool_paused, queue_paused) == ([], [])
    assert len(claimed(db)) == 1


def test_a_run_that_is_tried_again_in_its_process_is_given_to_nobody(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)
    claimed(db)
    moved(db, run, "RUNNING")
    with db.write() as conn:
        locked = store.lock_flow_run(conn, run.id)
        assert locked is not None
        locked.empirical_policy.retries = 1
        store.write_flow_run(conn, locked)
    moved(db, run, "FAILED")

    assert reread(db, run).state_name == "AwaitingRetry"
    assert claimed(db, at=NOON + HOUR) == []


def test_whoever_asks_makes_pool_queue_and_deployment_ready(db: Database) -> None:
    made = a_deployment(db)
    before = work_pools.read(db, "p", now=NOON).status

    claimed(db)

    assert before == "NOT_READY"
    assert work_pools.read(db, "p", now=NOON).status == "READY"
    assert work_queues.read(db, "p", "default", now=NOON).status == "READY"
    assert work_pools.read(db, "p", now=NOON + 2 * MINUTE).status == "NOT_READY"
    found = work_queues.read(db, "p", "default", now=NOON + 2 * MINUTE)
    assert (found.status, found.queue.last_polled) == ("NOT_READY", NOON)
    assert made.id


def test_asking_again_and_again_writes_nothing(db: Database) -> None:
    made = a_deployment(db)
    claimed(db)
    served(db, made.id)

    claimed(db, at=NOON + 5 * SECOND)
    served(db, made.id, at=NOON + 5 * SECOND)

    assert work_queues.read(db, "p", "default", now=NOON).queue.last_polled == NOON


def test_a_pool_that_is_not_there_holds_nothing(db: Database) -> None:
    assert work_pools.claim_from_pool(db, "nowhere", ME, limit=1, now=NOON, new_id=uuid4) == []


def test_the_next_due_time_is_known(db: Database) -> None:
    a_run(db, a_deployment(db).id, scheduled_time=NOON + HOUR)

    assert work_pools.soonest(db, after=NOON) == NOON + HOUR
    assert work_pools.soonest(db, after=NOON + HOUR) is None


@pytest.mark.parametrize("pool", [None, "p"])
def test_who_has_not_heard_of_its_claims_is_given_them_again(db: Database, pool: str | None) -> None:
    made = a_deployment(db, work_pool_name=pool)
    for _ in range(3):
        a_run(db, made.id)

    def asked(limit: int, known: Collection[tuple[UUID, int]] | None) -> dict[UUID, int]:
        if pool is None:
            ids = [made.id]
            got = work_pools.claim_of_deployments(db, ids, ME, limit=limit, known=known, now=NOON, new_id=uuid4)
        else:
            got = work_pools.claim_from_pool(db, pool, ME, limit=limit, known=known, now=NOON, new_id=uuid4)
        return {claim.run.id: claim.epoch for claim in got}

    first = asked(2, [])
    again = asked(3, [])
    assert len(first) == 2
    assert first.items() < again.items()
    assert asked(3, again.items()) == {}
    assert asked(3, [(id, epoch - 1) for id, epoch in again.items()]) == again
    assert asked(3, None) == {}
    assert asked(3, first.items()) == {id: epoch for id, epoch in again.items() if id not in first}


def test_a_claim_of_another_one_is_not_given_again(db: Database) -> None:
    a_run(db, a_deployment(db).id)
    claimed(db)
    other = Lease("other", 60 * SECOND)

    assert work_pools.claim_from_pool(db, "p", other, limit=1, known=[], now=NOON, new_id=uuid4) == []


def test_what_a_run_left_open_ends_when_it_is_claimed_again(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)
    claimed(db)
    moved(db, run, "RUNNING", lease=ME)
    task = a_task_run(run.id, state=a_state("RUNNING"))
    with db.write() as conn:
        task_runs.write_task_run(conn, task)

    again = State(StateType.SCHEDULED, "AwaitingRetry", id=uuid4(), timestamp=NOON)
    again.state_details.scheduled_time = NOON
    flow_runs.set_state(db, run.id, again, now=NOON, spare_id=uuid4())
    assert [claim.run.id for claim in claimed(db)] == [run.id]

    with db.read() as conn:
        left = task_runs.read_task_run(conn, task.id)
    assert left is not None
    assert left.state_name == "Crashed"


@pytest.mark.parametrize(
    ("has_failed", "epoch", "becomes"), [(True, 1, "Crashed"), (False, 1, "Running"), (True, 0, "Running")]
)
def test_a_run_that_a_failed_container_had_begun_is_crashed(
    db: Database, has_failed: bool, epoch: int, becomes: str
) -> None:
    run = a_run(db, a_deployment(db).id)
    [claim] = claimed(db)
    inside = Lease("container:1:a", 60 * SECOND)
    begun = moved(db, run, "RUNNING", lease=inside, epoch=claim.epoch)
    assert begun.epoch == claim.epoch + 1

    end_of_process(db, run.id, Ended("me", epoch, None, has_failed=has_failed), "Code 137.", now=NOON, new_id=uuid4)

    assert reread(db, run).state_name == becomes


def test_a_run_that_another_worker_has_claimed_since_is_left_to_it(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)
    [claim] = claimed(db)
    with db.write() as conn:
        leases.take_lease(conn, run.id, "another worker", now=NOON, ttl=60 * SECOND)

    end_of_process(db, run.id, Ended("me", claim.epoch, None, has_failed=True), "Code 1.", now=NOON, new_id=uuid4)

    assert reread(db, run).state_name == "Pending"
