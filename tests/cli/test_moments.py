"""Lengths and moments as people type them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from prefect.cli.moments import length_of, moment_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2030, 1, 31, 18, 30, 15, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("0.5", 0.5),
        ("30 seconds", 30),
        ("2 hours", 7200),
        ("1h30m", 5400),
        ("1 day and 2 hours", 93600),
        ("1 week, 1 min", 604860),
        ("an hour", 3600),
        ("0:30", 1800),
        ("1:00:05", 3605),
        ("2小时", 7200),
        ("1 小时 30 分钟", 5400),
        ("250 ms", 0.25),
    ],
)
def test_a_length_is_read(text: str, seconds: float) -> None:
    assert length_of(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "2 parsecs", "hours", "-5", "5 minutes ago", "1:99", "9" * 30 + " days"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"2 hours|century"):
        length_of(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("in 2 hours", NOW + timedelta(hours=2)),
        ("2 hours from now", NOW + timedelta(hours=2)),
        ("2030-02-01 09:00", datetime(2030, 2, 1, 9, tzinfo=SHANGHAI)),
        ("2030-02-01", datetime(2030, 2, 1, tzinfo=SHANGHAI)),
        ("20:00", datetime(2030, 1, 31, 20, tzinfo=SHANGHAI)),
        ("today 20:00", datetime(2030, 1, 31, 20, tzinfo=SHANGHAI)),
        ("tomorrow 9am", datetime(2030, 2, 1, 9, tzinfo=SHANGHAI)),
        ("明天 9:00", datetime(2030, 2, 1, 9, tzinfo=SHANGHAI)),
        ("tomorrow", datetime(2030, 2, 1, tzinfo=SHANGHAI)),
        ("2030-02-01T09:00:00Z", datetime(2030, 2, 1, 9, tzinfo=timezone.utc)),
        ("2030-02-01T09:00+02:00", datetime(2030, 2, 1, 7, tzinfo=timezone.utc)),
        ("2030-02-01 09:00 UTC", datetime(2030, 2, 1, 9, tzinfo=timezone.utc)),
        ("tomorrow 9:00 Europe/Berlin", datetime(2030, 2, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))),
    ],
)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    assert moment_of(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["", "someday", "2030-13-01", "tomorrow noonish", "9:00 Mars/Base", "9:00 CST"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"tomorrow 9:00|Asia/Shanghai"):
        moment_of(text, now=NOW)
