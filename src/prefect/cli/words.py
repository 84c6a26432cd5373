"""What commands say of deployments: schedules, triggers, and what else several of them take; declared here once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from prefect._clock import now
from prefect._domain.durations import duration_of
from prefect.cli.moments import length_of, moment_of
from prefect.cli.running import CommandError
from prefect.cli.values import json_object, pairs
from prefect.schedules import Cron, Interval, RRule, Schedule
from prefect.utilities.yaml_text import read_yaml, read_yaml_file


def interval_of(text: str) -> timedelta:
    """The interval that a text says: `90`, `15 minutes`, `1:30:00`, `PT1H`. Raises `ValueError`."""
    try:
        return duration_of(text)
    except ValueError:
        return length_of(text)


@Parameter(name="*")
@dataclass(frozen=True)
class SchedulesSaid:
    """When a deployment runs, said in as many ways as there are."""

    cron: list[str] | None = None
    """A cron expression; may be given several times."""
    interval: list[str] | None = None
    """A length of time, such as "15 minutes" or PT1H; a number means seconds. May be given several times."""
    rrule: list[str] | None = None
    """A recurrence rule (RFC 5545); may be given several times."""
    anchor_date: str | None = None
    """The beginning of intervals."""
    timezone: str | None = None
    """The time zone of the schedules, such as Asia/Shanghai."""

    def schedules(self, *, beginning: datetime | None = None, day_or: bool = True) -> list[Schedule]:
        """The schedules; intervals count from the anchor, or else from `beginning`, or now.

        Raises `CommandError` for an anchor without an interval.
        """
        if self.anchor_date is not None and not self.interval:
            raise CommandError("--anchor-date is the beginning of an interval; say --interval, too.")
        anchor = moment_of(self.anchor_date, now=now().astimezone()) if self.anchor_date else beginning
        return [
            *(Cron(one, self.timezone, day_or) for one in self.cron or ()),
            *(Interval(interval_of(one), anchor, self.timezone) for one in self.interval or ()),
            *(RRule(one, self.timezone) for one in self.rrule or ()),
        ]


@Parameter(name="*")
@dataclass(frozen=True)
class ScheduleSaid:
    """When a deployment runs, said in one way."""

    cron: str | None = None
    """A cron expression: minute, hour, day of the month, month, day of the week."""
    interval: str | None = None
    """A length of time, such as "15 minutes" or PT1H; a number means seconds."""
    rrule: str | None = None
    """A recurrence rule (RFC 5545)."""
    anchor_date: str | None = None
    """The beginning of the interval."""
    day_or: Annotated[bool, Parameter(name=["--day-or", "--day_or"], negative=["--day-and", "--no-day-or"])] = True
    """Whether either the day of the month or that of the week is enough for a cron expression."""
    timezone: str | None = None
    """The time zone of the schedule, such as Asia/Shanghai."""

    def schedule(self, *, beginning: datetime | None = None) -> Schedule | None:
        """The schedule, if one is said; its interval counts from the anchor, or else from `beginning`, or now.

        Raises `CommandError` where several are said.
        """
        ways = (self.cron, self.interval, self.rrule)
        cron, interval, rrule = ([way] if way is not None else None for way in ways)
        said = SchedulesSaid(cron, interval, rrule, self.anchor_date, self.timezone)
        found = said.schedules(beginning=beginning, day_or=self.day_or)
        if len(found) > 1:
            raise CommandError("Say one of --cron, --interval and --rrule.")
        return found[0] if found else None

    def must_be_said(self, *, beginning: datetime) -> Schedule:
        """The schedule. Raises `CommandError` where none is said, or several are."""
        schedule = self.schedule(beginning=beginning)
        if schedule is None:
            raise CommandError('Say when it runs, by one of --cron "0 9 * * *", --interval "15 minutes", --rrule RULE.')
        return schedule


@Parameter(name="*")
@dataclass(frozen=True)
class Described:
    """What a deployment is said to be."""

    description: str | None = None
    """What it does; the flow's own description if not said."""
    version: Annotated[str | None, Parameter(name=["--version", "-v"])] = None
    """Its version; the flow's own if not said."""
    tag: Annotated[list[str] | None, Parameter(name=["--tag", "-t"])] = None
    """A tag; may be given several times."""


@Parameter(name="*")
@dataclass(frozen=True)
class Placed:
    """Where its runs wait."""

    pool: Annotated[str | None, Parameter(name=["--pool", "-p"])] = None
    """The work pool in which its runs wait; the default pool if none is named."""
    work_queue: Annotated[str | None, Parameter(name=["--work-queue", "-q"])] = None
    """The queue of that pool."""


@Parameter(name="*")
@dataclass(frozen=True)
class ParametersSaid:
    """Parameters of its runs, one by one or all at once."""

    param: list[str] | None = None
    """A parameter of its runs, NAME=VALUE; may be given several times."""
    params: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None
    """Parameters as a JSON object; - reads it from the standard input."""

    def parameters(self) -> dict[str, Any]:
        """The parameters. Raises `CommandError` where they are said both ways."""
        if self.param and self.params:
            raise CommandError("Parameters were given by --param and by --params; use one of them.")
        return pairs(self.param, "--param") or json_object(self.params, "--params")


NO_SCHEDULES, NO_SCHEDULE, NOT_DESCRIBED, ANYWHERE = SchedulesSaid(), ScheduleSaid(), Described(), Placed()
NO_PARAMETERS = ParametersSaid()
"""Nothing said."""


def triggers_said(words: Sequence[str] | None) -> list[dict[str, Any]]:
    """Triggers as JSON or YAML, said or in files. Raises `CommandError`."""
    found: list[dict[str, Any]] = []
    for word in words or ():
        told = read_yaml_file(Path(word)) if word.endswith((".yaml", ".yml", ".json")) else read_yaml(word, "--trigger")
        inner = told["triggers"] if isinstance(told, dict) and set(told) == {"triggers"} else told
        for one in inner if isinstance(inner, list) else [inner]:
            if not isinstance(one, dict):
                raise CommandError(f"--trigger takes an object; it was given {one!r}.")
            found.append(one)
    return found
