"""Which times of a schedule get a run next.

Runs are planned ahead of their time, in order, each time once. Times that went by unplanned, because nobody planned,
are made up for as the schedule says: all of them, the latest, or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from prefect._domain.deployments import CatchUp, DeploymentSchedule
from prefect._domain.schedules import Schedule

MISSED_AFTER = timedelta(minutes=1)
"""How long after its time a run that nobody claimed counts as missed."""
LOOKS_BACK = tuple(timedelta(minutes=minutes) for minutes in (1, 60, 24 * 60, 30 * 24 * 60, 100 * 24 * 60))
"""How far back the latest time is looked for, the nearest first, so that few times are gone through."""


class Horizon(NamedTuple):
    """How far ahead runs are planned: at least so many, and those of the next while; never further.

    No more than `max_runs` of a schedule wait at once, missed ones among them. What is older than `max_age` is let go.
    """

    min_runs: int = 3
    min_time: timedelta = timedelta(hours=1)
    max_runs: int = 100
    max_time: timedelta = timedelta(days=100)
    max_age: timedelta = timedelta(days=100)


DEFAULT_HORIZON = Horizon()


def next_times(schedule: Schedule, *, after: datetime, count: int) -> list[datetime]:
    """The next times of a schedule, in order; fewer where it ends before."""
    return list(islice((due for due in schedule.occurrences(after) if due > after), count))


def times_to_plan(
    schedule: DeploymentSchedule, waiting: int, now: datetime, horizon: Horizon = DEFAULT_HORIZON
) -> list[datetime]:
    """The times that get a run now, in order; `waiting` says how many runs of the schedule wait already."""
    cap = min(horizon.max_runs, schedule.max_scheduled_runs or horizon.max_runs)
    ahead = _planned_ahead(schedule, now, horizon.min_runs)
    times: list[datetime] = []
    for due in _unplanned(schedule, now, horizon.max_age):
        if len(times) + waiting >= cap or due > now + horizon.max_time:
            break
        if due > now:
            if ahead >= horizon.min_runs and due > now + horizon.min_time:
                break
            ahead += 1
        times.append(due)
    return times


def skipped(catch_up: CatchUp, due: Sequence[datetime], now: datetime) -> list[datetime]:
    """Of the times whose runs nobody has claimed, the latest first, those whose runs are let go."""
    if catch_up is CatchUp.ALL:
        return []
    candidates = due if catch_up is CatchUp.NONE else due[1:]
    return [time for time in candidates if time <= now - MISSED_AFTER]


def _planned_ahead(schedule: DeploymentSchedule, now: datetime, most: int) -> int:
    until = schedule.planned_until
    if until is None or until <= now:
        return 0
    return sum(1 for _ in takewhile(lambda due: due <= until, islice(_after(schedule, now), most)))


def _unplanned(schedule: DeploymentSchedule, now: datetime, max_age: timedelta) -> Iterator[datetime]:
    seen = max(schedule.planned_until or now, now - max_age)
    if seen >= now or schedule.catch_up is CatchUp.ALL:
        yield from _after(schedule, seen)
        return
    if schedule.catch_up is CatchUp.LATEST:
        latest = _latest_between(schedule, seen, now)
        if latest is not None:
            yield latest
    yield from _after(schedule, now)


def _latest_between(schedule: DeploymentSchedule, after: datetime, now: datetime) -> datetime | None:
    for back in LOOKS_BACK:
        times = list(takewhile(lambda due: due <= now, _after(schedule, max(after, now - back))))
        if times or now - back <= after:
            return times[-1] if times else None
    return None


def _after(schedule: DeploymentSchedule, start: datetime) -> Iterator[datetime]:
    return (due for due in schedule.schedule.occurrences(start) if due > start)
