"""Schedules as programs construct them: an interval counts from now unless told otherwise, and each tells its dates.

They are the values of `prefect._domain.schedules`, which know no clock, and equal to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from prefect._clock import now
from prefect._domain import schedules

MOST_DATES = 1_000
KINDS = (schedules.CronSchedule, schedules.IntervalSchedule, schedules.RRuleSchedule)


class Dated:
    """A schedule that tells its dates."""

    occurrences: Callable[[datetime], Any]

    async def get_dates(
        self, n: int | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> list[datetime]:
        """Its next `n` dates from `start` (now) on, in UTC, none after `end`; without both, one, at most 1000."""
        most = min(MOST_DATES if end is not None and n is None else n or 1, MOST_DATES)
        dates = self.occurrences(start or now())
        return list(islice(takewhile(lambda date: end is None or date <= end, dates), most))

    def __eq__(self, other: object) -> bool:
        kind = next(kind for kind in KINDS if isinstance(self, kind))
        return astuple(self) == astuple(other) if isinstance(other, kind) else NotImplemented  # type: ignore[call-overload]

    def __hash__(self) -> int:
        return hash(astuple(self))  # type: ignore[call-overload]  # a dataclass in each class made of this one


@dataclass(frozen=True, eq=False)
class CronSchedule(Dated, schedules.CronSchedule):
    """Times by a cron expression in a time zone: `CronSchedule(cron="0 8 * * *", timezone="Asia/Shanghai")`."""


@dataclass(frozen=True, eq=False)
class IntervalSchedule(Dated, schedules.IntervalSchedule):
    """Times at an interval, in seconds or as a `timedelta`, from an anchor; without one, from now."""

    anchor_date: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        if not isinstance(self.interval, timedelta):
            object.__setattr__(self, "interval", timedelta(seconds=self.interval))
        super().__post_init__()


@dataclass(frozen=True, eq=False)
class RRuleSchedule(Dated, schedules.RRuleSchedule):
    """Times by a recurrence rule (RFC 5545): `RRuleSchedule(rrule="FREQ=WEEKLY;BYDAY=MO")`."""


class NoSchedule:
    """Says that there is to be no schedule."""


def is_schedule_type(obj: Any) -> bool:
    """Whether something is a schedule as programs construct it."""
    return isinstance(obj, (*KINDS, NoSchedule))


def construct_schedule(
    interval: timedelta | float | None = None,
    anchor_date: datetime | str | None = None,
    timezone: str | None = None,
    cron: str | None = None,
    rrule: str | None = None,
) -> CronSchedule | IntervalSchedule | RRuleSchedule:
    """The schedule that one of `interval`, `cron` and `rrule` says. Raises `ValueError` for none or several."""
    said = [name for name, value in (("interval", interval), ("cron", cron), ("rrule", rrule)) if value is not None]
    if len(said) != 1:
        raise ValueError(f"A schedule has exactly one of interval, cron and rrule; here are {said or 'none'}.")
    if cron is not None:
        return CronSchedule(cron, timezone)
    if rrule is not None:
        return RRuleSchedule(rrule, timezone)
    anchor = datetime.fromisoformat(anchor_date.replace("Z", "+00:00")) if isinstance(anchor_date, str) else anchor_date
    length = interval if isinstance(interval, timedelta) else timedelta(seconds=interval or 0)
    return IntervalSchedule(length, anchor or now(), timezone)
