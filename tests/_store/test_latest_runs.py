"""The last runs of flows and deployments, on both databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from prefect._domain.latest_runs import COUNTED, SHOWN, standing_of
from prefect._store import latest_runs
from prefect._store.database import Database
from tests._store.records import NOON, SECOND, a_flow_run, a_state

LATER, DEPLOYMENT = NOON + 3600 * SECOND, UUID(int=7)


def test_the_last_runs_are_read_the_latest_first_without_those_to_come(db: Database) -> None:
    for seconds, type in enumerate(("COMPLETED", "FAILED", "RUNNING"), start=1):
        took = timedelta(seconds=seconds)
        ended = None if type == "RUNNING" else NOON + 3 * took
        last = a_flow_run(
            db, state=a_state(type), deployment_id=DEPLOYMENT, expected_start_time=NOON + took,
            start_time=NOON + 2 * took, end_time=ended, total_run_time=took,
        )  # fmt: skip
    a_flow_run(db, state=a_state("SCHEDULED"), deployment_id=DEPLOYMENT, expected_start_time=LATER + SECOND)

    with db.read() as conn:
        of_flow = latest_runs.of_flow(conn, last.flow_id, now=LATER, limit=10)
        of_deployment = latest_runs.of_deployment(conn, DEPLOYMENT, now=LATER, limit=10)

    assert [run.state_type.value for run in of_flow] == ["RUNNING", "FAILED", "COMPLETED"]
    assert of_deployment == of_flow
    assert [run.seconds for run in of_flow] == [3594.0, 2.0, 1.0]
    assert standing_of(of_flow)[1:] == (2, 1, 2.0)


def test_so_many_runs_are_told_and_more_are_counted(db: Database) -> None:
    for seconds in range(12):
        last = a_flow_run(
            db, state=a_state("COMPLETED"), start_time=NOON + seconds * SECOND, expected_start_time=NOON
        )  # fmt: skip

    with db.read() as conn:
        standing = standing_of(latest_runs.of_flow(conn, last.flow_id, now=LATER, limit=COUNTED))

    assert (len(standing.runs), standing.ended, standing.completed, standing.lateness) == (SHOWN, 12, 12, 5.5)
