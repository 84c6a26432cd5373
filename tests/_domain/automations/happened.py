"""Events for the laws of triggers: a few names and resources, seconds after noon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from prefect._domain.automations.firings import Firing
from prefect._domain.automations.folding import Advanced, advance, begun
from prefect._domain.events import Event
from prefect._domain.triggers import CompoundTrigger, EventTrigger, Posture, SequenceTrigger, Trigger, named

NOON = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def at(second: float) -> datetime:
    return NOON + second * SECOND


def happened(event: str, second: float, resource: str = "r", *, recorded: float | None = None, **more: Any) -> Event:
    """An event of a resource, so many seconds after noon; `recorded` where others hear of it later."""
    labels = {"prefect.resource.id": resource, **more.pop("labels", {})}
    heard = at(second if recorded is None else recorded)
    return Event(id=uuid4(), occurred=at(second), event=event, resource=labels, received=heard, **more)


def reacts(*expect: str, **fields: Any) -> EventTrigger:
    return EventTrigger(id=uuid4(), posture=Posture.Reactive, expect=frozenset(expect), **_plain(fields))


def awaits(*expect: str, **fields: Any) -> EventTrigger:
    return EventTrigger(id=uuid4(), posture=Posture.Proactive, expect=frozenset(expect), **_plain(fields))


def compound(require: Any, *parts: Trigger, within: float | None = None) -> CompoundTrigger:
    return CompoundTrigger(id=uuid4(), triggers=parts, require=require, within=_seconds(within))


def sequence(*parts: Trigger, within: float | None = None) -> SequenceTrigger:
    return SequenceTrigger(id=uuid4(), triggers=parts, within=_seconds(within))


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    given = dict(fields)
    for name in ("after", "for_each"):
        if name in given:
            given[name] = frozenset(given[name])
    if "within" in given:
        given["within"] = _seconds(given["within"])
    return given


def _seconds(length: float | None) -> timedelta | None:
    return None if length is None else length * SECOND


def folded(trigger: Trigger, events: Sequence[Event], *, now: float) -> Advanced:
    """What a trigger makes of events that it watches from noon on."""
    whole: Trigger = named(trigger, uuid4)
    return advance(whole, begun(whole, now=NOON).kept, events, now=at(now))


def moments(firings: Sequence[Firing]) -> list[float]:
    """The seconds after noon at which a trigger fired."""
    return [(firing.moment - NOON).total_seconds() for firing in firings]


def fires(trigger: Trigger, events: Sequence[Event], *, now: float = 0) -> list[float]:
    """When a trigger fires that sees events, and then that it is so many seconds after noon."""
    return moments(folded(trigger, events, now=now).firings)
