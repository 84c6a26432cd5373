"""Recurrence rules as calendars write them (RFC 5545): `FREQ=WEEKLY;BYDAY=MO,WE`, also sets with EXRULE and EXDATE.

The rule is followed on the wall clock of the time zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dateutil.rrule import DAILY, HOURLY, MINUTELY, SECONDLY, WEEKLY, rrulestr

from prefect._domain.schedules.zones import moment_of, zone

LONGEST = 6500
DEFAULT_START = datetime(2020, 1, 1)


@dataclass(frozen=True)
class RRuleSchedule:
    """Times by a recurrence rule in a time zone. Raises `ValueError` for a rule or a time zone that is none."""

    rrule: str
    timezone: str | None = "UTC"

    def __post_init__(self) -> None:
        zone(self.timezone)
        if len(self.rrule) > LONGEST:
            raise ValueError(f"A recurrence rule has at most {LONGEST} characters; this one has {len(self.rrule)}.")
        self._rule()

    def occurrences(self, start: datetime) -> Iterator[datetime]:
        """The times from `start` on, in UTC; a rule with COUNT or UNTIL comes to an end."""
        place = zone(self.timezone)
        wall = start.astimezone(place).replace(tzinfo=None)
        previous: datetime | None = None
        yesterday = wall - timedelta(days=1)
        for walltime in _moved_up(self._rule(), yesterday).xafter(yesterday, inc=True):
            time = moment_of(walltime, place)
            if time >= start and time != previous:
                previous = time
                yield time

    def _rule(self) -> Any:
        try:
            return rrulestr(self.rrule, dtstart=DEFAULT_START, ignoretz=True, cache=False)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise ValueError(
                f"{self.rrule!r} is no recurrence rule: {error}. Expected something like 'FREQ=DAILY;BYHOUR=8'."
            ) from error


UNITS: dict[int | None, timedelta] = {
    SECONDLY: timedelta(seconds=1),
    MINUTELY: timedelta(minutes=1),
    HOURLY: timedelta(hours=1),
    DAILY: timedelta(days=1),
    WEEKLY: timedelta(weeks=1),
}


def _moved_up(rule: Any, wall: datetime) -> Any:
    """The same rule begun later, before `wall`, so that years of an hourly rule need not be counted through.

    A rule that counts its times, a set of rules, and one by months or years, which is cheap, stay as they are.
    """
    unit = UNITS.get(getattr(rule, "_freq", None))
    if unit is None or rule._count is not None:
        return rule
    step = unit * rule._interval
    steps = (wall - rule._dtstart) // step
    return rule.replace(dtstart=rule._dtstart + steps * step) if steps > 0 else rule
