"""Lengths of time and moments as a person types them: `2 hours`, `1h30m`, `tomorrow 9:00`, `2030-01-31 18:30`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser

UNITS: dict[str, float] = {
    **dict.fromkeys(("ms", "millisecond"), 0.001),
    **dict.fromkeys(("s", "sec", "second", "秒", "秒钟"), 1),
    **dict.fromkeys(("m", "min", "minute", "分", "分钟"), 60),
    **dict.fromkeys(("h", "hr", "hour", "小时"), 3600),
    **dict.fromkeys(("d", "day", "天"), 86400),
    **dict.fromkeys(("w", "week", "周"), 604800),
}
"""Seconds of a unit, by its names in the singular."""
PART = re.compile(r"\s*(?:,|and\b)?\s*(\d+(?:\.\d+)?|an?\b)\s*([^\W\d]+)")
CLOCK = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d))?")
DAYS = {"today": 0, "tomorrow": 1, "今天": 0, "明天": 1}
LONGEST = timedelta(days=36525)


def length_of(text: str) -> timedelta:
    """A length of time: `90` seconds, `2 hours`, `1h30m`, `1 day and 2 hours`, `0:30:00`. Raises `ValueError`."""
    wanted = text.strip().lower()
    clock = CLOCK.fullmatch(wanted)
    if clock is not None:
        hours, minutes, seconds = clock.groups(default="0")
        return _at_most(text, int(hours) * 3600 + int(minutes) * 60 + int(seconds))
    if re.fullmatch(r"\d+(\.\d+)?", wanted):
        return _at_most(text, float(wanted))
    seconds_in_all, end = 0.0, 0
    while end < len(wanted):
        part = PART.match(wanted, end)
        unit = _seconds_of(part.group(2)) if part is not None else None
        if part is None or unit is None:
            raise _no_length(text)
        seconds_in_all += (1.0 if part.group(1)[0] == "a" else float(part.group(1))) * unit
        end = part.end()
    if not wanted:
        raise _no_length(text)
    return _at_most(text, seconds_in_all)


def _seconds_of(unit: str) -> float | None:
    return UNITS.get(unit) or UNITS.get(unit.removesuffix("s"))


def _at_most(text: str, seconds: float) -> timedelta:
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text!r} is longer than a century.")
    return timedelta(seconds=seconds)


def _no_length(text: str) -> ValueError:
    return ValueError(f'{text!r} is no length of time. Write it like "30 seconds", "2 hours" or "1h30m".')


def moment_of(text: str, *, now: datetime) -> datetime:
    """A moment, in the time zone of `now` unless another one is named: a date, a time of day, or both.

    `2030-01-31 18:30`, `18:30`, `tomorrow 9:00`, `monday 9am`, `2030-01-31T18:30+08:00`, `tomorrow 9:00 Asia/Shanghai`,
    `in 2 hours`, `now`. Raises `ValueError`.
    """
    wanted = text.strip()
    if wanted.lower() == "now":
        return now
    if wanted.lower().startswith("in "):
        return now + length_of(wanted[3:])
    if wanted.lower().endswith(" from now"):
        return now + length_of(wanted[:-9])
    wanted, now = _without_zone(wanted, now)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first, _, rest = wanted.partition(" ")
    if first.lower() in DAYS:
        wanted, day = rest.strip() or "0:00", day + timedelta(days=DAYS[first.lower()])
    return _read(text, wanted, day)


def _without_zone(text: str, now: datetime) -> tuple[str, datetime]:
    """A text without the time zone at its end, and now in that zone."""
    before, _, last = text.rpartition(" ")
    if not before or not (last == "UTC" or ("/" in last and last[0].isalpha())):
        return text, now
    try:
        zone = timezone.utc if last == "UTC" else ZoneInfo(last)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"There is no time zone {last!r}. Its name is like Asia/Shanghai.") from None
    return before, now.astimezone(zone)


def _read(text: str, wanted: str, day: datetime) -> datetime:
    try:
        return parser.parse(wanted, default=day, tzinfos=partial(_zone, day.tzinfo))
    except (parser.ParserError, OverflowError, ValueError, TypeError):
        raise ValueError(
            f'{text!r} is no moment. Write it like "2030-01-31 18:30", "tomorrow 9:00" or "in 2 hours".'
        ) from None


def _zone(usual: tzinfo | None, name: str | None, offset: int | None) -> tzinfo | None:
    """The zone that an offset means. Abbreviations are refused, since they are ambiguous."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is not None:
        raise ValueError(f"{name!r} may mean several time zones.")
    return usual
