"""Schedules against an oracle that looks at every minute: in all time zones, on the days on which clocks change.

A time that clocks skip is due at the first moment after the gap, a time that they show twice is due once, the first
time; what runs every hour or oftener, and intervals below a day, count the time that has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import cache
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule

UTC = timezone.utc
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEARS = range(2007, 2028)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@cache
def changes(zone: str, year: int) -> list[date]:
    """The days of a year on which a zone's clocks change."""
    place = ZoneInfo(zone)
    days = [date(year, 1, 1) + number * DAY for number in range(366)]
    offsets = [datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(place).utcoffset() for day in days]
    return [day for day, (before, after) in zip(days, pairwise(offsets)) if before != after]


class Days:
    """A few days around a day, minute by minute."""

    def __init__(self, zone: str, day: date) -> None:
        self.place = ZoneInfo(zone)
        self.start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 2 * DAY
        self.end = self.start + 5 * DAY
        self.minutes = [self.start - DAY + number * MINUTE for number in range(7 * 24 * 60)]
        self.walls = [minute.astimezone(self.place).replace(tzinfo=None) for minute in self.minutes]
        self.first: dict[datetime, datetime] = {}
        for wall, minute in zip(self.walls, self.minutes):
            self.first.setdefault(wall, minute)

    def moment(self, wall: datetime) -> datetime:
        """When clocks first show a time, or a later one if they skip it."""
        shown = self.first.get(wall)
        return shown or next(minute for later, minute in zip(self.walls, self.minutes) if later > wall)

    def within(self, moments: Iterator[datetime]) -> list[datetime]:
        return sorted({moment for moment in moments if self.start <= moment < self.end})


def given_by(schedule: Schedule, days: Days) -> list[datetime]:
    return list(takewhile(lambda time: time < days.end, schedule.occurrences(days.start)))


@st.composite
def days_of_change(draw: st.DrawFn) -> tuple[str, Days]:
    zone, year = draw(st.tuples(st.sampled_from(ZONES), st.sampled_from(YEARS)).filter(lambda at: changes(*at)))
    return zone, Days(zone, draw(st.sampled_from(changes(zone, year))))


@pytest.mark.long
@given(days_of_change(), st.integers(0, 59), st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True))
@example(("Pacific/Fakaofo", Days("Pacific/Fakaofo", date(2011, 12, 30))), 0, [0])
@example(("Pacific/Apia", Days("Pacific/Apia", date(2011, 12, 30))), 0, [0, 12])
def test_a_cron_of_fixed_hours_fires_once_for_each_time_on_the_wall(
    where: tuple[str, Days], minute: int, hours: list[int]
) -> None:
    zone, days = where
    schedule = CronSchedule(f"{minute} {','.join(map(str, hours))} * * *", zone)
    first = days.walls[0].date()
    walls = (
        datetime(day.year, day.month, day.day, hour, minute)
        for day in (first + number * DAY for number in range(1, 8))  # of which a place may have skipped one
        for hour in hours
    )

    assert given_by(schedule, days) == days.within(days.moment(wall) for wall in walls if wall < days.walls[-1])


@pytest.mark.long
@given(days_of_change(), st.sampled_from(["*", "*/5", "*/30", "0", "17"]), st.sampled_from(["*", "*/3"]))
def test_a_cron_of_every_hour_or_oftener_fires_whenever_clocks_show_its_time(
    where: tuple[str, Days], minute: str, hour: str
) -> None:
    zone, days = where
    schedule = CronSchedule(f"{minute} {hour} * * *", zone)
    shown = (
        moment
        for wall, moment in zip(days.walls, days.minutes)
        if _fits(minute, wall.minute) and _fits(hour, wall.hour)
    )

    assert given_by(schedule, days) == days.within(shown)


def _fits(field: str, value: int) -> bool:
    if field == "*":
        return True
    every, _, step = field.partition("/")
    return value % int(step) == 0 if every == "*" else value == int(every)


