"""Figures about many runs: how many there are in which state, over time and in all, and how late they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect._domain.filters import Filters
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import StateType
from prefect._store import flow_runs, histories
from prefect._store.database import Database
from prefect._store.database_size import database_size
from prefect._store.histories import Ends, ObservedState, RunNoun, Tally

MOST_INTERVALS = 500
SHORTEST_INTERVAL = timedelta(seconds=1)


class Interval(NamedTuple):
    """A stretch of time, and the runs that were expected to start in it, by state."""

    start: datetime
    end: datetime
    tallies: list[Tally]


def history(
    db: Database, noun: RunNoun, wanted: Filters, start: datetime, end: datetime, step: timedelta, *, now: datetime
) -> list[Interval]:
    """The runs that were expected to start from one moment to another, in steps.

    Raises `ValueError` for a step under a second, an end before the start, and more than 500 steps.
    """
    if step < SHORTEST_INTERVAL:
        raise ValueError("The interval of a history is at least one second.")
    if end <= start:
        raise ValueError("A history ends after it starts.")
    count = -(-(end - start) // step)
    if count > MOST_INTERVALS:
        raise ValueError(f"A history has at most {MOST_INTERVALS} intervals; {count} were asked for.")
    intervals = [Interval(start + i * step, start + (i + 1) * step, []) for i in range(count)]
    bounds = [(interval.start, min(interval.end, end)) for interval in intervals]
    with db.read() as conn:
        for tally in histories.tallies(conn, noun, wanted, bounds, now=now):
            intervals[tally.interval].tallies.append(tally)
    return intervals


def average_lateness(db: Database, wanted: Filters, *, now: datetime) -> float | None:
    """By how many seconds flow runs are late on average; None where there is none."""
    with db.read() as conn:
        return histories.average_lateness(conn, wanted, now=now)


def count_by_state(db: Database, noun: RunNoun, wanted: Filters) -> dict[StateType, int]:
    """How many runs there are of each type of state."""
    with db.read() as conn:
        return histories.count_by_state(conn, noun, wanted)


def ends_of_task_runs(db: Database, wanted: Filters, start: datetime, end: datetime, *, intervals: int) -> list[Ends]:
    """How the task runs ended that did so in each of so many intervals between two moments."""
    step = max(end - start, SHORTEST_INTERVAL) / intervals
    with db.read() as conn:
        return [histories.count_ends(conn, wanted, start + i * step, start + (i + 1) * step) for i in range(intervals)]


def count_task_runs_of(db: Database, flow_run_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many task runs each flow run has, but those that stand for subflows."""
    with db.read() as conn:
        return {**dict.fromkeys(flow_run_ids, 0), **histories.count_task_runs_of(conn, flow_run_ids)}


def count_deployments_of(db: Database, flow_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many deployments each flow has."""
    with db.read() as conn:
        return {**dict.fromkeys(flow_ids, 0), **histories.count_deployments_of(conn, flow_ids)}


def size_of_database(db: Database) -> int:
    """The bytes that the database takes on disk."""
    with db.read() as conn:
        return database_size(conn)


def next_runs_of(db: Database, flow_ids: Sequence[UUID], *, after: datetime) -> dict[UUID, FlowRun | None]:
    """The next scheduled run of each flow, or None."""
    with db.read() as conn:
        return {**dict.fromkeys(flow_ids, None), **flow_runs.next_runs_of(conn, flow_ids, after=after)}


def observed_states(db: Database, prefix: str = "") -> list[ObservedState]:
    """The states that flow and task runs entered, whose name or type begins so in whatever case."""
    with db.read() as conn:
        entered = [*histories.observed_states(conn, "flow_run"), *histories.observed_states(conn, "task_run")]
    found: dict[tuple[StateType, str], ObservedState] = {}
    for one in entered:
        known = found.get((one.state_type, one.state_name), one)
        seen = min(known.first_seen, one.first_seen), max(known.last_seen, one.last_seen)
        found[one.state_type, one.state_name] = ObservedState(one.state_type, one.state_name, *seen)
    start = prefix.casefold()
    return [
        one
        for one in found.values()
        if one.state_name.casefold().startswith(start) or one.state_type.value.casefold().startswith(start)
    ]
