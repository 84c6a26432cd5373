"""Runs that have not ended within the time that their deployment expects are told of, each once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from prefect._domain.events import BEGINNING, Event
from prefect._orchestration import events
from prefect._orchestration.duties.overdue import tell_of_overdue
from prefect._store.database import Database
from tests._orchestration.deployed import HOUR, MINUTE, NOON, a_deployment, a_run, claimed, moved

LATER = NOON + 2 * HOUR + MINUTE


def told(db: Database) -> list[Event]:
    """What was told of overdue runs."""
    feed = events.read_feed(db, BEGINNING, limit=1000)
    return [event for _, event in feed if event.event == "prefect.deployment.overdue"]


def looked(db: Database, *, at: timedelta = LATER - NOON) -> list[UUID]:
    return tell_of_overdue(db, now=NOON + at)


def test_a_run_that_has_not_ended_in_time_is_told_of_once(db: Database) -> None:
    deployment = a_deployment(db, expect_within=7200.0)
    run = a_run(db, deployment.id)

    assert looked(db, at=2 * HOUR) == []
    assert looked(db) == [run.id]
    assert looked(db, at=9 * HOUR) == []

    (event,) = told(db)
    assert event.resource_id == f"prefect.deployment.{deployment.id}"
    assert event.payload == {
        "flow_run_id": str(run.id),
        "state": "Scheduled",
        "expected_start_time": NOON.isoformat(),
        "expect_within": 7200.0,
    }
    assert f"prefect.flow-run.{run.id}" in [one["prefect.resource.id"] for one in event.related]


@pytest.mark.parametrize("state", ["PENDING", "RUNNING"])
def test_a_run_that_is_under_way_may_be_overdue(db: Database, state: str) -> None:
    run = a_run(db, a_deployment(db, expect_within=60.0).id)
    claimed(db)
    moved(db, run, state)

    assert looked(db) == [run.id]


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "CANCELLED"])
def test_a_run_that_has_ended_is_not_overdue(db: Database, end: str) -> None:
    run = a_run(db, a_deployment(db, expect_within=60.0).id)
    moved(db, run, "RUNNING")
    moved(db, run, end, forced=True)

    assert looked(db) == []


def test_runs_are_overdue_only_where_their_deployment_expects_something(db: Database) -> None:
    a_run(db, a_deployment(db).id)
    of_another = a_run(db, a_deployment(db, "other", expect_within=60.0).id, scheduled_time=NOON + 3 * HOUR)

    assert looked(db) == []
    assert looked(db, at=4 * HOUR) == [of_another.id]
