"""Schedules in words: `every 5 minutes`, `Monday to Friday at 09:00 (Asia/Shanghai)`; any other one as it is."""

from __future__ import annotations

import re
from datetime import timedelta

from typing_extensions import assert_never

from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule
from prefect._domain.schedules.cron import NICKNAMES

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_DAYS = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}
UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
FREQUENCIES = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}


def in_words(schedule: Schedule) -> str:
    """When a schedule's runs are due, for a person."""
    match schedule:
        case CronSchedule():
            words = _cron(schedule)
        case IntervalSchedule():
            words = _interval(schedule.interval)
        case RRuleSchedule():
            words = _rrule(schedule.rrule)
        case unknown:
            assert_never(unknown)
    place = schedule.timezone
    return words if place in (None, "UTC") else f"{words} ({place})"


def _interval(interval: timedelta) -> str:
    seconds = interval.total_seconds()
    for unit, length in UNITS:
        if seconds % length == 0:
            return _every(int(seconds // length), unit)
    return f"every {interval}"


def _every(count: int, unit: str) -> str:
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _cron(schedule: CronSchedule) -> str:
    plain = NICKNAMES.get(schedule.cron.strip().lower(), schedule.cron.strip())
    minute, hour, day, month, weekday = plain.split()
    found = None
    if month == "*":
        within = _within_a_day(minute, hour)
        days = _days(day, weekday)
        found = f"{days} {within}".strip() if within is not None and days is not None else None
    if found is None:
        return f"cron {schedule.cron}"
    return found.removeprefix("every day ") if found.startswith("every day every") else found


def _within_a_day(minute: str, hour: str) -> str | None:
    """The times of a day that minutes and hours mean."""
    if minute.isdigit() and hour.isdigit():
        return f"at {int(hour):02}:{int(minute):02}"
    if minute.isdigit() and all(part.isdigit() for part in hour.split(",")):
        return "at " + " and ".join(f"{int(part):02}:{int(minute):02}" for part in hour.split(","))
    hours = _step(hour)
    if minute.isdigit() and hours is not None:
        past = f" at :{int(minute):02}" if int(minute) else ""
        return f"{_every(hours, 'hour')}{past}"
    minutes = _step(minute)
    return _every(minutes, "minute") if minutes is not None and hour == "*" else None


def _step(field: str) -> int | None:
    """The step of a field that is `*` or `*/n`."""
    found = re.fullmatch(r"\*(?:/(\d+))?", field)
    return int(found.group(1) or 1) if found is not None else None


def _days(day: str, weekday: str) -> str | None:
    if day == "*":
        return _weekdays(weekday)
    if weekday == "*" and day.isdigit():
        return f"on day {int(day)} of the month"
    return None


def _weekdays(field: str) -> str | None:
    if field == "*":
        return "every day"
    names = [_weekday(part) for part in re.split(r"[,-]", field)]
    known = [name for name in names if name is not None]
    if len(known) < len(names) or ("-" in field and "," in field):
        return None
    return (" to " if "-" in field else ", ").join(known)


def _weekday(part: str) -> str | None:
    number = int(part) if part.isdigit() else SHORT_DAYS.get(part.upper())
    return DAYS[number] if number is not None and number < len(DAYS) else None


def _rrule(rrule: str) -> str:
    """A rule that says no more than how often; any other one as it is."""
    rules = [line for line in rrule.split() if not line.upper().startswith("DTSTART")]
    parts = dict(re.findall(r"(\w+)=([^;]+)", rules[0].upper())) if len(rules) == 1 else {}
    if set(parts) <= {"FREQ", "INTERVAL"} and parts.get("FREQ") in FREQUENCIES:
        return _every(int(parts.get("INTERVAL", "1")), FREQUENCIES[parts["FREQ"]])
    return f"rrule {' '.join(rules) or rrule}"
