"""Options that are said as `name=value`, as JSON, or as schedules."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect.cli.running import CommandError
from prefect.deployments.schedules import seconds_of
from prefect.schedules import Cron, Interval, RRule, Schedule
from prefect.utilities.yaml_text import read_yaml, read_yaml_file


def pairs(words: Sequence[str] | None, option: str) -> dict[str, Any]:
    """`name=value` words as a mapping; a value that is JSON is read as such. Raises `CommandError`."""
    found = {}
    for word in words or ():
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise CommandError(f"{option} takes name=value; {word!r} is none.")
        found[name] = value_of(value)
    return found


def job_variables(words: Sequence[str] | None) -> dict[str, Any]:
    """`name=value` words for a job template; variables of the environment, such as `env.DEBUG=1`, stay texts."""
    found = pairs(words, "--job-variable")
    texts = dict(word.partition("=")[::2] for word in words or ())
    return {name: texts[name] if name.startswith("env.") else value for name, value in found.items()}


def value_of(text: str) -> Any:
    """What JSON says, else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def json_object(text: str | None, option: str) -> dict[str, Any]:
    """A JSON object, from the text or, for `-`, from standard input. Raises `CommandError`."""
    if text is None:
        return {}
    try:
        told = json.loads(sys.stdin.read() if text == "-" else text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{option} takes a JSON object: {error}.") from error
    if not isinstance(told, dict):
        raise CommandError(f"{option} takes a JSON object; it was given {told!r}.")
    return told


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
    anchor = datetime.fromisoformat(anchor_date.replace("Z", "+00:00")) if anchor_date else None
    return [
        *(Cron(one, timezone, day_or) for one in cron or ()),
        *(Interval(seconds_of(one), anchor, timezone) for one in interval or ()),
        *(RRule(one, timezone) for one in rrule or ()),
    ]


def triggers_said(words: Sequence[str] | None) -> list[dict[str, Any]]:
    """Triggers as JSON or YAML, said or in files. Raises `CommandError`."""
    found: list[dict[str, Any]] = []
    for word in words or ():
        told = read_yaml_file(Path(word)) if word.endswith((".yaml", ".yml", ".json")) else read_yaml(word, "--trigger")
        inner = told.get("triggers", told) if isinstance(told, dict) else told
        for one in inner if isinstance(inner, list) else [inner]:
            if not isinstance(one, dict):
                raise CommandError(f"--trigger takes an object; it was given {one!r}.")
            found.append(one)
    return found
