"""Schedules in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer

from prefect._domain import schedules
from prefect._domain.deployments import CatchUp
from prefect._domain.schedule_changes import WantedSchedule
from prefect._wire.models import Answer, Body, Mapped, Moment, Recorded, Span, Text

ANCHOR = datetime(2020, 1, 1, tzinfo=timezone.utc)
"""From where an interval counts that says nothing of it; always the same, so that the same schedule stays the same."""
MOST_SCHEDULES = 100


class CronSchedule(Body):
    cron: Text
    timezone: Text | None = None
    day_or: bool = True

    def schedule(self) -> schedules.Schedule:
        return schedules.CronSchedule(self.cron, self.timezone, self.day_or)


class RRuleSchedule(Body):
    rrule: Text
    timezone: Text | None = "UTC"

    def schedule(self) -> schedules.Schedule:
        return schedules.RRuleSchedule(self.rrule, self.timezone)


class IntervalSchedule(Body):
    """An interval, in seconds or as a duration such as PT1H."""

    interval: Span
    anchor_date: Moment = ANCHOR
    timezone: Text | None = None

    def schedule(self) -> schedules.Schedule:
        return schedules.IntervalSchedule(self.interval, self.anchor_date, self.timezone)


AnySchedule = IntervalSchedule | CronSchedule | RRuleSchedule


def require_schedule(given: AnySchedule) -> AnySchedule:
    """What was given, if it makes a schedule. Raises `ValueError`."""
    given.schedule()
    return given


def as_fields(given: Any) -> Any:
    """The fields of a schedule of the domain; anything else as it is."""
    return asdict(given) if isinstance(given, schedules.Schedule) else given


if TYPE_CHECKING:  # programs give schedules as they import them
    GivenSchedule = AnySchedule | schedules.Schedule
else:
    GivenSchedule = Annotated[AnySchedule, BeforeValidator(as_fields), AfterValidator(require_schedule)]
MostRuns = Annotated[int, Field(gt=0, le=2**31 - 1)]


class TheirSchedule(Answer):
    """A schedule as it is told."""

    model_config = ConfigDict(extra="forbid")


class ToldInterval(TheirSchedule):
    interval: float
    anchor_date: datetime
    timezone: str | None


class ToldCron(TheirSchedule):
    cron: str
    timezone: str | None
    day_or: bool


class ToldRRule(TheirSchedule):
    rrule: str
    timezone: str | None


def told(schedule: schedules.Schedule) -> ToldInterval | ToldCron | ToldRRule:
    """A schedule in JSON."""
    match schedule:
        case schedules.CronSchedule():
            return ToldCron.of(schedule)
        case schedules.RRuleSchedule():
            return ToldRRule.of(schedule)
        case schedules.IntervalSchedule(interval, anchor, place):
            return ToldInterval(interval=interval.total_seconds(), anchor_date=anchor, timezone=place)


ToldSchedule = Annotated[schedules.Schedule, PlainSerializer(told, return_type=ToldInterval | ToldCron | ToldRRule)]


class WantedFields(Body):
    """What all bodies of schedules share."""

    max_scheduled_runs: MostRuns | None = None
    parameters: Mapped = Field(default_factory=dict)
    slug: Text | None = None
    replaces: Text | None = None
    catch_up: CatchUp | None = None

    def wanted(self) -> WantedSchedule:
        """The schedule that a client wants: the fields that it named."""
        given = self.given()
        replaces = given.pop("replaces", None)
        if given.get("schedule") is not None:
            given["schedule"] = given["schedule"].schedule()
        return WantedSchedule(given, replaces)


class DeploymentScheduleCreate(WantedFields):
    active: bool = True
    schedule: GivenSchedule


class DeploymentScheduleUpdate(WantedFields):
    active: bool | None = None
    schedule: GivenSchedule | None = None


class DeploymentSchedule(Recorded):
    deployment_id: UUID | None
    schedule: ToldSchedule
    active: bool
    max_scheduled_runs: int | None
    parameters: dict[str, Any]
    slug: str | None
    catch_up: CatchUp


def wanted_schedules(given: Mapping[str, Any], name: str = "schedules") -> list[WantedSchedule] | None:
    """The schedules among the fields that a client named; None where it named none."""
    sent = given.get(name)
    return None if sent is None else [each.wanted() for each in sent]
