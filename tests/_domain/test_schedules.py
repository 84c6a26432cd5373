"""Schedules: when runs are due, also when clocks change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule

UTC = timezone.utc
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def first(schedule: Schedule, count: int, start: datetime = NOON) -> list[datetime]:
    return list(islice(schedule.occurrences(start), count))


def on_the_wall(times: list[datetime], zone: ZoneInfo = NEW_YORK) -> list[str]:
    return [f"{time.astimezone(zone):%m-%d %H:%M}" for time in times]


def test_cron_gives_times_in_its_zone() -> None:
    schedule = CronSchedule("0 8 * * *", "Asia/Shanghai")

    assert first(schedule, 2) == [datetime(2026, 3, 2, 0, tzinfo=UTC), datetime(2026, 3, 3, 0, tzinfo=UTC)]


def test_the_start_itself_counts() -> None:
    assert first(CronSchedule("0 12 * * *"), 1) == [NOON]
    assert first(IntervalSchedule(timedelta(hours=1), NOON), 1) == [NOON]
    assert first(RRuleSchedule("FREQ=HOURLY"), 1) == [NOON]


def test_a_daily_cron_runs_once_on_the_day_of_a_gap_and_once_on_the_day_of_a_fold() -> None:
    schedule = CronSchedule("30 2 * * *", "America/New_York")

    spring = first(schedule, 3, datetime(2026, 3, 7, tzinfo=NEW_YORK))
    autumn = first(schedule, 3, datetime(2026, 10, 31, tzinfo=NEW_YORK))

    assert on_the_wall(spring) == ["03-07 02:30", "03-08 03:00", "03-09 02:30"]
    assert on_the_wall(autumn) == ["10-31 02:30", "11-01 02:30", "11-02 02:30"]


def test_an_hourly_cron_counts_elapsed_hours() -> None:
    schedule = CronSchedule("0 * * * *", "America/New_York")

    gap = first(schedule, 4, datetime(2026, 3, 8, 0, tzinfo=NEW_YORK))
    fold = first(schedule, 4, datetime(2026, 11, 1, 0, tzinfo=NEW_YORK))

    assert on_the_wall(gap) == ["03-08 00:00", "03-08 01:00", "03-08 03:00", "03-08 04:00"]
    assert on_the_wall(fold) == ["11-01 00:00", "11-01 01:00", "11-01 01:00", "11-01 02:00"]
    assert {later - earlier for earlier, later in pairwise(gap + fold) if later.date() == earlier.date()} == {
        timedelta(hours=1)
    }


def test_day_or_decides_whether_one_day_or_both_must_match() -> None:
    either = CronSchedule("0 0 13 * 5")
    both = CronSchedule("0 0 13 * 5", day_or=False)

    assert [time.day for time in first(either, 3)] == [6, 13, 20]
    assert all(time.day == 13 and time.weekday() == 4 for time in first(both, 3))
    assert first(both, 1) == [datetime(2026, 3, 13, tzinfo=UTC)]


@pytest.mark.parametrize("name", ["@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@midnight", "@annually"])
def test_nicknames_are_known(name: str) -> None:
    assert len(first(CronSchedule(name), 2)) == 2


@pytest.mark.parametrize("cron", ["@reboot", "61 * * * *", "* * * *", "R R * * *", "", "every day", "0 0 0 * * *"])
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="is no cron expression"):
        CronSchedule(cron)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no time zone 'Mars/Olympus'"):
        CronSchedule("0 8 * * *", "Mars/Olympus")


@pytest.mark.parametrize(
    ("alias", "place"),
    [
        ("America/Montreal", "America/Toronto"),
        ("US/Eastern", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
    ],
)
def test_a_zone_is_known_by_its_former_names(alias: str, place: str) -> None:
    year = datetime(2026, 1, 1, tzinfo=UTC)

    assert first(CronSchedule("0 8 * * *", alias), 365, year) == first(CronSchedule("0 8 * * *", place), 365, year)


@pytest.mark.parametrize(("written", "meant"), [("asia/shanghai", "Asia/Shanghai"), ("US/EASTERN", "US/Eastern")])
def test_a_zone_in_other_letters_is_refused_with_its_name(written: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"no time zone '{written}'; did you mean '{meant}'"):
        CronSchedule("0 8 * * *", written)


def test_a_daily_interval_keeps_its_hour_and_a_short_one_its_distance() -> None:
    anchor = datetime(2026, 3, 7, 8, tzinfo=NEW_YORK)
    daily = IntervalSchedule(timedelta(days=1), anchor, "America/New_York")
    hourly = IntervalSchedule(timedelta(hours=12), anchor, "America/New_York")

    assert on_the_wall(first(daily, 3, anchor)) == ["03-07 08:00", "03-08 08:00", "03-09 08:00"]
    assert on_the_wall(first(hourly, 3, anchor)) == ["03-07 08:00", "03-07 20:00", "03-08 09:00"]


def test_a_recurrence_rule_is_followed_on_the_wall_clock_and_ends() -> None:
    daily = RRuleSchedule("FREQ=DAILY;BYHOUR=8;BYMINUTE=0", "America/New_York")
    three = RRuleSchedule("DTSTART:20260301T120000\nRRULE:FREQ=DAILY;COUNT=3")
    weekdays = RRuleSchedule("RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU")

    assert on_the_wall(first(daily, 3, datetime(2026, 3, 7, tzinfo=NEW_YORK))) == [
        "03-07 08:00",
        "03-08 08:00",
        "03-09 08:00",
    ]
    assert first(three, 10) == [NOON, NOON + timedelta(days=1), NOON + timedelta(days=2)]
    assert all(time.weekday() < 5 for time in first(weekdays, 20))


@pytest.mark.parametrize("rule", ["FREQ=SOMETIMES", "hello", "FREQ=DAILY;BYHOUR=99"])
def test_what_is_no_recurrence_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="is no recurrence rule"):
        RRuleSchedule(rule)


def test_a_rule_has_a_longest_length() -> None:
    with pytest.raises(ValueError, match="at most 6500"):
        RRuleSchedule("FREQ=DAILY;BYHOUR=" + ",".join(["8"] * 4000))


zones = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe"])
starts = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
schedules = st.one_of(
    st.builds(
        CronSchedule,
        st.sampled_from(["*/5 * * * *", "0 * * * *", "30 1 * * *", "15 2 * * 0", "0 0 1 * *", "59 23 31 12 *"]),
        zones,
    ),
    st.builds(IntervalSchedule, st.timedeltas(timedelta(minutes=1), timedelta(days=40)), starts, zones),
    st.builds(
        RRuleSchedule, st.sampled_from(["FREQ=HOURLY", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "FREQ=MONTHLY"]), zones
    ),
)


@given(schedules, starts)
def test_times_rise_from_the_start_on(schedule: Schedule, start: datetime) -> None:
    times = first(schedule, 6, start)

    assert len(times) == 6
    assert times[0] >= start
    assert all(earlier < later for earlier, later in pairwise(times))
    assert all(time.tzinfo is UTC for time in times)


def test_a_time_in_a_gap_is_found_from_the_end_of_the_gap_on() -> None:
    after_the_gap = datetime(2024, 3, 31, 1, tzinfo=UTC)

    assert first(CronSchedule("15 2 * * 0", "Europe/Berlin"), 1, after_the_gap) == [after_the_gap]


@given(schedules, starts)
def test_where_one_starts_to_look_changes_nothing(schedule: Schedule, start: datetime) -> None:
    times = first(schedule, 4, start)

    assert first(schedule, 3, times[0] + timedelta(microseconds=1)) == times[1:]
    assert first(schedule, 3, times[1]) == times[1:]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: CronSchedule("0 0 30 2 *"), "Bad day-of-month"),
        (lambda: CronSchedule("@reboot"), "expected five fields"),
        (lambda: CronSchedule("0 0 8 * * * *"), "expected five fields"),
        (lambda: IntervalSchedule(timedelta(0), NOON), "at least a second"),
        (lambda: IntervalSchedule(timedelta(milliseconds=999), NOON), "at least a second"),
        (lambda: IntervalSchedule(timedelta(days=99_999_999), NOON), "at most a century"),
        (lambda: IntervalSchedule(timedelta(hours=1), NOON.replace(year=9999)), "1900 to 2199"),
        (lambda: RRuleSchedule("FREQ=SECONDLY"), "use an interval schedule"),
        (lambda: RRuleSchedule("FREQ=DAILY;COUNT=0"), "never fires"),
        (lambda: RRuleSchedule("FREQ=DAILY;INTERVAL=0"), "at least 1"),
        (lambda: RRuleSchedule("FREQ=MINUTELY;COUNT=1000000"), "at most 50000; give an UNTIL"),
        (lambda: RRuleSchedule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "never fires"),
        (lambda: RRuleSchedule("RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY"), "never fires"),
        (lambda: RRuleSchedule("DTSTART:00010101T000000\nRRULE:FREQ=DAILY"), "1900 to 2199"),
        (lambda: RRuleSchedule("FREQ=DAILY;" * 10_000), "at most 6500 characters"),
        (lambda: CronSchedule("0 8 * * *", "Mars/Phobos"), "no time zone"),
        (lambda: CronSchedule("0 8 * * *", "../../etc/passwd"), "no time zone"),
        (lambda: CronSchedule("0 8 * * *", ""), "no time zone"),
        (lambda: CronSchedule("0 8 * * *", "x" * 10_000), "no time zone"),
    ],
)
def test_a_schedule_that_never_fires_or_too_often_is_refused(make: Callable[[], Schedule], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_what_fires_seldom_is_a_schedule() -> None:
    assert first(CronSchedule("0 0 29 2 *"), 1) == [datetime(2028, 2, 29, tzinfo=UTC)]
    assert first(CronSchedule("0 0 29 2 1", day_or=False), 1) == [datetime(2044, 2, 29, tzinfo=UTC)]
    assert first(RRuleSchedule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"), 1) == [datetime(2028, 2, 29, tzinfo=UTC)]
    assert first(RRuleSchedule("FREQ=DAILY;UNTIL=20200105T000000Z"), 1) == []
