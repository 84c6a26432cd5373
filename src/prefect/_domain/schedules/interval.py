"""Times at equal distances from an anchor.

An interval of less than a day counts elapsed time. One of a day or more counts on the wall clock, so that a daily run
stays at its hour across a change of clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect._domain.schedules.zones import UTC, moment_of, zone

DAY = timedelta(days=1)


@dataclass(frozen=True)
class IntervalSchedule:
    """Times at an interval from an anchor, before and after it. Raises `ValueError` unless the interval is above 0."""

    interval: timedelta
    anchor_date: datetime
    timezone: str | None = None

    def __post_init__(self) -> None:
        zone(self.timezone)
        if self.interval <= timedelta(0):
            raise ValueError(f"The interval must be greater than 0; it is {self.interval}.")
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
        place = zone(self.timezone or getattr(self.anchor_date.tzinfo, "key", None))
        anchor = self.anchor_date.astimezone(place).replace(tzinfo=None)
        wall = start.astimezone(place).replace(tzinfo=None)
        number = -((anchor - wall) // self.interval) - 1
        while True:
            time = moment_of(anchor + number * self.interval, place)
            if time >= start:
                yield time
            number += 1
