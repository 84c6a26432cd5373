"""Planning, letting go and making up for runs of schedules, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from prefect._domain.deployments import CatchUp
from prefect._domain.planning import Horizon
from prefect._domain.schedule_changes import WantedSchedule
from prefect._domain.schedules import CronSchedule, IntervalSchedule
from prefect._orchestration import deployments, schedules
from prefect._orchestration.duties.catching_up import let_missed_runs_go
from prefect._store.database import Database
from tests._orchestration.deployed import (
    EVERY_MINUTE,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    a_deployment,
    claimed,
    moved,
    planned,
    runs_of,
    times_of,
)


def caught_up(db: Database, catch_up: CatchUp) -> tuple[int, int]:
    """How many runs a worker gets after the scheduler and itself were away for three hours; how many were let go."""
    made = a_deployment(db)
    wanted = WantedSchedule({"schedule": EVERY_MINUTE, "catch_up": catch_up})
    schedules.create(db, made.id, [wanted], now=NOON, new_id=uuid4)
    planned(db)
    later, got = NOON + 3 * HOUR, 0
    for _ in range(10):
        let_missed_runs_go(db, now=later, new_id=uuid4)
        planned(db, at=later)
        for claim in claimed(db, at=later):
            got += 1
            moved(db, claim.run, "RUNNING", at=later)
            moved(db, claim.run, "COMPLETED", at=later)
    gone = [run for run in runs_of(db, made.id) if run.state_name == "Cancelled"]
    assert all("catch_up" in (run.state.message or "") for run in gone if run.state)
    return got, len(gone)


def test_after_a_downtime_all_missed_runs_are_made_up_for(db: Database) -> None:
    assert caught_up(db, CatchUp.ALL) == (180, 0)


def test_after_a_downtime_the_latest_missed_run_is_made_up_for(db: Database) -> None:
    assert caught_up(db, CatchUp.LATEST) == (1, 60)


def test_after_a_downtime_no_missed_run_is_made_up_for(db: Database) -> None:
    assert caught_up(db, CatchUp.NONE) == (0, 60)


def test_whoever_claims_gets_nothing_that_is_to_be_let_go(db: Database) -> None:
    made = a_deployment(db)
    wanted = WantedSchedule({"schedule": EVERY_MINUTE, "catch_up": CatchUp.NONE})
    schedules.create(db, made.id, [wanted], now=NOON, new_id=uuid4)
    planned(db)

    assert len(claimed(db, at=NOON + 30 * MINUTE + 30 * SECOND)) == 1


def test_a_planned_run_has_what_its_schedule_and_its_deployment_say(db: Database) -> None:
    made = a_deployment(db, parameters={"a": 1, "b": 1}, tags=["t"], version="7")
    wanted = WantedSchedule({"schedule": EVERY_MINUTE, "parameters": {"b": 2}, "slug": "often"})
    [schedule] = schedules.create(db, made.id, [wanted], now=NOON, new_id=uuid4)

    planned(db)

    first = runs_of(db, made.id)[0]
    assert first.parameters == {"a": 1, "b": 2}
    assert first.tags == ["t", "auto-scheduled"]
    assert first.auto_scheduled
    assert first.idempotency_key == f"scheduled {made.id} {schedule.id} {(NOON + MINUTE).isoformat()}"
    assert first.created_by is not None
    assert first.created_by.type == "SCHEDULE"
    assert (first.deployment_version, first.work_queue_name) == ("7", "default")


def test_two_planners_at_once_never_make_a_time_twice(db: Database) -> None:
    made = [a_deployment(db, f"d{number}", [EVERY_MINUTE]) for number in range(5)]

    with ThreadPoolExecutor(4) as planners:
        counts = list(planners.map(lambda _: planned(db), range(12)))

    assert sum(counts) == 5 * 60
    for deployment in made:
        times = times_of(db, deployment.id)
        assert times == [NOON + number * MINUTE for number in range(1, 61)]


def test_redeploying_in_a_loop_while_planning_makes_no_time_twice(db: Database) -> None:
    often = [IntervalSchedule(timedelta(seconds=seconds), NOON) for seconds in (60, 120)]
    made = a_deployment(db, "d", [EVERY_MINUTE, often[0]])

    def redeploy(number: int) -> None:
        a_deployment(db, "d", [EVERY_MINUTE, often[number % 2]], parameters={"number": number})

    with ThreadPoolExecutor(3) as pool:
        planning = [pool.submit(planned, db) for _ in range(20)]
        list(pool.map(redeploy, range(20)))
        for future in planning:
            future.result()
    planned(db)

    keys = [run.idempotency_key for run in runs_of(db, made.id)]
    known = {schedule.id for schedule in schedules.read(db, made.id)}
    assert len(keys) == len(set(keys))
    assert {(key or "").split()[2] for key in keys} == {str(id) for id in known}
    assert all(run.parameters == {"number": 19} for run in runs_of(db, made.id)) or len(known) == 2


def test_pausing_removes_planned_runs_and_resuming_plans_from_then_on(db: Database) -> None:
    made = a_deployment(db, schedules=[EVERY_MINUTE])
    planned(db)

    deployments.set_paused(db, made.id, True, now=NOON + 5 * MINUTE)
    paused = times_of(db, made.id), planned(db, at=NOON + 6 * MINUTE)
    deployments.set_paused(db, made.id, False, now=NOON + 2 * HOUR)
    planned(db, at=NOON + 2 * HOUR)

    assert paused == ([], 0)
    assert times_of(db, made.id)[0] == NOON + 2 * HOUR + MINUTE


def test_an_edit_removes_later_runs_only_and_they_are_planned_anew(db: Database) -> None:
    made = a_deployment(db, schedules=[EVERY_MINUTE])
    planned(db)
    later = NOON + 10 * MINUTE

    deployments.update(db, made.id, {"parameters": {"x": 2}}, now=later, new_id=uuid4)
    left = times_of(db, made.id)
    planned(db, at=later)

    assert left == [NOON + number * MINUTE for number in range(1, 11)]
    runs = runs_of(db, made.id)
    assert [run.parameters for run in runs] == [{}] * 10 + [{"x": 2}] * 60


def test_a_schedule_that_is_removed_or_changed_takes_its_later_runs_with_it(db: Database) -> None:
    made = a_deployment(db, schedules=[EVERY_MINUTE, CronSchedule("0 * * * *")])
    hourly, minutely = sorted(schedules.read(db, made.id), key=lambda held: held.schedule == EVERY_MINUTE)
    planned(db)

    schedules.delete(db, made.id, minutely.id, now=NOON)
    after_removal = times_of(db, made.id)
    schedules.update(db, made.id, hourly.id, WantedSchedule({"schedule": CronSchedule("30 * * * *")}), now=NOON)
    planned(db)

    assert after_removal == [NOON + hours * HOUR for hours in (1, 2, 3)]
    assert times_of(db, made.id) == [NOON + hours * HOUR - 30 * MINUTE for hours in (1, 2, 3)]


def test_a_run_that_was_removed_by_hand_is_not_planned_again(db: Database) -> None:
    made = a_deployment(db, schedules=[CronSchedule("0 8 * * *")])
    planned(db)
    first = runs_of(db, made.id)[0]
    with db.write() as conn:
        conn.execute("DELETE FROM flow_run WHERE id = ?", (str(first.id),))

    assert planned(db) == 0


@pytest.mark.parametrize("catch_up", CatchUp)
def test_a_schedule_that_cannot_be_read_keeps_no_other_from_being_planned_and_claimed(
    db: Database, catch_up: CatchUp, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = a_deployment(db, "bad", [EVERY_MINUTE]), a_deployment(db, "good", [EVERY_MINUTE])
    with db.write() as conn:
        conn.execute(
            "UPDATE deployment_schedule SET schedule = ?, catch_up = ? WHERE deployment_id = ?",
            ('{"cron": "0 0 30 2 *", "timezone": null, "day_or": true}', catch_up.value, str(bad.id)),
        )

    planned(db)

    let_missed_runs_go(db, now=NOON + MINUTE, new_id=uuid4)
    assert len(claimed(db, at=NOON + MINUTE)) == 1

    assert len(runs_of(db, good.id)) == 60
    assert "Bad day-of-month" in caplog.text


def test_no_more_runs_wait_than_the_horizon_says(db: Database) -> None:
    made = a_deployment(db, schedules=[IntervalSchedule(SECOND, NOON)])

    for minutes in range(5):
        planned(db, at=NOON + minutes * MINUTE, horizon=Horizon(max_runs=50))

    assert times_of(db, made.id) == [NOON + number * SECOND for number in range(1, 51)]


def test_runs_are_planned_in_a_span_on_demand(db: Database) -> None:
    made = a_deployment(db, schedules=[CronSchedule("0 * * * *")])
    span = schedules.Span(NOON + 24 * HOUR, NOON + 48 * HOUR, 2 * HOUR, 1, 100)

    for expected in (3, 0):
        count = schedules.plan(db, made.id, span, now=NOON, new_id=uuid4, new_name=lambda: "x")
        assert count == expected

    assert times_of(db, made.id) == [NOON + hours * HOUR for hours in (24, 25, 26)]
