"""Which slots a backfill has, in which order, and which of them get a run."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prefect._domain.backfills import (
    MOST_SLOTS,
    Again,
    Backfill,
    Earlier,
    SlotOrder,
    is_wanted,
    previewed,
    slots,
)
from prefect._domain.deployments import DeploymentSchedule
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule
from prefect._domain.states import StateType

UTC = timezone.utc
NEW_YORK = "America/New_York"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SCHEDULES: tuple[Schedule, ...] = (
    CronSchedule("*/20 * * * *", NEW_YORK),
    CronSchedule("30 2 * * *", NEW_YORK),
    CronSchedule("0 9 * * 1-5", "Asia/Shanghai"),
    CronSchedule("0 0 29 2 *"),
    IntervalSchedule(7 * HOUR, MARCH + MINUTE),
    IntervalSchedule(DAY, datetime(2026, 1, 1, 1, 30, tzinfo=ZoneInfo(NEW_YORK))),
    RRuleSchedule("FREQ=HOURLY;INTERVAL=5", NEW_YORK),
    RRuleSchedule("FREQ=WEEKLY;BYDAY=SU,WE;BYHOUR=2", NEW_YORK),
)
moments = st.integers(0, 300 * 24 * 3600).map(lambda seconds: MARCH + timedelta(seconds=seconds))


def a_backfill(schedule: Schedule, start: datetime, end: datetime, **fields: object) -> Backfill:
    return Backfill(UUID(int=1), UUID(int=2), "b", schedule, start, end, 0, **fields)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(st.sampled_from(SCHEDULES), moments, st.integers(0, 40 * 24 * 60))
def test_from_the_latest_on_are_the_same_slots_the_other_way_round(
    schedule: Schedule, start: datetime, minutes: int
) -> None:
    end = start + minutes * MINUTE

    forward = list(slots(schedule, start, end, SlotOrder.OLDEST))

    assert forward == sorted(set(forward))
    assert all(start <= slot <= end for slot in forward)
    assert list(slots(schedule, start, end, SlotOrder.LATEST)) == forward[::-1]


@settings(max_examples=40)
@given(st.sampled_from(SCHEDULES), moments, st.sampled_from(SlotOrder), st.integers(1, 9))
def test_who_goes_on_at_a_position_sees_each_slot_once(
    schedule: Schedule, start: datetime, order: SlotOrder, at_once: int
) -> None:
    end = start + 5 * DAY
    backfill, seen = a_backfill(schedule, start, end, order=order), []

    while some := list(islice(backfill.slots_left(), at_once)):
        seen += some
        backfill = a_backfill(schedule, start, end, order=order, position=some[-1])

    assert seen == list(slots(schedule, start, end, order))


def test_both_ends_are_slots_where_they_are_due() -> None:
    hourly = CronSchedule("0 * * * *")

    assert list(slots(hourly, MARCH, MARCH + 2 * HOUR, SlotOrder.LATEST)) == [MARCH + 2 * HOUR, MARCH + HOUR, MARCH]
    assert list(slots(hourly, MARCH + HOUR, MARCH, SlotOrder.OLDEST)) == []


def test_a_day_on_which_clocks_change_has_its_slots_once() -> None:
    spring = datetime(2026, 3, 8, tzinfo=ZoneInfo(NEW_YORK))
    autumn = datetime(2026, 11, 1, tzinfo=ZoneInfo(NEW_YORK))
    daily, hourly = CronSchedule("30 2 * * *", NEW_YORK), CronSchedule("0 * * * *", NEW_YORK)

    def in_a_day(schedule: Schedule, day: datetime, order: SlotOrder) -> int:
        end = (day + DAY).astimezone(UTC) - timedelta(seconds=1)
        return len(list(slots(schedule, day.astimezone(UTC), end, order)))

    for order in SlotOrder:
        assert [in_a_day(daily, day, order) for day in (spring, autumn)] == [1, 1]
        assert [in_a_day(hourly, day, order) for day in (spring, autumn)] == [23, 25]


def test_a_slot_has_the_key_that_the_planner_gives_it() -> None:
    schedule = DeploymentSchedule(UUID(int=3), UUID(int=2), SCHEDULES[0])
    scheduled = a_backfill(SCHEDULES[0], MARCH, MARCH + DAY, schedule_id=schedule.id)

    assert scheduled.key(MARCH, again=False) == schedule.key(MARCH)
    assert scheduled.key(MARCH, again=True) != schedule.key(MARCH)
    assert str(scheduled.id) in scheduled.key(MARCH, again=True)


def test_a_slot_is_told_as_its_schedule_has_it() -> None:
    backfill = a_backfill(CronSchedule("0 8 * * *", "Asia/Shanghai"), MARCH, MARCH + DAY)

    assert backfill.in_its_zone(MARCH).isoformat() == "2026-03-01T08:00:00+08:00"


@pytest.mark.parametrize(
    ("state", "run_count", "wanted"),
    [
        (StateType.COMPLETED, 1, {"none": False, "failed": False, "all": True}),
        (StateType.FAILED, 1, {"none": False, "failed": True, "all": True}),
        (StateType.CRASHED, 1, {"none": False, "failed": True, "all": True}),
        (StateType.RUNNING, 1, {"none": False, "failed": False, "all": False}),
        (StateType.SCHEDULED, 0, {"none": False, "failed": False, "all": False}),
        (StateType.CANCELLED, 1, {"none": False, "failed": True, "all": True}),
        (StateType.CANCELLED, 0, {"none": True, "failed": True, "all": True}),
    ],
)
def test_which_slots_are_run_again(state: StateType, run_count: int, wanted: dict[str, bool]) -> None:
    earlier = Earlier(UUID(int=4), state, run_count)

    assert {again.value: is_wanted(again, earlier) for again in Again} == wanted
    assert all(is_wanted(again, None) for again in Again)


def test_a_preview_counts_and_refuses_too_many() -> None:
    every_second = IntervalSchedule(timedelta(seconds=1), MARCH)

    seen = previewed(every_second, MARCH, MARCH + MINUTE)
    assert (seen.count, seen.first, seen.last) == (61, MARCH, MARCH + MINUTE)
    assert previewed(CronSchedule("0 0 29 2 *"), MARCH, MARCH + DAY).first is None
    with pytest.raises(ValueError, match=f"at most {MOST_SLOTS} slots"):
        previewed(every_second, MARCH, MARCH + 2 * DAY)
