"""Schedules as users write them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from prefect._domain.deployments import CatchUp
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.client import timing
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.deployments.schedules import as_mapping, schedules_of
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


def test_the_bodies_of_clients_are_schedules_too() -> None:
    body = DeploymentScheduleCreate(schedule=CronSchedule("@daily"), active=False, slug="s", catch_up=CatchUp.LATEST)

    found = schedules_of(schedules=[body])

    assert found == [Cron("@daily", active=False, slug="s", catch_up="latest")]
    assert as_mapping(found[0])["catch_up"] == "latest"


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


def test_schedules_of_the_clients_are_the_same_values() -> None:
    assert timing.CronSchedule("@daily") == CronSchedule("@daily")
    assert CronSchedule("@daily") == timing.CronSchedule("@daily")
    assert timing.CronSchedule("@daily") != CronSchedule("@hourly")
    assert timing.CronSchedule("@daily") != timing.RRuleSchedule("FREQ=DAILY")
    assert len({timing.CronSchedule("@daily"), timing.CronSchedule("@daily")}) == 1
    assert timing.IntervalSchedule(60, NOON) == IntervalSchedule(timedelta(minutes=1), NOON)  # type: ignore[arg-type]
    assert timing.IntervalSchedule(timedelta(minutes=1)).anchor_date.tzinfo is not None


def test_they_tell_their_dates() -> None:
    async def dates() -> tuple[list[datetime], list[datetime], list[datetime]]:
        hourly = timing.IntervalSchedule(timedelta(hours=1), NOON)
        return (
            await hourly.get_dates(2, start=NOON),
            await hourly.get_dates(start=NOON, end=NOON + timedelta(hours=2)),
            await timing.CronSchedule("0 8 * * *").get_dates(start=NOON),
        )

    two, until, one = asyncio.run(dates())

    assert two == [NOON, NOON + timedelta(hours=1)]
    assert until == [NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2)]
    assert one == [NOON + timedelta(hours=20)]


def test_a_schedule_is_constructed_of_what_is_said() -> None:
    assert timing.construct_schedule(cron="@daily", timezone="UTC") == CronSchedule("@daily", "UTC")
    assert timing.construct_schedule(rrule="FREQ=DAILY") == RRuleSchedule("FREQ=DAILY", None)
    assert timing.construct_schedule(60, "2026-01-01T12:00:00Z") == IntervalSchedule(timedelta(minutes=1), NOON)
    assert schedules_of(schedule=timing.NoSchedule()) == []
    with pytest.raises(ValueError, match="exactly one of"):
        timing.construct_schedule()
