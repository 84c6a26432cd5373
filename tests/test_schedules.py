"""Schedules as users write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.deployments.schedules import schedules_of
from prefect.schedules import Cron, Interval, RRule, Schedule

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def test_each_kind_says_when_it_is_due() -> None:
    assert Cron("0 8 * * *", timezone="Asia/Shanghai").timing == CronSchedule("0 8 * * *", "Asia/Shanghai")
    assert Interval(90, anchor_date=NOON).timing == IntervalSchedule(timedelta(seconds=90), NOON)
    assert RRule("FREQ=DAILY").timing == RRuleSchedule("FREQ=DAILY")


def test_what_its_runs_get_is_kept() -> None:
    made = Cron("@daily", active=False, parameters={"x": 1}, slug="daily", catch_up="latest")

    assert (made.active, made.parameters, made.slug, made.catch_up) == (False, {"x": 1}, "daily", "latest")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Cron("every day"), "no cron expression"),
        (lambda: Interval(0), "interval"),
        (lambda: RRule("FREQ=SOMETIMES"), "no recurrence rule"),
        (lambda: Cron("@daily", timezone="Mars/Base"), "no time zone"),
        (lambda: Schedule(), "exactly one of"),
        (lambda: Schedule(cron="@daily", rrule="FREQ=DAILY"), "exactly one of"),
        (lambda: Cron("@daily", catch_up="some"), "catch_up is one of"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_schedule_is_refused_where_it_is_made(make: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    "said",
    [
        {"cron": "0 8 * * *"},
        {"cron": ["0 8 * * *"]},
        {"schedule": Cron("0 8 * * *")},
        {"schedule": CronSchedule("0 8 * * *")},
        {"schedules": [Cron("0 8 * * *")]},
        {"schedules": [CronSchedule("0 8 * * *")]},
        {"schedules": [{"cron": "0 8 * * *"}]},
        {"schedules": [{"schedule": {"cron": "0 8 * * *"}}]},
        {"schedules": [{"schedule": CronSchedule("0 8 * * *")}]},
    ],
)
def test_every_way_to_say_a_schedule_means_the_same(said: dict[str, Any]) -> None:
    found = schedules_of(**said)

    assert found is not None
    assert [one.timing for one in found] == [CronSchedule("0 8 * * *")]


@pytest.mark.parametrize("interval", [5400, 5400.0, timedelta(minutes=90), "1:30:00", "PT1H30M", "5400"])
def test_an_interval_is_said_in_seconds_or_as_people_write_it(interval: Any) -> None:
    found = schedules_of(interval=interval)

    assert found is not None
    assert [one.interval for one in found] == [timedelta(minutes=90)]


def test_several_values_make_several_schedules() -> None:
    found = schedules_of(interval=[60, timedelta(hours=1)])

    assert found is not None
    assert [one.interval for one in found] == [timedelta(minutes=1), timedelta(hours=1)]


def test_a_mapping_keeps_what_is_said_beside_the_time() -> None:
    told = {"interval": 3600, "anchor_date": "2026-01-01T12:00:00Z", "timezone": "UTC", "active": False, "slug": "s"}

    found = schedules_of(schedules=[{**told, "parameters": {"x": 1}, "catch_up": "none", "unknown": 1}])

    assert found == [
        Schedule(timedelta(hours=1), None, None, "UTC", NOON, True, False, {"x": 1}, "s", catch_up="none"),
    ]


def test_nothing_said_is_not_the_same_as_no_schedules() -> None:
    assert schedules_of() is None
    assert schedules_of(schedules=[]) == []


def test_two_ways_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="several ways: cron, schedules"):
        schedules_of(cron="@daily", schedules=[])


@pytest.mark.parametrize("said", [{"schedule": 5}, {"interval": True}, {"schedules": [object()]}])
def test_what_is_no_schedule_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        schedules_of(**said)


def test_a_time_zone_on_an_anchor_is_kept() -> None:
    anchor = datetime(2026, 1, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert Interval(86400, anchor_date=anchor).timing == IntervalSchedule(timedelta(days=1), anchor)
