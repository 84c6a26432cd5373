"""Which times of a schedule get a run next."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from prefect._domain.deployments import CatchUp, DeploymentSchedule
from prefect._domain.planning import Horizon, skipped, times_to_plan
from prefect._domain.schedules import CronSchedule, IntervalSchedule, Schedule

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_schedule(times: Schedule | str = "* * * * *", **fields: object) -> DeploymentSchedule:
    schedule = CronSchedule(times) if isinstance(times, str) else times
    return DeploymentSchedule(UUID(int=1), UUID(int=2), schedule, **{"planned_until": NOON, **fields})  # type: ignore[arg-type]


def test_three_runs_are_planned_however_rare_they_are() -> None:
    assert times_to_plan(a_schedule("0 8 * * *"), 0, NOON) == [
        NOON + 20 * HOUR,
        NOON + 44 * HOUR,
        NOON + 68 * HOUR,
    ]


def test_the_next_hour_is_planned_however_many_runs_it_has() -> None:
    times = times_to_plan(a_schedule(), 0, NOON)

    assert times == [NOON + number * MINUTE for number in range(1, 61)]


def test_what_is_planned_is_not_planned_again() -> None:
    assert times_to_plan(a_schedule(planned_until=NOON + HOUR), 60, NOON) == []
    assert times_to_plan(a_schedule(planned_until=NOON + HOUR), 59, NOON + MINUTE) == [NOON + 61 * MINUTE]


def test_no_more_wait_than_the_horizon_or_the_schedule_allows() -> None:
    every_second = IntervalSchedule(timedelta(seconds=1), NOON)

    assert len(times_to_plan(a_schedule(every_second), 0, NOON)) == 100
    assert len(times_to_plan(a_schedule(every_second), 90, NOON)) == 10
    assert len(times_to_plan(a_schedule(max_scheduled_runs=2), 0, NOON)) == 2
    assert times_to_plan(a_schedule(max_scheduled_runs=2), 2, NOON) == []


def test_nothing_is_planned_beyond_the_farthest_time() -> None:
    assert times_to_plan(a_schedule("0 0 29 2 *"), 0, NOON) == []


def test_times_that_went_by_unplanned_are_made_up_for_as_the_schedule_says() -> None:
    later = NOON + 3 * HOUR
    all_of_them = times_to_plan(a_schedule(catch_up=CatchUp.ALL), 0, later, Horizon(max_runs=1000))
    latest = times_to_plan(a_schedule(catch_up=CatchUp.LATEST), 0, later)
    none = times_to_plan(a_schedule(catch_up=CatchUp.NONE), 0, later)

    assert [due for due in all_of_them if due <= later] == [NOON + number * MINUTE for number in range(1, 181)]
    assert [due for due in latest if due <= later] == [later]
    assert [due for due in none if due <= later] == []
    assert all_of_them[180:] == latest[1:] == none == [later + number * MINUTE for number in range(1, 61)]


def test_the_latest_missed_time_is_found_long_after() -> None:
    [latest, *_] = times_to_plan(
        a_schedule("0 8 1 3 *", catch_up=CatchUp.LATEST, planned_until=NOON - DAY), 0, NOON + 60 * DAY
    )

    assert latest == NOON - 4 * HOUR


def test_what_is_older_than_the_greatest_age_is_let_go() -> None:
    [first, *_] = times_to_plan(a_schedule("0 8 * * *"), 0, NOON + 200 * DAY)

    assert first == NOON + 100 * DAY + 20 * HOUR


@given(st.integers(1, 90), st.integers(0, 300), st.integers(0, 100))
def test_planning_step_by_step_plans_each_time_once_and_in_order(interval: int, gap: int, waiting: int) -> None:
    schedule = a_schedule(IntervalSchedule(timedelta(minutes=interval), NOON))
    seen: list[datetime] = []
    now = NOON
    for _ in range(4):
        times = times_to_plan(schedule, waiting, now)
        seen += times
        schedule.planned_until = times[-1] if times else schedule.planned_until
        now += timedelta(minutes=gap)

    assert seen == [NOON + number * timedelta(minutes=interval) for number in range(1, len(seen) + 1)]


def test_missed_runs_are_let_go_as_the_schedule_says() -> None:
    due = [NOON - timedelta(seconds=30), NOON - MINUTE, NOON - 2 * MINUTE]

    assert skipped(CatchUp.ALL, due, NOON) == []
    assert skipped(CatchUp.LATEST, due, NOON) == due[1:]
    assert skipped(CatchUp.LATEST, due[1:], NOON) == due[2:]
    assert skipped(CatchUp.NONE, due, NOON) == due[1:]
    assert skipped(CatchUp.NONE, due[:1], NOON) == []
