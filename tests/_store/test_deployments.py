"""Deployments, schedules, pools, queues and slots as recorded, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from prefect._domain.concurrency import CollisionStrategy, ConcurrencyLimit, ConcurrencyOptions
from prefect._domain.deployments import CatchUp, Deployment, DeploymentSchedule
from prefect._domain.filters import read_filter
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule
from prefect._domain.sorting import SORTS
from prefect._domain.work_pools import WorkPool, WorkQueue
from prefect._store import concurrency, deployments, flows, schedules, work_pools
from prefect._store.connection import Connection
from prefect._store.database import Database
from tests._store.records import NOON, SECOND, a_flow_run

TIMES: list[Schedule] = [
    CronSchedule("0 8 * * *", "Asia/Shanghai", day_or=False),
    IntervalSchedule(timedelta(minutes=90), NOON, "Europe/Paris"),
    RRuleSchedule("FREQ=DAILY;BYHOUR=8", "UTC"),
]


def a_deployment(conn: Connection, name: str = "d", flow: str = "f", **fields: Any) -> Deployment:
    recorded = flows.upsert_flow(conn, flow, id=uuid4(), tags=[], labels={}, now=NOON)
    made = Deployment(uuid4(), recorded.id, name, **{"created": NOON, "updated": NOON, **fields})
    assert deployments.insert_deployment(conn, made)
    return made


def a_schedule(made: Deployment, times: Schedule = TIMES[0], **fields: Any) -> DeploymentSchedule:
    return DeploymentSchedule(uuid4(), made.id, times, created=NOON, updated=NOON, **fields)


def a_queue(conn: Connection, pool_name: str, **fields: Any) -> WorkQueue:
    pool = WorkPool(uuid4(), pool_name, created=NOON, updated=NOON)
    work_pools.insert_work_pool(conn, pool)
    queue = WorkQueue(uuid4(), pool.id, created=NOON, updated=NOON, **fields)
    work_pools.insert_work_queue(conn, queue)
    return queue


def test_a_deployment_is_kept_as_it_is(db: Database) -> None:
    with db.write() as conn:
        queue = a_queue(conn, "p")
        made = a_deployment(
            conn,
            tags=["t"],
            parameters={"a": [1]},
            job_variables={"env": {"A": "1"}},
            parameter_openapi_schema={"type": "object"},
            labels={"l": 1},
            pull_steps=[{"step": {}}],
            work_queue_id=queue.id,
            work_queue_name="default",
            concurrency_limit_id=uuid4(),
            concurrency_options=ConcurrencyOptions(CollisionStrategy.CANCEL_NEW, 60),
            created_by=CreatedBy(uuid4(), "USER", "me"),
        )
        changed = replace(made, description="new", paused=True, pull_steps=None, concurrency_options=None)
        before = deployments.read_deployment(conn, made.id)
        deployments.write_deployment(conn, changed)
        after = deployments.lock_deployment(conn, made.id)

    assert (before, after) == (made, changed)


def test_a_name_is_given_once_in_a_flow(db: Database) -> None:
    with db.write() as conn:
        made = a_deployment(conn)
        a_deployment(conn, flow="g")

        assert not deployments.insert_deployment(conn, replace(made, id=uuid4()))


def test_deployments_are_found_by_themselves_and_by_their_relatives(db: Database) -> None:
    with db.write() as conn:
        queue = a_queue(conn, "p")
        a_deployment(conn, "a", tags=["red"], work_queue_id=queue.id)
        a_deployment(conn, "b", paused=True, created=NOON + SECOND)
        a_deployment(conn, "c", flow="g")

        def names(order: str | None = None, **wanted: Any) -> list[str]:
            filters = {noun: read_filter(noun, given) for noun, given in wanted.items()}
            by = SORTS["deployment"][order] if order else None
            listed = deployments.list_deployments(conn, limit=9, wanted=filters, order=by)
            assert deployments.count_deployments(conn, filters) == len(listed)
            return [deployment.name for deployment, _ in listed]

        assert names() == ["a", "b", "c"]
        assert names("NAME_DESC") == ["c", "b", "a"]
        assert names("CREATED_DESC")[0] == "b"
        assert names(deployment={"tags": {"all_": ["red"]}}) == ["a"]
        assert names(deployment={"paused": {"eq_": True}}) == ["b"]
        assert names(deployment={"flow_or_deployment_name": {"like_": "G"}}) == ["c"]
        assert names(work_pool={"name": {"any_": ["p"]}}) == ["a"]
        assert names(work_queue={"name": {"startswith_": ["def"]}}) == ["a"]
        assert names(flow={"name": {"any_": ["g"]}}) == ["c"]


def test_schedules_are_kept_as_they_are_and_may_change_their_slugs_among_each_other(db: Database) -> None:
    with db.write() as conn:
        made = a_deployment(conn)
        held = [
            a_schedule(made, times, slug=str(number), catch_up=CatchUp.LATEST, planned_until=NOON, parameters={"n": 1})
            for number, times in enumerate(TIMES)
        ]
        schedules.replace_schedules(conn, made.id, held)
        first = schedules.list_schedules(conn, made.id)
        swapped = [replace(held[0], slug="1"), replace(held[1], slug="0")]
        schedules.replace_schedules(conn, made.id, swapped)
        second = schedules.list_schedules(conn, made.id)

    assert sorted(first, key=lambda one: str(one.slug)) == held
    assert {one.id: one.slug for one in second} == {held[0].id: "1", held[1].id: "0"}


def test_removing_a_queue_leaves_its_deployments(db: Database) -> None:
    with db.write() as conn:
        queue = a_queue(conn, "p")
        made = a_deployment(conn, work_queue_id=queue.id)
        place = work_pools.places_of(conn, [made.id])
        work_pools.delete_work_pool(conn, "p")
        left = deployments.read_deployment(conn, made.id)

    assert (place[made.id].pool_name, place[made.id].queue_name) == ("p", "default")
    assert left is not None
    assert left.work_queue_id is None


def test_queues_are_found_with_their_pools(db: Database) -> None:
    with db.write() as conn:
        first, second = a_queue(conn, "a", filter={"tags": ["x"]}), a_queue(conn, "b")
        by_name = read_filter("work_queue", {"name": {"startswith_": ["def"]}})
        found = work_pools.find_work_queues(conn, filter=by_name, limit=9)
        of_pool = work_pools.find_work_queues(conn, pool_id=second.work_pool_id, limit=9)

    assert [(queue, pool) for queue, pool in found] == [(first, "a"), (second, "b")]
    assert [queue.id for queue, _ in of_pool] == [second.id]


def test_a_limit_keeps_its_id_and_counts_the_slots_that_are_taken(db: Database) -> None:
    run, other = a_flow_run(db), a_flow_run(db)

    def active(conn: Connection, limit_id: UUID, at: int) -> int:
        return concurrency.read_limits(conn, [limit_id], now=NOON + at * SECOND)[limit_id].active_slots

    with db.write() as conn:
        limit = concurrency.write_limit(conn, ConcurrencyLimit(uuid4(), "l", 2, created=NOON, updated=NOON))
        again = concurrency.write_limit(conn, ConcurrencyLimit(uuid4(), "l", 5, created=NOON, updated=NOON))
        for held in (run, other):
            concurrency.take_slot(conn, uuid4(), limit.id, held.id, now=NOON, until=NOON + 10 * SECOND)
        concurrency.bind_slot(conn, other.id)
        counted = [active(conn, limit.id, at) for at in (9, 11)]
        holds = [concurrency.holds_slot(conn, limit.id, held.id, now=NOON + 11 * SECOND) for held in (run, other)]
        freed = concurrency.free_slots(conn, other.id)
        conn.execute("UPDATE flow_run SET state_type = 'COMPLETED' WHERE id = ?", (str(run.id),))
        after = active(conn, limit.id, 9)

    assert (again.id, again.limit) == (limit.id, 5)
    assert (counted, holds, freed, after) == ([2, 1], [False, True], [limit.id], 0)
