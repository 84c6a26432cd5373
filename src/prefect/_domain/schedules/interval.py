"""Times at equal distances from an anchor.

An interval of less than a day counts elapsed time. One of a day or more counts on the wall clock, so that a daily run
stays at its hour across a change of clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect._domain.schedules.zones import UTC, checked_year, moment_of, zone

DAY = timedelta(days=1)
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=36_525)


@dataclass(frozen=True)
class IntervalSchedule:
    """Times at an interval from an anchor, before and after it.

    Raises `ValueError` for an interval below a second or above a century, and for an anchor in an absurd year.
    """

    interval: timedelta
    anchor_date: datetime
    timezone: str | None = None

    def __post_init__(self) -> None:
        zone(self.timezone)
        if self.timezone is None:
            object.__setattr__(self, "timezone", getattr(self.anchor_date.tzinfo, "key", None))
        checked_year(self.anchor_date, "The anchor of an interval")
        if not SHORTEST <= self.interval <= LONGEST:
            raise ValueError(
                f"An interval is at least a second and at most a century; {self.interval.total_seconds()} seconds "
                "does not fit."
            )
        if self.anchor_date.tzinfo is None:
            object.__setattr__(self, "anchor_date", self.anchor_date.replace(tzinfo=zone(self.timezone)))

    def occurrences(self, start: datetime) -> Iterator[datetime]:
        """The times from `start` on, in UTC."""
        return self._by_the_wall_clock(start) if self.interval >= DAY else self._by_elapsed_time(start)

    def _by_elapsed_time(self, start: datetime) -> Iterator[datetime]:
        anchor = self.anchor_date.astimezone(UTC)
        number = -((anchor - start) // self.interval)
        while True:
            yield anchor + number * self.interval
            number += 1

    def _by_the_wall_clock(self, start: datetime) -> Iterator[datetime]:
        place = zone(self.timezone)
        anchor = self.anchor_date.astimezone(place).replace(tzinfo=None)
        wall = start.astimezone(place).replace(tzinfo=None)
        number = -((anchor - wall) // self.interval) - 1
        previous: datetime | None = None
        while True:
            time = moment_of(anchor + number * self.interval, place)
            if time >= start and time != previous:
                previous = time
                yield time
            number += 1
