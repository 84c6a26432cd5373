"""Figures about many runs are the same on both databases, and the same as the laws say of one run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.filters import read_filter
from prefect._domain.states import StateType
from prefect._domain.timing import lateness_until, run_time_until
from prefect._store import flow_runs, histories, task_runs
from prefect._store.database import Database
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run

MINUTE = 60 * SECOND
LATER = NOON + 10 * MINUTE


def test_runs_are_counted_by_interval_and_state(db: Database) -> None:
    borders = (0, 1, 59.9999, 60, 119.999999, 120)
    for seconds in borders:
        a_flow_run(db, expected_start_time=NOON + timedelta(seconds=seconds))
    a_flow_run(db, expected_start_time=NOON, state=a_state("FAILED"))

    with db.read() as conn:
        told = histories.tallies(
            conn, "flow_run", {}, [(NOON, NOON + MINUTE), (NOON + MINUTE, NOON + 2 * MINUTE)], now=LATER
        )

    assert [(tally.interval, tally.state_type, tally.runs) for tally in told] == [
        (0, StateType.FAILED, 1),
        (0, StateType.PENDING, 3),
        (1, StateType.PENDING, 2),
    ]


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("RUNNING", {"start_time": NOON + 30 * SECOND, "total_run_time": timedelta(seconds=5)}),
        ("COMPLETED", {"start_time": NOON - SECOND, "total_run_time": timedelta(seconds=1.5)}),
        ("SCHEDULED", {}),
        ("CANCELLED", {}),
    ],
)
def test_times_are_as_the_laws_say(db: Database, type: str, fields: dict[str, Any]) -> None:
    run = a_flow_run(db, state=a_state(type, after=40), expected_start_time=NOON, **fields)

    with db.read() as conn:
        (told,) = histories.tallies(conn, "flow_run", {}, [(NOON, LATER)], now=LATER)
        average = histories.average_lateness(conn, {}, now=LATER)

    assert told.run_time == pytest.approx(run_time_until(run, LATER).total_seconds(), abs=0.002)
    assert told.lateness == pytest.approx(lateness_until(run, LATER).total_seconds(), abs=0.002)
    assert average == pytest.approx(told.lateness)


def test_there_is_no_average_of_nothing(db: Database) -> None:
    with db.read() as conn:
        assert histories.average_lateness(conn, {}, now=NOON) is None


def test_task_runs_are_counted_by_state_end_and_flow_run(db: Database) -> None:
    run, other = a_flow_run(db), a_flow_run(db)
    with db.write() as conn:
        for second, type in enumerate(("COMPLETED", "COMPLETED", "FAILED", "CRASHED", "CANCELLED")):
            end = NOON + second * SECOND
            task_runs.write_task_run(conn, a_task_run(run.id, state=a_state(type), start_time=NOON, end_time=end))

        assert histories.count_by_state(conn, "task_run", {}) == {
            StateType.COMPLETED: 2,
            StateType.FAILED: 1,
            StateType.CRASHED: 1,
            StateType.CANCELLED: 1,
        }
        assert histories.count_ends(conn, {}, NOON, NOON + 3 * SECOND) == (2, 1)
        assert histories.count_ends(conn, {}, NOON + 3 * SECOND, NOON + 9 * SECOND) == (0, 1)
        assert histories.count_task_runs_of(conn, [run.id, other.id]) == {run.id: 5}
        assert histories.count_task_runs_of(conn, []) == {}
        assert histories.count_deployments_of(conn, [run.flow_id]) == {}
        assert task_runs.count_task_runs(conn, {"flow_run": read_filter("flow_run", {"id": {"any_": [run.id]}})}) == 5
        assert (
            task_runs.count_task_runs(conn, {"flow_run": read_filter("flow_run", {"id": {"any_": [UUID(int=1)]}})}) == 0
        )


def test_the_next_run_of_a_flow_is_found(db: Database) -> None:
    soon = a_flow_run(db, state=a_state("SCHEDULED"), next_scheduled_start_time=NOON + MINUTE)
    a_flow_run(db, state=a_state("SCHEDULED"), next_scheduled_start_time=NOON + 2 * MINUTE)
    a_flow_run(db, state=a_state("SCHEDULED"), next_scheduled_start_time=NOON - MINUTE)

    with db.read() as conn:
        found = flow_runs.next_runs_of(conn, [soon.flow_id, uuid4()], after=NOON)

    assert {flow_id: run.id for flow_id, run in found.items()} == {soon.flow_id: soon.id}
