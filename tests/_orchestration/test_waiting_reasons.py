"""Why a run is not starting, on both databases."""

from __future__ import annotations

from uuid import uuid4

import pytest

from prefect._domain.flow_runs import FlowRun
from prefect._domain.waiting_reasons import Reason, Why
from prefect._orchestration import deployments, work_pools, work_queues
from prefect._orchestration.waiting_reasons import why_not_started
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound
from tests._orchestration.deployed import HOUR, MINUTE, NOON, a_deployment, a_run, claimed, moved, served


def why(db: Database, run: FlowRun) -> Why:
    return why_not_started(db, run.id, now=NOON)


def test_a_run_is_not_due_or_waits_for_somebody_to_ask(db: Database) -> None:
    made = a_deployment(db)
    later, due = a_run(db, made.id, scheduled_time=NOON + HOUR), a_run(db, made.id)

    assert why(db, later) == Why(Reason.NOT_DUE, "The run is due at 2026-03-01 13:00:00 UTC.", NOON + HOUR)
    assert why(db, due) == (
        "NOBODY_ASKS",
        "No worker asks for the runs of the queue 'default' of the work pool 'p'; nobody ever has. "
        "`prefect worker start --pool p` starts a worker.",
        None,
    )
    claimed(db, at=NOON - HOUR)
    assert "the last time was 2026-03-01 11:00:00 UTC" in why(db, due).message


def test_a_served_deployment_must_be_served(db: Database) -> None:
    made = a_deployment(db, work_pool_name=None)
    run = a_run(db, made.id, scheduled_time=NOON)

    before = why(db, run)
    served(db, made.id, at=NOON - MINUTE)

    assert "Is the program running that serves it?" in before.message
    assert why(db, run).reason == "ABOUT_TO_START"


def test_pauses_and_limits_stand_in_its_way(db: Database) -> None:
    made = a_deployment(db)
    first, run = a_run(db, made.id), a_run(db, made.id)
    moved(db, first, "PENDING")

    work_pools.update(db, "p", {"is_paused": True}, now=NOON)
    paused_pool = why(db, run).reason
    work_pools.update(db, "p", {"is_paused": False, "concurrency_limit": 1}, now=NOON)
    full_pool = why(db, run)
    work_pools.update(db, "p", {"concurrency_limit": None}, now=NOON)
    work_queues.update(db, ("p", "default"), {"is_paused": True, "concurrency_limit": 1}, now=NOON)
    paused_queue = why(db, run).reason
    work_queues.update(db, ("p", "default"), {"is_paused": False}, now=NOON)
    full_queue = why(db, run).reason

    assert (paused_pool, paused_queue, full_queue) == ("POOL_PAUSED", "QUEUE_PAUSED", "QUEUE_LIMIT")
    assert (full_pool.reason, full_pool.message) == (
        "POOL_LIMIT",
        "1 of 1 runs of the work pool 'p' are under way, which is its concurrency limit.",
    )


def test_the_limit_of_its_deployment_stands_in_its_way(db: Database) -> None:
    made = a_deployment(db, concurrency_limit=1)
    first, run = a_run(db, made.id, scheduled_time=NOON - HOUR), a_run(db, made.id)

    claimed(db)

    assert why(db, first).reason == "CLAIMED"
    assert why(db, run).reason == "DEPLOYMENT_LIMIT"
    assert "1 of 1 runs of the deployment 'd'" in why(db, run).message


def test_a_run_that_nobody_can_start_and_one_that_does_not_wait(db: Database) -> None:
    made = a_deployment(db)
    run = a_run(db, made.id)
    deployments.delete(db, made.id, now=NOON, new_id=uuid4)
    moved(db, run, "SCHEDULED")

    gone = why(db, run)
    moved(db, run, "CANCELLED")

    assert gone.reason == "NO_DEPLOYMENT"
    assert why(db, run) == Why(Reason.NONE, "The run does not wait to be started: it is Cancelled.")
    with pytest.raises(ObjectNotFound):
        why_not_started(db, uuid4(), now=NOON)
