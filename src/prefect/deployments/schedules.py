"""The many ways in which schedules are said, turned into one list.

`interval=`, `cron=` and `rrule=` take one value or several; `schedule=` and `schedules=` take what `prefect.schedules`
makes, the values of `prefect.client.schemas.schedules`, client-side bodies that hold a schedule, and mappings as
`prefect.yaml` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypedDict

from prefect._domain.deployments import CatchUp
from prefect._domain.durations import duration_of
from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect._wire.schedules import DeploymentScheduleCreate, DeploymentScheduleUpdate
from prefect.client.timing import NoSchedule
from prefect.schedules import Cron, Interval, RRule, Schedule

KEPT = ("active", "parameters", "slug", "max_scheduled_runs", "replaces", "catch_up")
"""What a body says of a schedule beside when it is due."""

SEVERAL = (list, tuple, Set, Iterator)


class Scheduled(TypedDict, total=False):
    """The ways to say when a deployment runs; at most one of them is used."""

    interval: Any
    cron: Any
    rrule: Any
    schedule: Any
    schedules: Any


def schedules_of(
    interval: Any = None, cron: Any = None, rrule: Any = None, schedule: Any = None, schedules: Any = None
) -> list[Schedule] | None:
    """The schedules that were said; None where nothing was.

    Raises `ValueError` where they were said in more than one way, or are none; `TypeError` for what is no schedule.
    """
    said: dict[str, tuple[Any, Callable[[Any], Schedule]]] = {
        "interval": (interval, _interval),
        "cron": (cron, Cron),
        "rrule": (rrule, RRule),
        "schedule": (schedule, schedule_of),
        "schedules": (schedules, schedule_of),
    }
    ways = {name: (value, make) for name, (value, make) in said.items() if value is not None}
    if len(ways) > 1:
        raise ValueError(f"Schedules were said in several ways: {', '.join(ways)}. Give one of them.")
    for value, make in ways.values():
        if isinstance(value, NoSchedule):
            return []
        items = list(value) if isinstance(value, SEVERAL) else [value]
        return [_made(item, make) for item in items]
    return None


def _made(item: Any, make: Callable[[Any], Schedule]) -> Schedule:
    """A schedule out of one item; what is a schedule already may stand under every name."""
    return schedule_of(item) if isinstance(item, (Schedule, Mapping)) or hasattr(item, "schedule") else make(item)


def _interval(value: Any) -> Schedule:
    if isinstance(value, (int, float, timedelta)) and not isinstance(value, bool):
        return Interval(value)
    if isinstance(value, str):
        return Interval(duration_of(value))
    raise TypeError(f"An interval is a number of seconds or a timedelta; it is {value!r}.")


def schedule_of(value: Any) -> Schedule:
    """A schedule as users may write it. Raises `TypeError` and `ValueError`."""
    if isinstance(value, Schedule):
        return value
    if isinstance(value, (CronSchedule, IntervalSchedule, RRuleSchedule)):
        return Schedule.of(value)
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if hasattr(value, "schedule"):
        inner = schedule_of(value.schedule() if callable(value.schedule) else value.schedule)
        told = {name: getattr(value, name) for name in KEPT if getattr(value, name, None) is not None}
        return replace(inner, **told, is_switched="active" in told)
    if any(getattr(value, name, None) is not None for name in ("cron", "interval", "rrule")):
        return _of_mapping({name: getattr(value, name) for name in TIMES if hasattr(value, name)})
    raise TypeError(f"{value!r} is no schedule. Write Cron('0 8 * * *'), Interval(600) or RRule('FREQ=DAILY').")


TIMES = ("cron", "interval", "rrule", "timezone", "anchor_date", "day_or")


def _of_mapping(told: Mapping[str, Any]) -> Schedule:
    """A schedule as `prefect.yaml` and JSON have it; keys that we do not know are let go."""
    inner = told.get("schedule")
    whole = {**(inner if isinstance(inner, Mapping) else {}), **told}
    if inner is not None and not isinstance(inner, Mapping):
        own = {name: told[name] for name in KEPT if told.get(name) is not None}
        return replace(schedule_of(inner), **own, is_switched="active" in own)
    given = {name: whole[name] for name in (*TIMES, *KEPT) if whole.get(name) is not None}
    if "interval" in given:
        given["interval"] = duration_of(given["interval"])
    if "anchor_date" in given:
        given["anchor_date"] = _moment(given["anchor_date"])
    return Schedule(**given, is_switched="active" in given)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))


def as_mapping(schedule: Schedule) -> dict[str, Any]:
    """A schedule as files hold it."""
    told: dict[str, Any] = {"cron": schedule.cron, "rrule": schedule.rrule, "timezone": schedule.timezone}
    if schedule.interval is not None and schedule.anchor_date is not None:
        told |= {"interval": schedule.interval.total_seconds(), "anchor_date": schedule.anchor_date.isoformat()}
    told["day_or"] = schedule.day_or if schedule.cron is not None and not schedule.day_or else None
    told |= {"active": schedule.active, "parameters": schedule.parameters or None, "slug": schedule.slug}
    told["max_scheduled_runs"] = schedule.max_scheduled_runs
    told["catch_up"] = schedule.catch_up if schedule.catch_up != "all" else None
    return {name: value for name, value in told.items() if value is not None}


def create_deployment_schedule_create(schedule: Any, active: bool | None = True) -> DeploymentScheduleCreate:
    """What makes a schedule of a deployment; one that says itself whether it is active is not asked.

    Raises `TypeError` and `ValueError` for what is no schedule.
    """
    said = schedule_of(schedule)
    tells = isinstance(schedule, (Schedule, Mapping)) or hasattr(schedule, "schedule")
    return DeploymentScheduleCreate(
        schedule=said.timing,
        active=said.active if tells else active is not False,
        max_scheduled_runs=said.max_scheduled_runs,
        parameters=said.parameters,
        slug=said.slug,
        replaces=said.replaces,
        catch_up=CatchUp(said.catch_up) if said.catch_up != "all" else None,
    )


def normalize_to_deployment_schedule(
    schedules: Iterable[Any] | None,
) -> list[DeploymentScheduleCreate | DeploymentScheduleUpdate]:
    """What makes, or changes, each of some schedules, however they are written. Raises `ValueError`."""
    if schedules is not None and not isinstance(schedules, Iterable):
        raise ValueError(f"Schedules come in a list; {schedules!r} is none.")
    return [_normal(item) for item in schedules or () if not isinstance(item, NoSchedule)]


def _normal(item: Any) -> DeploymentScheduleCreate | DeploymentScheduleUpdate:
    if isinstance(item, (DeploymentScheduleCreate, DeploymentScheduleUpdate)):
        return item
    try:
        return create_deployment_schedule_create(item)
    except TypeError as error:
        raise ValueError(f"Invalid schedule provided. {error}") from error