@pytest.mark.long
@given(days_of_change(), st.integers(60, 23 * 3600), st.integers(0, 10**7))
def test_an_interval_below_a_day_counts_the_time_that_has_passed(
    where: tuple[str, Days], seconds: int, before: int
) -> None:
    zone, days = where
    anchor, step = days.start - before * timedelta(seconds=1), timedelta(seconds=seconds)
    schedule = IntervalSchedule(step, anchor, zone)
    first = anchor + -(-(days.start - anchor) // step) * step

    assert given_by(schedule, days)[:50] == [
        first + number * step for number in range(min(50, -(-(days.end - first) // step)))
    ]


@pytest.mark.long
@given(days_of_change(), st.integers(0, 24 * 60 - 1), st.sampled_from([DAY, DAY + 90 * MINUTE, 25 * HOUR]))
def test_an_interval_of_a_day_or_more_keeps_to_the_wall(where: tuple[str, Days], minutes: int, step: timedelta) -> None:
    zone, days = where
    anchor = datetime.combine(days.walls[0].date() - 3 * DAY, datetime.min.time()) + minutes * MINUTE
    schedule = IntervalSchedule(step, anchor.replace(tzinfo=days.place), zone)
    kept = schedule.anchor_date.astimezone(days.place).replace(tzinfo=None)
    walls = [kept + number * step for number in range(20)]
    seen = [wall for wall in walls if days.walls[0] + 3 * HOUR < wall < days.walls[-1] - 3 * HOUR]

    assert given_by(schedule, days) == days.within(days.moment(wall) for wall in seen)


@pytest.mark.long
@given(days_of_change(), st.integers(0, 23), st.integers(0, 59))
@example(("Pacific/Apia", Days("Pacific/Apia", date(2011, 12, 30))), 0, 0)
def test_a_daily_rule_keeps_to_the_wall(where: tuple[str, Days], hour: int, minute: int) -> None:
    zone, days = where
    schedule = RRuleSchedule(
        f"DTSTART:20000101T000000\nRRULE:FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute};BYSECOND=0", zone
    )
    first = days.walls[0].date()
    walls = (
        datetime.combine(first + number * DAY, datetime.min.time()) + hour * HOUR + minute * MINUTE
        for number in range(1, 8)
    )

    assert given_by(schedule, days) == days.within(days.moment(wall) for wall in walls if wall < days.walls[-1])


def on_the_wall(schedule: Schedule, start: datetime, count: int) -> list[str]:
    place = ZoneInfo(str(schedule.timezone))
    return [f"{time.astimezone(place):%d %H:%M}" for time in islice(schedule.occurrences(start), count)]


@pytest.mark.parametrize(
    ("cron", "zone", "start", "shown"),
    [
        ("30 2 * * *", "America/New_York", datetime(2027, 3, 13, 6), ["13 02:30", "14 03:00", "15 02:30"]),
        (
            "*/30 * * * *",
            "America/New_York",
            datetime(2027, 11, 7, 5),
            ["07 01:00", "07 01:30", "07 01:00", "07 01:30"],
        ),
        ("15 2 * * *", "Australia/Lord_Howe", datetime(2026, 10, 2, 12), ["03 02:15", "04 02:30", "05 02:15"]),
        ("45 1 * * *", "Australia/Lord_Howe", datetime(2026, 4, 3, 20), ["05 01:45", "06 01:45"]),
        ("30 2 * * *", "Africa/Casablanca", datetime(2026, 2, 14, 12), ["15 02:30", "16 02:30"]),
        ("0 8 * * *", "Pacific/Apia", datetime(2011, 12, 29, 18), ["29 08:00", "31 00:00", "31 08:00"]),
    ],
)
def test_times_that_are_known_to_be_hard(cron: str, zone: str, start: datetime, shown: list[str]) -> None:
    assert on_the_wall(CronSchedule(cron, zone), start.replace(tzinfo=UTC), len(shown)) == shown


def test_an_hourly_interval_loses_no_run_when_clocks_go_back() -> None:
    schedule = IntervalSchedule(HOUR, datetime(2027, 1, 1, tzinfo=ZoneInfo("America/New_York")), "America/New_York")

    times = list(islice(schedule.occurrences(datetime(2027, 11, 7, 4, tzinfo=UTC)), 5))

    assert times == [datetime(2027, 11, 7, hour, tzinfo=UTC) for hour in range(4, 9)]


@pytest.mark.long
@given(days_of_change(), st.sampled_from(["*/20 * * * *", "30 1,2,3 * * *"]), st.integers(0, 5 * 24 * 60 - 1))
def test_who_begins_to_look_in_an_hour_that_is_shown_twice_finds_the_same_times(
    where: tuple[str, Days], cron: str, minutes: int
) -> None:
    zone, days = where
    schedule, start = CronSchedule(cron, zone), days.start + minutes * MINUTE
    later = list(takewhile(lambda time: time < days.end, schedule.occurrences(start)))

    assert later == [time for time in given_by(schedule, days) if time >= start]
