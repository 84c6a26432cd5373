"""Task workers: processes that carry out background tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from prefect._domain.task_runs import TaskRun


class TaskWorker(NamedTuple):
    """A process that carries out the runs of some tasks; when it was heard of, and until when it is believed."""

    id: str
    task_keys: Sequence[str]
    heard_at: datetime
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether more than half of its time is left, so that it need not be noted again."""
        return now - self.heard_at < (self.expires_at - self.heard_at) / 2

    @classmethod
    def heard(cls, id: str, task_keys: Sequence[str], *, now: datetime, ttl: timedelta) -> TaskWorker:
        """One that has just been heard of."""
        return cls(id, task_keys, now, now + ttl)


def is_in_background(run: TaskRun) -> bool:
    """Whether a run waits for a task worker: it was handed over and not begun."""
    return run.state is not None and run.state.is_scheduled() and bool(run.state.state_details.deferred)
