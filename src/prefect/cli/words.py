"""Options that say schedules and triggers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect._clock import now
from prefect._domain.durations import duration_of
from prefect.cli.moments import length_of, moment_of
from prefect.cli.running import CommandError
from prefect.schedules import Cron, Interval, RRule, Schedule
from prefect.utilities.yaml_text import read_yaml, read_yaml_file


def interval_of(text: str) -> timedelta:
    """The interval that a text says: `90`, `15 minutes`, `1:30:00`, `PT1H`. Raises `ValueError`."""
    try:
        return duration_of(text)
    except ValueError:
        return length_of(text)


def schedules_said(
    cron: Sequence[str] | None,
    interval: Sequence[str] | None,
    rrule: Sequence[str] | None,
    anchor_date: str | None = None,
    timezone: str | None = None,
    day_or: bool = True,
) -> list[Schedule]:
    """The schedules that options name. Raises `CommandError` for an anchor without an interval."""
    if anchor_date is not None and not interval:
        raise CommandError("--anchor-date is the beginning of an interval; say --interval, too.")
    anchor = moment_of(anchor_date, now=now().astimezone()) if anchor_date else None
    return [
        *(Cron(one, timezone, day_or) for one in cron or ()),
        *(Interval(interval_of(one), anchor, timezone) for one in interval or ()),
        *(RRule(one, timezone) for one in rrule or ()),
    ]


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
