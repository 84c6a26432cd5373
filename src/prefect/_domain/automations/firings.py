"""A firing: that a trigger has fired, when, and because of which event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from prefect._domain.events import Event


@dataclass(frozen=True, kw_only=True)
class Firing:
    """That a trigger has fired.

    The `event` is the last that led to it; a proactive trigger fires without one, or because of the one after which it
    watched. `labels` say for which of the resources that are watched each for itself. What a composed trigger is made
    of has fired before, in `parts`. Its id follows from what led to it, so that what fires twice has one id.
    """

    id: UUID
    trigger_id: UUID
    moment: datetime
    event: Event | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Firing, ...] = ()

    def events(self) -> list[Event]:
        """The events that led to it, each once."""
        found = {firing.event.id: firing.event for firing in self.each() if firing.event is not None}
        return list(found.values())

    def each(self) -> Iterator[Firing]:
        """It, and all of which it is made."""
        for part in self.parts:
            yield from part.each()
        yield self


def firing_id(trigger_id: UUID, *causes: object) -> UUID:
    """The id of the firing of a trigger that has these causes."""
    return uuid5(trigger_id, "\n".join(str(cause) for cause in causes))


def firing_fields(firing: Firing) -> dict[str, Any]:
    """What is kept of a firing."""
    return {
        "id": str(firing.id),
        "trigger_id": str(firing.trigger_id),
        "moment": firing.moment.isoformat(),
        "event": event_fields(firing.event),
        "labels": dict(firing.labels),
        "parts": [firing_fields(part) for part in firing.parts],
    }


def read_firing(kept: Mapping[str, Any]) -> Firing:
    """The firing of which these fields were kept."""
    return Firing(
        id=UUID(kept["id"]),
        trigger_id=UUID(kept["trigger_id"]),
        moment=datetime.fromisoformat(kept["moment"]),
        event=read_event(kept["event"]),
        labels=kept["labels"],
        parts=tuple(read_firing(part) for part in kept["parts"]),
    )


def event_fields(event: Event | None) -> dict[str, Any] | None:
    """What is kept, and told, of an event."""
    if event is None:
        return None
    return {
        "id": str(event.id),
        "occurred": event.occurred.isoformat(),
        "event": event.event,
        "resource": dict(event.resource),
        "related": [dict(one) for one in event.related],
        "payload": dict(event.payload),
        "follows": str(event.follows) if event.follows is not None else None,
        "received": event.received.isoformat() if event.received is not None else None,
    }


def read_event(kept: Mapping[str, Any] | None) -> Event | None:
    """The event of which these fields were kept."""
    if kept is None:
        return None
    return Event(
        id=UUID(kept["id"]),
        occurred=datetime.fromisoformat(kept["occurred"]),
        event=kept["event"],
        resource=kept["resource"],
        related=tuple(kept["related"]),
        payload=kept["payload"],
        follows=UUID(kept["follows"]) if kept["follows"] is not None else None,
        received=datetime.fromisoformat(kept["received"]) if kept["received"] is not None else None,
    )
