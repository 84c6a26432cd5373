"""The last runs of something at a glance: how they went, how many of them went well, and how late they began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import NamedTuple
from uuid import UUID

from prefect._domain.states import StateType

SHOWN = 10
"""How many runs are told one by one."""
COUNTED = 50
"""Among how many runs those that completed are counted."""
ENDED = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CRASHED})
"""The ends of runs that say how things go; who cancels a run says nothing about it."""


class LatestRun(NamedTuple):
    """A run, as little as its mark needs; `seconds` is how long it took, or has taken so far."""

    id: UUID
    name: str
    state_type: StateType
    state_name: str
    expected_start_time: datetime | None
    start_time: datetime | None
    seconds: float


class Standing(NamedTuple):
    """The last runs, the latest first; of the last fifty, how many ended, how many of them well, how late they began.

    The lateness is the median of the seconds between when a run was due and when it began, None where none began.
    """

    runs: Sequence[LatestRun]
    ended: int
    completed: int
    lateness: float | None


def standing_of(runs: Sequence[LatestRun]) -> Standing:
    """How things stand with the last runs, the latest first."""
    ended = [run for run in runs if run.state_type in ENDED]
    late = [
        max((run.start_time - run.expected_start_time).total_seconds(), 0.0)
        for run in runs
        if run.start_time is not None and run.expected_start_time is not None
    ]
    completed = sum(run.state_type is StateType.COMPLETED for run in ended)
    return Standing(runs[:SHOWN], len(ended), completed, median(late) if late else None)
