"""Log lines in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from prefect._domain import logs as domain
from prefect._store.logs import Side
from prefect._wire.filters import LogFilter, OrderOf
from prefect._wire.models import Answer, Body, Listed, Moment, Query, Recorded

MOST_LINES = 10_000
"""How many lines one request may bring."""
Level = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]


class LogCreate(Body):
    name: str
    level: Level
    message: str
    timestamp: Moment
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None

    def line(self, id: UUID) -> domain.Log:
        """The line that is to be recorded."""
        return domain.Log(
            id, _clean(self.name), self.level, self.message, self.timestamp, self.flow_run_id, self.task_run_id
        )


def _clean(name: str) -> str:
    return name.replace("\0", "�")


class Log(Recorded):
    """A line; it was recorded when it was written."""

    name: str
    level: int
    message: str
    timestamp: datetime
    flow_run_id: UUID | None
    task_run_id: UUID | None

    @classmethod
    def telling(cls, line: domain.Log) -> Log:
        """The answer that tells a line."""
        return cls(created=line.timestamp, updated=line.timestamp, **line._asdict())


class ReadLogs(Listed):
    logs: LogFilter | None = None
    sort: Annotated[str, OrderOf("log")] = "TIMESTAMP_ASC"


class LinesBeside(Query):
    """Which lines are wanted on one side of another; without one, the first ones, or the last ones before the end."""

    logs: LogFilter | None = None
    of: UUID | None = None
    side: Side = "from"
    limit: Annotated[int, Field(ge=1, le=MOST_LINES)] = 200


class CountLines(Query):
    """Which lines are counted, and until which one besides."""

    logs: LogFilter | None = None
    until: UUID | None = None


class LineCount(Answer):
    """How many lines there are, and how many of them come until one, that one included."""

    count: int
    until: int


class FollowLogs(Query):
    """Which lines somebody follows: those since a moment that are not known."""

    logs: LogFilter | None = None
    since: Moment
    known: Annotated[list[UUID], Field(max_length=MOST_LINES)] = Field(default_factory=list)
