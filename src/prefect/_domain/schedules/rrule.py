"""Recurrence rules as calendars write them (RFC 5545): `FREQ=WEEKLY;BYDAY=MO,WE`, also sets with EXRULE and EXDATE.

The rule is followed on the wall clock of the time zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dateutil.rrule import DAILY, HOURLY, MINUTELY, SECONDLY, WEEKLY, rruleset, rrulestr

from prefect._domain.schedules.zones import checked_year, moment_of, zone

LONGEST = 6500
LARGEST_COUNT = 50_000
"""Times are counted from the first one on, whenever the next ones are asked for."""
DEFAULT_START = datetime(2020, 1, 1)
NEAR_THE_END = datetime(9950, 1, 1)
"""Days and weekdays repeat, so a rule that fires at all fires in the calendar's last half century."""


@dataclass(frozen=True)
class RRuleSchedule:
    """Times by a recurrence rule in a time zone.

    Raises `ValueError` for a rule or a time zone that is none, for a rule by seconds, and for one that never fires.
    """

    rrule: str
    timezone: str | None = "UTC"

    def __post_init__(self) -> None:
        zone(self.timezone)
        if len(self.rrule) > LONGEST:
            raise ValueError(f"A recurrence rule has at most {LONGEST} characters; this one has {len(self.rrule)}.")
        rule = self._rule()
        for part in _parts(rule):
            _require_sane(part)
        if not _fires(rule):
            raise ValueError(f"The recurrence rule {self.rrule!r} never fires: no time fits all of its parts.")

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
    MINUTELY: timedelta(minutes=1),
    HOURLY: timedelta(hours=1),
    DAILY: timedelta(days=1),
    WEEKLY: timedelta(weeks=1),
}


def _parts(rule: Any) -> list[Any]:
    """The rules of a set; a rule alone."""
    return [*rule._rrule, *rule._exrule] if _is_set(rule) else [rule]


def _is_set(rule: Any) -> bool:
    return isinstance(rule, rruleset)


def _require_sane(rule: Any) -> None:
    checked_year(rule._dtstart, "The start of a recurrence rule")
    if rule._freq == SECONDLY:
        raise ValueError("A recurrence rule counts minutes or more; for seconds use an interval schedule.")
    if rule._interval < 1:
        raise ValueError(f"The INTERVAL of a recurrence rule is at least 1; {rule._interval} is not.")
    if (rule._count or 0) > LARGEST_COUNT:
        raise ValueError(f"The COUNT of a recurrence rule is at most {LARGEST_COUNT}; give an UNTIL instead.")


def _fires(rule: Any) -> bool:
    """Whether a rule has any time; dateutil itself would look through eight thousand years for one that has none."""
    if not _is_set(rule):
        return rule._count != 0 and next(iter(_at_the_end(rule)), None) is not None
    if not rule._rrule:
        return bool(rule._rdate)
    late = rruleset()
    for part in rule._rrule:
        late.rrule(_at_the_end(part))
    for part in rule._exrule:
        if part._until is None and part._count is None:
            late.exrule(_at_the_end(part))
    return all(_fires(part) for part in rule._rrule) and next(iter(late), None) is not None


def _at_the_end(rule: Any) -> Any:
    return rule.replace(dtstart=NEAR_THE_END, until=None, count=None)


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
