"""Lengths of time as settings, files and options write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from prefect._domain.durations import duration_of


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (90, timedelta(seconds=90)),
        ("1.5", timedelta(seconds=1.5)),
        (timedelta(days=1), timedelta(days=1)),
        ("01:30", timedelta(hours=1, minutes=30)),
        ("25:00:00.5", timedelta(hours=25, seconds=0.5)),
        ("1 day, 0:00:05", timedelta(days=1, seconds=5)),
        ("2d 01:00:00", timedelta(days=2, hours=1)),
        ("P7D", timedelta(days=7)),
        ("P1WT1.5H", timedelta(weeks=1, hours=1.5)),
        (" PT15M ", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1h 30m", timedelta(hours=1, minutes=30)),
        ("1 day 90 minutes", timedelta(days=1, minutes=90)),
    ],
)
def test_a_length_of_time_is_seconds_a_clocks_or_of_iso_8601(said: Any, meant: timedelta) -> None:
    assert duration_of(said) == meant


@pytest.mark.parametrize("said", ["soon", "", "P", "PT", "5:3", "5 apples", "nan", "inf", "P999999999W", None])
def test_what_is_no_length_of_time_is_refused(said: Any) -> None:
    with pytest.raises(ValueError, match=r"no length of time|longer than anything|NaN"):
        duration_of(said)
