"""Firings of automations in JSON, as pages show them, and the trying of a trigger on what has happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from prefect._domain.automations.acts import Act
from prefect._domain.automations.firings import Firing, event_fields
from prefect._orchestration.trying import Tried
from prefect._store.firings import Recorded
from prefect._wire.models import Answer, Body
from prefect._wire.triggers import AnyTrigger

MOST_TOLD = 100
"""How many firings of a trial are told."""


class ShownEvent(Answer):
    """An event, without what it carries."""

    id: UUID
    occurred: datetime
    event: str
    resource: dict[str, str]
    related: list[dict[str, str]]

    @classmethod
    def causing(cls, firing: Firing) -> ShownEvent | None:
        """The last event that led to a firing, or None."""
        return None if firing.event is None else cls.model_validate(event_fields(firing.event))


class ShownAct(Answer):
    """An action of a firing, and what became of it."""

    type: str
    status: Literal["open", "executed", "failed"]
    tries: int
    reason: str | None
    ended: datetime | None

    @classmethod
    def telling(cls, act: Act) -> ShownAct:
        """The act in JSON."""
        return cls(type=act.action.type, status=act.status, tries=act.tries, reason=act.reason, ended=act.ended)


class ShownFiring(Answer):
    """That a trigger has fired, or would have, and because of which event."""

    fired: datetime
    labels: dict[str, str]
    event: ShownEvent | None

    @classmethod
    def telling(cls, firing: Firing) -> ShownFiring:
        """The firing in JSON."""
        return cls(fired=firing.moment, labels=dict(firing.labels), event=ShownEvent.causing(firing))


class RecordedFiring(ShownFiring):
    """A firing as recorded, and what was done for it."""

    id: UUID
    recorded: datetime
    actions: list[ShownAct]

    @classmethod
    def telling(cls, firing: Any) -> RecordedFiring:
        """A firing as recorded in JSON."""
        assert isinstance(firing, Recorded)
        return cls(
            **dict(ShownFiring.telling(firing.firing)),
            id=firing.firing.id,
            recorded=firing.recorded,
            actions=[ShownAct.telling(act) for act in firing.acts],
        )


class TryAutomation(Body):
    """A trigger, and on how many hours it is to be tried."""

    trigger: AnyTrigger
    hours: Annotated[float, Field(gt=0, le=168)] = 24.0

    @property
    def span(self) -> timedelta:
        return timedelta(hours=self.hours)


class TriedAutomation(Answer):
    """How a trigger would have fired: on how many events, until when it saw all, and the first firings."""

    events: int
    concerning: int
    until: datetime
    count: int
    firings: list[ShownFiring]

    @classmethod
    def telling(cls, found: Tried) -> TriedAutomation:
        """What was found in JSON."""
        return cls(
            events=found.events,
            concerning=found.concerning,
            until=found.until,
            count=len(found.firings),
            firings=[ShownFiring.telling(firing) for firing in found.firings[:MOST_TOLD]],
        )
