"""Durations of the last runs, on both databases."""

from __future__ import annotations

from datetime import timedelta

from prefect._store import task_runs, usual_durations
from prefect._store.database import Database
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run

LATER = NOON + 3600 * SECOND


def test_only_completed_runs_that_are_no_longer_to_come_are_counted(db: Database) -> None:
    for seconds, type in enumerate(("COMPLETED", "FAILED", "COMPLETED", "SCHEDULED"), start=1):
        state, took = a_state(type), timedelta(seconds=seconds)
        last = a_flow_run(db, state=state, start_time=NOON + took, expected_start_time=NOON, total_run_time=took)
    a_flow_run(db, state=a_state("COMPLETED"), expected_start_time=LATER + SECOND, total_run_time=SECOND)

    with db.read() as conn:
        assert usual_durations.of_flow(conn, last.flow_id, now=LATER) == [3.0, 1.0]


def test_a_task_is_looked_for_by_its_key_in_the_runs_of_its_flow(db: Database) -> None:
    runs = [a_flow_run(db, start_time=NOON, expected_start_time=NOON) for _ in range(2)]
    with db.write() as conn:
        for run in runs:
            for key, type in (("t", "COMPLETED"), ("t", "FAILED"), ("other", "COMPLETED")):
                done = a_task_run(run.id, task_key=key, state=a_state(type), total_run_time=2 * SECOND)
                task_runs.write_task_run(conn, done)

        assert usual_durations.of_task(conn, runs[0].flow_id, "t", now=LATER) == [2.0, 2.0]
