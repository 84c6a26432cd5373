"""What task workers and a server tell each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field
from typing_extensions import Self

from prefect._domain.task_workers import TaskWorker
from prefect._wire.claims import MOST, Holder, LeaseSeconds, RunIds
from prefect._wire.models import Answer, Body, Query, Text

TaskKeys = Annotated[list[Text], Field(min_length=1, max_length=1_000)]


class TaskWorkerFilter(Query):
    task_keys: list[Text]


class ReadTaskWorkers(Query):
    task_worker_filter: TaskWorkerFilter | None = None


class TaskWorkerResponse(Answer):
    identifier: str
    task_keys: list[str]
    timestamp: datetime

    @classmethod
    def of(cls, worker: TaskWorker) -> Self:
        return cls(identifier=worker.id, task_keys=list(worker.task_keys), timestamp=worker.heard_at)


class TakeTaskRuns(Body):
    """A worker that is alive, and which runs it can begin; `known` are those that it has."""

    worker: Holder
    task_keys: TaskKeys
    known: RunIds = Field(default_factory=list)
    limit: Annotated[int, Field(ge=0, le=MOST)] = 1
    lease_seconds: LeaseSeconds = 60.0

    @property
    def ttl(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)
