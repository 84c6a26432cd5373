"""Events: that something happened to a resource, which others are related to.

The states of runs are events, too; how they read as such is in `state_events.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID

Resource = Mapping[str, str]
"""The labels of a resource; `prefect.resource.id` is one of them."""

ID, NAME, ROLE = "prefect.resource.id", "prefect.resource.name", "prefect.resource.role"
"""The labels that say which resource it is, how people call it, and what a related one is to the event."""
LONGEST_TIE = timedelta(minutes=5)
"""How far apart an event and the one that it follows may be."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `follows` is the event that came before it and led to it."""

    id: UUID
    occurred: datetime
    event: str
    resource: Resource
    related: tuple[Resource, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    follows: UUID | None = None
    received: datetime | None = None

    @property
    def resource_id(self) -> str:
        return self.resource[ID]

    def involved(self) -> tuple[Resource, ...]:
        """The resource and those that are related."""
        return (self.resource, *self.related)


class Later(Mapping[str, Any]):
    """A payload that is put together when somebody looks into it; who only counts events does not."""

    __slots__ = ("_held", "_made_by")

    def __init__(self, made_by: Callable[[], Mapping[str, Any]]) -> None:
        self._made_by = made_by
        self._held: Mapping[str, Any] | None = None

    def _made(self) -> Mapping[str, Any]:
        if self._held is None:
            self._held = self._made_by()
        return self._held

    def __getitem__(self, key: str) -> Any:
        return self._made()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())


class Position(NamedTuple):
    """A place in the one order of events that all readers share: the turn of their writer, then their time and id."""

    turn: int
    occurred: datetime
    id: UUID

    @classmethod
    def at_end_of(cls, turn: int) -> Position:
        """After every event of a turn and before all of the next."""
        return cls(turn, LAST_MOMENT, LAST_ID)

    def __str__(self) -> str:
        return f"{self.turn}/{self.occurred.isoformat(timespec='microseconds')}/{self.id}"

    @classmethod
    def read(cls, text: str) -> Position:
        """The position that was written so. Raises `ValueError`."""
        turn, occurred, id = text.split("/")
        return cls(int(turn), datetime.fromisoformat(occurred), UUID(id))


LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc)
LAST_ID = UUID(int=2**128 - 1)
BEGINNING = Position.at_end_of(0)
"""Before all events that have a turn; the states of runs that are older than turns have none."""


def resource(kind: str, id: UUID | str, name: str | None = None, **labels: str) -> dict[str, str]:
    """A resource of ours: `prefect.<kind>.<id>`."""
    named = {} if name is None else {NAME: name}
    return {ID: f"prefect.{kind}.{id}", **named, **labels}


def related(role: str, id: UUID | str, name: str | None = None) -> dict[str, str]:
    """A related resource of ours, whose kind is its role."""
    return {**resource(role, id, name), ROLE: role}


def id_of(labels: Resource, kind: str) -> UUID | None:
    """The id in `prefect.<kind>.<id>`, where the resource is one of ours of that kind."""
    told = labels.get(ID, "")
    try:
        return UUID(told.removeprefix(f"prefect.{kind}.")) if told.startswith(f"prefect.{kind}.") else None
    except ValueError:
        return None


def tied(follows: UUID | None, gap: timedelta) -> UUID | None:
    """The event that one follows, where they are so near that one has led to the other."""
    return follows if abs(gap) <= LONGEST_TIE else None
