"""The slots of deployments with a concurrency limit, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.concurrency import CollisionStrategy, ConcurrencyOptions
from prefect._domain.flow_runs import FlowRun
from prefect._domain.leases import Lease
from prefect._orchestration import deployments, flow_runs
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._orchestration.duties.waiting import call_late
from prefect._store.database import Database
from tests._orchestration.deployed import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    a_deployment,
    a_run,
    claimed,
    moved,
    reread,
    runs_of,
)

CANCEL_NEW = ConcurrencyOptions(CollisionStrategy.CANCEL_NEW)


def a_limited(db: Database, limit: int = 1, runs: int = 3, **fields: Any) -> tuple[UUID, list[FlowRun]]:
    """A deployment with a limit, and runs of it that are due."""
    made = a_deployment(db, concurrency_limit=limit, **fields)
    return made.id, [a_run(db, made.id, scheduled_time=NOON - (runs - n) * SECOND) for n in range(runs)]


def taken(db: Database, deployment_id: UUID, at: datetime = NOON) -> int:
    """How many slots of a deployment are taken."""
    limit = deployments.must_read(db, deployment_id, now=at).limit
    assert limit is not None
    return limit.active_slots


def names_of(db: Database, runs: list[FlowRun]) -> list[str | None]:
    return [reread(db, run).state_name for run in runs]


def test_a_run_beyond_the_limit_waits_for_a_slot(db: Database) -> None:
    deployment_id, runs = a_limited(db)

    claims = claimed(db)

    assert [claim.run.id for claim in claims] == [runs[0].id]
    assert names_of(db, runs) == ["Pending", "AwaitingConcurrencySlot", "AwaitingConcurrencySlot"]
    assert taken(db, deployment_id) == 1
    assert reread(db, runs[1]).next_scheduled_start_time == NOON + 30 * SECOND


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"])
def test_a_slot_is_given_back_with_the_end_and_the_longest_waiting_gets_it_at_once(db: Database, end: str) -> None:
    deployment_id, runs = a_limited(db)
    claimed(db)
    moved(db, runs[0], "RUNNING")
    assert taken(db, deployment_id, NOON + 24 * HOUR) == 1

    moved(db, runs[0], end, at=NOON + SECOND)

    assert taken(db, deployment_id) == 0
    a_run(db, deployment_id, at=NOON + SECOND)
    claims = claimed(db, at=NOON + SECOND)
    assert [claim.run.id for claim in claims] == [runs[1].id]
    assert moved(db, runs[1], "RUNNING", at=NOON + SECOND).run.state_name == "Running"


def test_a_claim_whose_owner_dies_gives_its_slot_back(db: Database) -> None:
    deployment_id, runs = a_limited(db)
    claimed(db)
    later = NOON + 2 * MINUTE
    assert taken(db, deployment_id, later) == 1

    end_abandoned_runs(db, now=later, new_id=uuid4)

    assert taken(db, deployment_id, later) == 0
    assert [claim.run.id for claim in claimed(db, at=later)] == [runs[0].id]


def test_a_running_run_whose_process_dies_gives_its_slot_back(db: Database) -> None:
    deployment_id, runs = a_limited(db)
    claimed(db)
    moved(db, runs[0], "RUNNING", lease=Lease("host:1:x", MINUTE))
    later = NOON + 2 * MINUTE

    end_abandoned_runs(db, now=later, new_id=uuid4)

    assert reread(db, runs[0]).state_name == "Crashed"
    assert [claim.run.id for claim in claimed(db, at=later)] == [runs[1].id]
    assert taken(db, deployment_id, later) == 1


def test_a_run_that_is_deleted_holds_no_slot(db: Database) -> None:
    deployment_id, runs = a_limited(db)
    claimed(db)

    flow_runs.delete(db, runs[0].id)

    assert taken(db, deployment_id) == 0


def test_a_slot_taken_without_a_lease_lasts_for_the_grace_period(db: Database) -> None:
    options = ConcurrencyOptions(grace_period_seconds=60)
    deployment_id, [run, other] = a_limited(db, runs=2, concurrency_options=options)

    moved(db, run, "PENDING")
    within, after = taken(db, deployment_id, NOON + 59 * SECOND), taken(db, deployment_id, NOON + 61 * SECOND)
    moved(db, other, "PENDING", at=NOON + 61 * SECOND)
    lost = moved(db, run, "RUNNING", at=NOON + 62 * SECOND)

    assert (within, after) == (1, 0)
    assert reread(db, other).state_name == "Pending"
    assert lost.run.state_name == "Cancelled"
    assert "slot was lost" in str(lost.run.state and lost.run.state.message)


def test_a_slot_that_ran_out_and_is_free_is_taken_again(db: Database) -> None:
    deployment_id, [run] = a_limited(db, runs=1)
    moved(db, run, "PENDING")

    moved(db, run, "RUNNING", at=NOON + HOUR)

    assert reread(db, run).state_name == "Running"
    assert taken(db, deployment_id, NOON + 24 * HOUR) == 1


def test_new_runs_are_cancelled_where_the_deployment_says_so(db: Database) -> None:
    _, runs = a_limited(db, concurrency_options=CANCEL_NEW)

    claimed(db)

    assert names_of(db, runs) == ["Pending", "Cancelled", "Cancelled"]


def test_a_run_that_would_be_late_there_is_cancelled(db: Database) -> None:
    _, runs = a_limited(db, runs=2, concurrency_options=CANCEL_NEW)
    claimed(db, limit=1)

    call_late(db, after=SECOND, now=NOON + MINUTE, new_id=uuid4)

    assert names_of(db, runs) == ["Pending", "Cancelled"]


def test_a_limit_of_nothing_starts_nothing(db: Database) -> None:
    made, runs = a_limited(db)
    with db.write() as conn:
        conn.execute("UPDATE concurrency_limit_v2 SET slots = 0")

    assert claimed(db) == []
    assert names_of(db, runs) == ["Scheduled"] * 3
    assert made


def test_a_paused_run_gives_its_slot_back_and_waits_for_one_to_go_on(db: Database) -> None:
    deployment_id, runs = a_limited(db, runs=2)
    claimed(db)
    moved(db, runs[0], "RUNNING")

    moved(db, runs[0], "PAUSED")
    claimed(db)
    full = moved(db, runs[0], "RUNNING")
    moved(db, runs[1], "CANCELLED")
    free = moved(db, runs[0], "RUNNING")

    assert type(full.verdict).__name__ == "Wait"
    assert free.run.state_name == "Running"
    assert taken(db, deployment_id) == 1


def test_a_greater_limit_wakes_those_who_wait(db: Database) -> None:
    deployment_id, runs = a_limited(db)
    claimed(db)

    deployments.update(db, deployment_id, {"concurrency_limit": 2}, now=NOON, new_id=uuid4)
    second = claimed(db)
    deployments.update(db, deployment_id, {"concurrency_limit": None}, now=NOON, new_id=uuid4)
    third = claimed(db)

    assert [claim.run.id for claim in (*second, *third)] == [runs[1].id, runs[2].id]


def test_a_limit_is_shared_by_deployments_that_name_it(db: Database) -> None:
    one, _ = a_limited(db, runs=1)
    limit = deployments.must_read(db, one, now=NOON).limit
    assert limit is not None
    other = a_deployment(db, "other", global_concurrency_limit_id=limit.id)
    a_run(db, other.id)

    assert len(claimed(db)) == 1
    assert limit.name == f"deployment:{one}"


def test_many_workers_never_take_more_slots_than_there_are(db: Database) -> None:
    deployment_id, _ = a_limited(db, limit=3, runs=40)

    with ThreadPoolExecutor(4) as workers:
        got = list(workers.map(lambda _: claimed(db, limit=2), range(20)))

    assert sum(len(claims) for claims in got) == taken(db, deployment_id) == 3


def test_runs_of_a_limited_deployment_flow_through_it_one_by_one(db: Database) -> None:
    deployment_id, runs = a_limited(db, runs=8)
    order: list[UUID] = []
    now = NOON

    while len(order) < 8:
        [claim] = claimed(db, at=now)
        moved(db, claim.run, "RUNNING", at=now)
        moved(db, claim.run, "COMPLETED", at=now)
        order.append(claim.run.id)
        now += SECOND

    assert order == [run.id for run in runs]
    assert {run.state_name for run in runs_of(db, deployment_id)} == {"Completed"}
