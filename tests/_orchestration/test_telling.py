"""What becomes of things is told in events, in the transaction in which it becomes so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.artifacts import Artifact
from prefect._domain.events import BEGINNING, Event
from prefect._domain.filters import EVERYTHING
from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.leases import Lease
from prefect._domain.states import State, StateType
from prefect._orchestration import artifacts, deployments, flow_runs, flows, variables, work_pools, work_queues, workers
from prefect._orchestration.duties.foreman import take_stock
from prefect._orchestration.events import read_feed
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists
from tests._orchestration.automated import an_automation, reacts
from tests._orchestration.deployed import NOON, SECOND

LATER = NOON + SECOND


def told(db: Database, kind: str = "") -> list[Event]:
    """The events of a kind, in their order."""
    return [event for _, event in read_feed(db, BEGINNING, limit=1_000) if event.event.startswith(f"prefect.{kind}")]


def names(db: Database, kind: str = "") -> list[str]:
    return [event.event.removeprefix("prefect.") for event in told(db, kind)]


def roles(event: Event) -> list[tuple[str, str | None]]:
    return [(one["prefect.resource.role"], one.get("prefect.resource.name")) for one in event.related]


def test_a_variable_tells_its_life(db: Database) -> None:
    variables.create(db, "limit", 1, ["x"], now=NOON, new_id=uuid4)
    variables.update(db, "limit", {"value": 2}, now=NOON)
    variables.update(db, "limit", {"value": 2}, now=LATER)
    variables.delete(db, "limit", now=LATER)

    assert names(db) == ["variable.created", "variable.updated", "variable.deleted"]
    created, updated, _ = told(db)
    assert created.resource["prefect.resource.name"] == "limit"
    assert (created.payload["value"], updated.payload["value"]) == (1, 2)


def test_what_is_refused_is_not_told(db: Database) -> None:
    variables.create(db, "limit", 1, [], now=NOON, new_id=uuid4)
    with pytest.raises(ObjectAlreadyExists):
        variables.create(db, "limit", 2, [], now=NOON, new_id=uuid4)

    assert names(db) == ["variable.created"]


def test_a_flow_tells_that_it_is_new_once(db: Database) -> None:
    for _ in range(2):
        run = FlowRun(uuid4(), uuid4(), "r")
        flow = Flow(uuid4(), "etl")
        flow_runs.begin(db, flow, run, State(StateType.PENDING, timestamp=NOON), now=NOON)
    [found] = flows.list_flows(db, limit=5)
    flows.set_tags(db, found.id, ["nightly"], now=NOON)
    flows.delete_many(db, EVERYTHING, limit=5, now=LATER)

    assert names(db, "flow.") == ["flow.created", "flow.updated", "flow.deleted"]


def test_a_deployment_tells_its_life_and_what_it_belongs_to(db: Database) -> None:
    apply: Callable[..., Any] = lambda now, **more: deployments.apply(  # noqa: E731
        db, "etl", "nightly", [], now=now, new_id=uuid4, work_pool_name="mine", tags=["t"], **more
    )
    made = apply(NOON)
    apply(NOON)
    apply(LATER, description="Loads")
    deployments.delete(db, made.id, now=LATER, new_id=uuid4)

    assert names(db, "deployment.") == ["deployment.created", "deployment.updated", "deployment.deleted"]
    created, updated, _ = told(db, "deployment.")
    assert roles(created) == [("flow", "etl"), ("work-queue", "default"), ("work-pool", "mine"), ("tag", None)]
    assert updated.payload == {
        "updated_fields": ["description"],
        "updates": {"description": {"from": None, "to": "Loads"}},
    }


def test_an_automation_that_goes_with_its_deployment_tells_that_it_was_deleted(db: Database) -> None:
    made = deployments.apply(db, "etl", "nightly", [], now=NOON, new_id=uuid4)
    automation = an_automation(db, reacts("thing"), owner=f"prefect.deployment.{made.id}")

    deployments.delete(db, made.id, now=LATER, new_id=uuid4)

    assert names(db, "automation.") == ["automation.created", "automation.deleted"]
    assert told(db, "automation.")[-1].resource_id == f"prefect.automation.{automation.id}"


def test_a_pool_and_its_queues_tell_their_lives(db: Database) -> None:
    work_pools.create(db, "mine", now=NOON, new_id=uuid4)
    work_queues.create(db, "mine", "urgent", now=NOON, new_id=uuid4)
    work_queues.update(db, ("mine", "urgent"), {"description": "x"}, now=NOON)
    work_pools.update(db, "mine", {"concurrency_limit": 2}, now=NOON)
    work_pools.delete(db, "mine", now=LATER)

    assert names(db) == [
        *("work-queue.created", "work-pool.created", "work-queue.created", "work-queue.updated", "work-pool.updated"),
        *("work-queue.deleted", "work-queue.deleted", "work-pool.deleted"),
    ]
    assert roles(told(db, "work-queue.")[0]) == [("work-pool", "mine")]
    assert roles(told(db, "work-pool.created")[0]) == [("default-queue", None)]


def test_a_pool_tells_that_it_is_ready_and_that_it_is_no_longer(db: Database) -> None:
    work_pools.create(db, "mine", now=NOON, new_id=uuid4)
    work_pools.update(db, "mine", {"is_paused": True}, now=NOON)
    work_pools.update(db, "mine", {"is_paused": False}, now=NOON)
    for second in range(3):
        workers.heartbeat(db, "mine", "w", 30, now=NOON + second * SECOND, new_id=uuid4)
    take_stock(db, now=NOON + timedelta(hours=1))
    take_stock(db, now=NOON + timedelta(hours=2))

    assert names(db, "work-pool.")[1:] == [
        *("work-pool.paused", "work-pool.not-ready", "work-pool.ready", "work-pool.not-ready"),
    ]


def test_a_deployment_is_ready_when_somebody_asks_for_its_runs(db: Database) -> None:
    made = deployments.apply(db, "etl", "nightly", [], now=NOON, new_id=uuid4, work_pool_name="mine")
    assert ask(db, "mine", NOON) == []
    take_stock(db, now=NOON + timedelta(hours=1))

    assert names(db, "deployment.") == ["deployment.created", "deployment.ready", "deployment.not-ready"]
    assert names(db, "work-queue.")[1:] == ["work-queue.ready", "work-queue.not-ready"]
    assert {event.resource["prefect.resource.id"] for event in told(db, "deployment.")} == {
        f"prefect.deployment.{made.id}"
    }


def ask(db: Database, pool: str, now: datetime) -> list[UUID]:
    """What a worker of a pool is given."""
    claims = work_pools.claim_from_pool(db, pool, Lease("me", SECOND * 30), limit=5, now=now, new_id=uuid4)
    return [claim.run.id for claim in claims]


def test_a_key_of_artifacts_tells_its_life(db: Database) -> None:
    run = uuid4()

    def made(data: Any) -> Artifact:
        return artifacts.create(
            db, Artifact(uuid4(), NOON, NOON, "daily", "markdown", "d", data, flow_run_id=run), new_id=uuid4
        )

    first, second = made("x"), made("y" * 20_000)
    artifacts.update(db, second.id, {"data": "z"}, now=LATER)
    artifacts.delete(db, second.id, now=LATER)
    artifacts.delete(db, first.id, now=LATER)

    assert names(db, "artifact-collection") == [
        f"artifact-collection.{what}" for what in ("created", "updated", "updated", "deleted")
    ]
    events = told(db, "artifact-collection")
    assert [event.payload["data"] for event in events] == ["x", None, "x", "x"]
    assert len({event.resource["prefect.resource.id"] for event in events}) == 1
    assert events[0].resource["prefect.resource.name"] == "daily"
    assert roles(events[0]) == [("latest", None), ("flow-run", None)]
    assert [event.related[0]["prefect.resource.id"] for event in events] == [
        f"prefect.artifact.{one.id}" for one in (first, second, first, first)
    ]
