"""Schedules as users write them: `Cron("0 8 * * *")`, `Interval(600)`, `RRule("FREQ=DAILY")`.

A schedule says when runs are due, and how those runs differ: their parameters, and what becomes of times that went by
while nobody could start them (`catch_up`). The laws of time are in `_domain/schedules/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from prefect._clock import now
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect._domain.schedules import Schedule as Timing
from prefect.utilities.options import declares

if TYPE_CHECKING:
    from typing_extensions import Unpack

CatchUp = Literal["all", "latest", "none"]
CATCH_UP = ("all", "latest", "none")


class ScheduleOptions(TypedDict, total=False):
    """What can be said of every schedule: whether it is active, and what its runs get."""

    active: bool
    parameters: Mapping[str, Any] | None
    slug: str | None
    catch_up: CatchUp
    max_scheduled_runs: int | None


@dataclass(frozen=True)
class Schedule:
    """When runs of a deployment are due: exactly one of `interval`, `cron` and `rrule` says it.

    An interval counts from its `anchor_date`; without one, from now. `catch_up` says what becomes of times that went by
    while nobody could start their runs: `all` of them run, only the `latest`, or `none`. `is_switched` says that
    somebody has said whether it is active: one that is there already is switched only then. Raises `ValueError` for
    what is no schedule.
    """

    interval: timedelta | None = None
    cron: str | None = None
    rrule: str | None = None
    timezone: str | None = None
    anchor_date: datetime | None = None
    day_or: bool = True
    active: bool = True
    parameters: dict[str, Any] = field(default_factory=dict)
    slug: str | None = None
    catch_up: CatchUp = "all"
    max_scheduled_runs: int | None = None
    replaces: str | None = None
    is_switched: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = [name for name in ("interval", "cron", "rrule") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"A schedule has exactly one of interval, cron and rrule; here are {said or 'none'}.")
        object.__setattr__(self, "catch_up", getattr(self.catch_up, "value", self.catch_up))
        if self.catch_up not in CATCH_UP:
            raise ValueError(f"catch_up is one of {', '.join(CATCH_UP)}; it is {self.catch_up!r}.")
        if not self.active:
            object.__setattr__(self, "is_switched", True)
        if self.interval is not None and self.anchor_date is None:
            object.__setattr__(self, "anchor_date", now())
        _ = self.timing

    @property
    def timing(self) -> Timing:
        """When it is due, as a value of one kind."""
        if self.interval is not None:
            assert self.anchor_date is not None
            return IntervalSchedule(self.interval, self.anchor_date, self.timezone)
        if self.cron is not None:
            return CronSchedule(self.cron, self.timezone, self.day_or)
        assert self.rrule is not None
        return RRuleSchedule(self.rrule, self.timezone or "UTC")

    @classmethod
    def of(cls, timing: Timing, **options: Any) -> Schedule:
        """A schedule made from one of the values that only say when."""
        if isinstance(timing, IntervalSchedule):
            return cls(timing.interval, timezone=timing.timezone, anchor_date=timing.anchor_date, **options)
        if isinstance(timing, CronSchedule):
            return cls(cron=timing.cron, timezone=timing.timezone, day_or=timing.day_or, **options)
        return cls(rrule=timing.rrule, timezone=timing.timezone, **options)


@declares(ScheduleOptions)
def Cron(cron: str, timezone: str | None = None, day_or: bool = True, **options: Unpack[ScheduleOptions]) -> Schedule:
    """Runs at the times of a cron expression, such as `Cron("0 8 * * *", timezone="Asia/Shanghai")`."""
    return Schedule(cron=cron, day_or=day_or, **_plain({**options, "timezone": timezone}))


@declares(ScheduleOptions)
def Interval(
    interval: timedelta | float,
    anchor_date: datetime | None = None,
    timezone: str | None = None,
    **options: Unpack[ScheduleOptions],
) -> Schedule:
    """Runs at an interval, in seconds or as a `timedelta`, counted from the anchor; without one, from now."""
    length = interval if isinstance(interval, timedelta) else timedelta(seconds=interval)
    return Schedule(length, anchor_date=anchor_date, **_plain({**options, "timezone": timezone}))


@declares(ScheduleOptions)
def RRule(rrule: str, timezone: str | None = None, **options: Unpack[ScheduleOptions]) -> Schedule:
    """Runs by a recurrence rule (RFC 5545), such as `RRule("FREQ=WEEKLY;BYDAY=MO")`."""
    return Schedule(rrule=rrule, **_plain({**options, "timezone": timezone}))


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {**options, "parameters": dict(options.get("parameters") or {}), "is_switched": "active" in options}


__all__ = ["Cron", "Interval", "RRule", "Schedule"]
