"""Workers that come and go, and what follows for pools, queues and deployments, on both databases."""

from __future__ import annotations

from uuid import uuid4

from prefect._domain.filters import read_filter
from prefect._orchestration import deployments, work_pools, workers
from prefect._orchestration.duties.foreman import Noticed, take_stock
from prefect._store.database import Database
from tests._orchestration.deployed import MINUTE, NOON, SECOND, a_deployment, claimed


def heard(db: Database, name: str = "w", *, every: float | None = None) -> None:
    workers.heartbeat(db, "p", name, every, now=NOON, new_id=uuid4)


def test_a_worker_that_misses_three_heartbeats_is_gone(db: Database) -> None:
    a_deployment(db)
    heard(db, "often", every=5)
    heard(db, "seldom")

    def statuses(seconds: int) -> dict[str, str]:
        found = workers.list_workers(db, "p", limit=9, now=NOON + seconds * SECOND)
        return {worker.worker.name: worker.status for worker in found}

    assert statuses(15) == {"often": "ONLINE", "seldom": "ONLINE"}
    assert statuses(16) == {"often": "OFFLINE", "seldom": "ONLINE"}
    assert statuses(91) == {"often": "OFFLINE", "seldom": "OFFLINE"}
    assert work_pools.read(db, "p", now=NOON + 90 * SECOND).status == "READY"
    assert work_pools.read(db, "p", now=NOON + 91 * SECOND).status == "NOT_READY"


def test_a_worker_is_found_by_its_status_now(db: Database) -> None:
    a_deployment(db)
    heard(db)
    offline = read_filter("worker", {"status": {"any_": ["OFFLINE"]}})

    assert workers.list_workers(db, "p", filter=offline, limit=9, now=NOON) == []
    [found] = workers.list_workers(db, "p", filter=offline, limit=9, now=NOON + 10 * MINUTE)
    heard(db)

    assert found.worker.name == "w"
    assert workers.list_workers(db, "p", filter=offline, limit=9, now=NOON) == []


def test_what_has_changed_is_noticed_once(db: Database) -> None:
    made = a_deployment(db)
    heard(db)
    claimed(db)
    [worker] = workers.list_workers(db, "p", limit=9, now=NOON)
    pool = work_pools.read(db, "p", now=NOON).pool

    came = take_stock(db, now=NOON)
    nothing = take_stock(db, now=NOON + SECOND)
    went = take_stock(db, now=NOON + 10 * MINUTE)
    nothing_again = take_stock(db, now=NOON + 11 * MINUTE)

    assert came == nothing == nothing_again == Noticed()
    assert went == Noticed((worker.worker.id,), (pool.id,), (pool.default_queue_id,), (made.id,))  # type: ignore[arg-type]


def test_a_deployment_is_ready_while_somebody_asks_for_its_queue(db: Database) -> None:
    made = a_deployment(db)
    before = deployments.must_read(db, made.id, now=NOON).status

    claimed(db)

    assert before == "NOT_READY"
    assert deployments.must_read(db, made.id, now=NOON + MINUTE).status == "READY"
    assert deployments.must_read(db, made.id, now=NOON + 2 * MINUTE).status == "NOT_READY"
