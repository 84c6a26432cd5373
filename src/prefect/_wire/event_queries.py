"""Asking for events, page by page, and counting them."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from prefect._wire.event_filters import EventFilter
from prefect._wire.events import ReceivedEvent
from prefect._wire.models import Answer, Moment, Query

MOST = 50
"""How many events are on a page."""
MOST_SPANS = 1_000
"""Into how many spans of time events are counted at most."""


class ReadEvents(Query):
    """Which events are asked for, and how many on a page."""

    filter: EventFilter | None = None
    limit: Annotated[int, Field(ge=0, le=MOST)] = MOST


class EventPage(Answer):
    """Some of the events that were asked for, and where the next ones are; `total` counts no further than 100 000."""

    events: list[ReceivedEvent]
    total: int
    next_page: str | None


class PageToken(Query):
    """What the address of a next page carries: what was asked for, how many there are, and the last that was given."""

    filter: EventFilter
    limit: Annotated[int, Field(ge=1, le=MOST)]
    total: int
    occurred: Moment
    id: UUID

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(self.model_dump_json(exclude_none=True).encode()).decode()

    @classmethod
    def read(cls, text: str) -> PageToken:
        """The token that was written so. Raises `ValueError` for another text."""
        try:
            return cls.model_validate_json(base64.urlsafe_b64decode(text.encode()))
        except (binascii.Error, UnicodeError, ValidationError) as error:
            raise ValueError("The page-token is none of ours: take the address in next_page as it is.") from error


class Countable(str, Enum):
    """By what events are counted."""

    DAY = "day"
    TIME = "time"
    EVENT = "event"
    RESOURCE = "resource"


class TimeUnit(str, Enum):
    """What an interval is counted in."""

    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"

    @property
    def length(self) -> timedelta:
        return timedelta(**{f"{self.value}s": 1})


class CountEvents(Query):
    """Which events are counted, and into which intervals, where they are counted by time."""

    filter: EventFilter
    time_unit: TimeUnit = TimeUnit.DAY
    time_interval: Annotated[float, Field(ge=0.01)] = 1.0

    def spans(self, countable: Countable) -> list[tuple[datetime, datetime]]:
        """The spans of time, from whole units on. Raises `ValueError` where they are too many."""
        is_by_day = countable is Countable.DAY
        unit = TimeUnit.DAY if is_by_day else self.time_unit
        length = unit.length * (1.0 if is_by_day else self.time_interval)
        since, until = _whole(self.filter.occurred.since, unit), self.filter.occurred.until
        many = max(-((since - until) // length), 0)
        if many > MOST_SPANS:
            raise ValueError(
                f"There would be {many} intervals, and at most {MOST_SPANS} are counted. Say a longer interval, or a "
                "shorter time."
            )
        starts = [since + number * length for number in range(many)]
        return [(start, start + length - timedelta(microseconds=1)) for start in starts]


def _whole(moment: datetime, unit: TimeUnit) -> datetime:
    """The beginning of the unit in which a moment lies; weeks begin on Mondays."""
    parts: dict[str, Any] = {"microsecond": 0}
    for smaller in (TimeUnit.SECOND, TimeUnit.MINUTE, TimeUnit.HOUR):
        if unit is not smaller:
            parts[smaller.value] = 0
        else:
            break
    whole = moment.replace(**parts)
    return whole - timedelta(days=whole.weekday()) if unit is TimeUnit.WEEK else whole


class EventCount(Answer):
    """How many events there are of one kind."""

    value: str
    label: str
    count: int
    start_time: datetime
    end_time: datetime


class Follow(Query):
    """Which events somebody follows, how far they have come, and whether they begin with those of the last minutes."""

    filter: EventFilter = Field(default_factory=EventFilter)
    cursor: str | None = None
    backfill: bool = True


class Followed(Answer):
    """The next events, with the cursor behind them; whether there may be more at once."""

    events: list[ReceivedEvent]
    cursor: str
    is_behind: bool


__all__ = [
    "CountEvents",
    "Countable",
    "EventCount",
    "EventPage",
    "Follow",
    "Followed",
    "PageToken",
    "ReadEvents",
    "TimeUnit",
]
