"""The tries of task runs that were run more than once, as stretches of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._domain.states import StateType


class Moment(NamedTuple):
    """When a task run came into a state."""

    task_run_id: UUID
    at: datetime
    type: StateType


class Try(NamedTuple):
    """From when until when a task run was carried out once, and how that ended; what is still going on has no end."""

    task_run_id: UUID
    start: datetime
    end: datetime | None
    state_type: StateType


def tries_in(moments: Iterable[Moment]) -> Iterator[Try]:
    """The tries that states tell of, those of each task run together and in the order of time.

    What is planned again after it ran has failed.
    """
    begun: Moment | None = None
    for moment in moments:
        if begun is not None and begun.task_run_id != moment.task_run_id:
            yield Try(begun.task_run_id, begun.at, None, StateType.RUNNING)
            begun = None
        if begun is not None:
            ended = StateType.FAILED if moment.type is StateType.SCHEDULED else moment.type
            yield Try(begun.task_run_id, begun.at, moment.at, ended)
            begun = None
        if moment.type is StateType.RUNNING:
            begun = moment
    if begun is not None:
        yield Try(begun.task_run_id, begun.at, None, StateType.RUNNING)
