"""Cron expressions: minute, hour, day of month, month, day of week.

Across a change of clocks we do as Debian's cron does: a job with a fixed hour runs once, right after a gap that would
have swallowed it; a job that runs every hour or oftener runs by elapsed time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import dropwhile

from cronsim import CronSim, CronSimError

from prefect._domain.schedules.zones import UTC, next_change, wall_of, zone

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
FARTHEST = timedelta(days=29 * 366)
"""Within this time every day of a month has been every day of the week, leap days too."""
LONGEST_GAP = timedelta(hours=25)
"""More than clocks were ever put forward; whoever looks from the end of a gap on misses nothing that was in it."""
NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True)
class CronSchedule:
    """Times by a cron expression in a time zone.

    With `day_or`, a time matches when its day of month or its day of week does (where both are restricted); without,
    both must match. Raises `ValueError` for an expression or a time zone that is none, and for one that never fires.
    """

    cron: str
    timezone: str | None = None
    day_or: bool = True

    def __post_init__(self) -> None:
        zone(self.timezone)
        for expression in self._expressions():
            _require_valid(expression, self.cron)
        if next(self.occurrences(ANY_TIME), None) is None:
            raise ValueError(f"The cron expression {self.cron!r} never fires: no day fits all of its fields.")

    def occurrences(self, start: datetime) -> Iterator[datetime]:
        """The times from `start` on, in UTC."""
        place = zone(self.timezone)
        streams = [_times(expression, start, place) for expression in self._expressions()]
        return streams[0] if len(streams) == 1 else _in_both(*streams)

    def _expressions(self) -> list[str]:
        """The expressions that must all match."""
        plain = NICKNAMES.get(self.cron.strip().lower(), self.cron.strip())
        fields = plain.split()
        if self.day_or or len(fields) != 5 or "*" in (fields[2], fields[4]):
            return [plain]
        minute, hour, day, month, weekday = fields
        return [f"{minute} {hour} {day} {month} *", f"{minute} {hour} * {month} {weekday}"]


def _require_valid(expression: str, given: str) -> None:
    if len(expression.split()) != 5:
        raise ValueError(
            f"{given!r} is no cron expression: expected five fields (minute, hour, day of month, month, day of week), "
            f"such as '0 8 * * *', or one of {', '.join(NICKNAMES)}."
        )
    try:
        CronSim(expression, datetime(2000, 1, 1))
    except CronSimError as error:
        raise ValueError(f"{given!r} is no cron expression: {error}. Expected something like '0 8 * * *'.") from error


def _times(expression: str, start: datetime, place: tzinfo) -> Iterator[datetime]:
    minute, hour, *_ = expression.split()
    if minute.startswith("*") or hour.startswith("*"):
        return _whenever_shown(expression, start, place)
    early = (start.astimezone(UTC) - LONGEST_GAP).astimezone(place)
    times = (time.astimezone(UTC) for time in CronSim(expression, early))
    return dropwhile(lambda time: time < start, times)


def _whenever_shown(expression: str, start: datetime, place: tzinfo) -> Iterator[datetime]:
    """The moments at which clocks show a time that fits, found piece by piece from one change of clocks to the next."""
    begin: datetime | None = start.astimezone(UTC)
    while begin is not None:
        wall = wall_of(begin, place)
        offset, last, begin = wall - begin.replace(tzinfo=None), begin, None
        for shown in CronSim(expression, wall - TICK):
            due = (shown - offset).replace(tzinfo=UTC)
            begin = next_change(last, due, place)
            if begin is not None:
                break
            yield due
            last = due


def _in_both(some: Iterator[datetime], others: Iterator[datetime]) -> Iterator[datetime]:
    """The times that two ordered streams share."""
    one, other = next(some, None), next(others, None)
    end = one + FARTHEST if one is not None else None
    while one is not None and other is not None and end is not None and one < end:
        if one == other:
            end = one + FARTHEST
            yield one
            one, other = next(some, None), next(others, None)
        elif one < other:
            one = next(some, None)
        else:
            other = next(others, None)
