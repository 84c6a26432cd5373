"""Schedules in words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect._domain.schedules.words import in_words

ANCHOR = datetime(2020, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "every second"),
        (90, "every 90 seconds"),
        (300, "every 5 minutes"),
        (3600, "every hour"),
        (86400, "every day"),
        (1209600, "every 2 weeks"),
        (1.5, "every 0:00:01.500000"),
    ],
)
def test_intervals(seconds: float, words: str) -> None:
    assert in_words(IntervalSchedule(timedelta(seconds=seconds), ANCHOR)) == words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0 * * * *", "every hour"),
        ("15 */2 * * *", "every 2 hours at :15"),
        ("@daily", "every day at 00:00"),
        ("30 9 * * *", "every day at 09:30"),
        ("0 9,17 * * *", "every day at 09:00 and 17:00"),
        ("0 9 * * 1-5", "Monday to Friday at 09:00"),
        ("0 9 * * MON,7", "Monday, Sunday at 09:00"),
        ("30 2 1 * *", "on day 1 of the month at 02:30"),
        ("*/10 * * * 1", "Monday every 10 minutes"),
        ("0 9 1 1 *", "cron 0 9 1 1 *"),
        ("0 9 1 * 1", "cron 0 9 1 * 1"),
        ("0-10 9 * * *", "cron 0-10 9 * * *"),
        ("0 9 * * 1#2", "cron 0 9 * * 1#2"),
    ],
)
def test_cron_expressions(cron: str, words: str) -> None:
    assert in_words(CronSchedule(cron)) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("RRULE:FREQ=HOURLY;INTERVAL=3", "every 3 hours"),
        ("DTSTART:20300101T000000Z\nRRULE:FREQ=WEEKLY", "every week"),
        ("FREQ=WEEKLY;BYDAY=MO", "rrule FREQ=WEEKLY;BYDAY=MO"),
    ],
)
def test_recurrence_rules(rule: str, words: str) -> None:
    assert in_words(RRuleSchedule(rule)) == words


def test_a_time_zone_is_named() -> None:
    assert in_words(CronSchedule("0 9 * * *", "Asia/Shanghai")) == "every day at 09:00 (Asia/Shanghai)"
