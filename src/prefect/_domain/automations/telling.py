"""What automations tell of themselves, as events: that one was made or changed, fired, and what it did or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from prefect._domain.actions import resource_of
from prefect._domain.automations.acts import Act, Fired
from prefect._domain.automations.automation import Automation
from prefect._domain.automations.firings import event_fields
from prefect._domain.events import ID, ROLE, Event, Resource, resource, tied
from prefect._domain.triggers import EventTrigger


def changed(
    automation: Automation, what: Literal["created", "updated", "deleted"], *, id: UUID, now: datetime
) -> Event:
    """That an automation was made, changed or removed."""
    return Event(
        id=id,
        occurred=now,
        event=f"prefect.automation.{what}",
        resource=resource("automation", automation.id, automation.name),
        payload={"id": str(automation.id), "name": automation.name, "enabled": automation.enabled},
        received=now,
    )


def triggered(fired: Fired) -> Event:
    """That an automation has fired, and because of which event."""
    event = fired.firing.event
    return Event(
        id=_triggered_id(fired),
        occurred=fired.recorded,
        event="prefect.automation.triggered",
        resource=resource("automation", fired.automation.id, fired.automation.name, **_posture(fired)),
        related=_causes(fired),
        payload={"triggering_labels": dict(fired.firing.labels), "triggering_event": event_fields(event)},
        received=fired.recorded,
    )


def begun(fired: Fired, act: Act) -> Event:
    """That an action is to be carried out."""
    event = fired.firing.event
    follows = tied(event.id, fired.recorded - event.occurred) if event is not None else None
    return _of_act(fired, act, "triggered", follows, (), {}, fired.recorded)


def ended(fired: Fired, act: Act, reason: str | None, touched: Sequence[Resource], *, now: datetime) -> Event:
    """That an action was carried out, on what, or why it was not."""
    told = {} if reason is None else {"reason": reason}
    what = "executed" if reason is None else "failed"
    follows = tied(_begun_id(act), now - fired.recorded)
    return _of_act(fired, act, what, follows, touched, told, now)


def _of_act(
    fired: Fired,
    act: Act,
    what: str,
    follows: UUID | None,
    touched: Sequence[Resource],
    told: Mapping[str, Any],
    now: datetime,
) -> Event:
    kind = {"prefect.trigger-type": fired.automation.trigger.type}
    because = {ID: f"prefect.event.{_triggered_id(fired)}", ROLE: "automation-triggered-event"}
    return Event(
        id=_begun_id(act) if what == "triggered" else uuid5(act.key, what),
        occurred=now,
        event=f"prefect.automation.action.{what}",
        resource=resource("automation", fired.automation.id, fired.automation.name, **kind, **_posture(fired)),
        related=(*(touched or _target(act)), because, *_causes(fired)),
        payload={"action_index": act.place, "action_type": act.action.type, "invocation": str(act.key), **told},
        follows=follows,
        received=now,
    )


def _target(act: Act) -> tuple[Resource, ...]:
    chosen = resource_of(act.action)
    return ({ID: chosen, ROLE: "target"},) if chosen is not None else ()


def _triggered_id(fired: Fired) -> UUID:
    return uuid5(fired.firing.id, "triggered")


def _begun_id(act: Act) -> UUID:
    return uuid5(act.key, "triggered")


def _posture(fired: Fired) -> dict[str, str]:
    trigger = fired.automation.trigger
    return {"prefect.posture": trigger.posture.value} if isinstance(trigger, EventTrigger) else {}


def _causes(fired: Fired) -> tuple[Resource, ...]:
    event = fired.firing.event
    return ({ID: f"prefect.event.{event.id}", ROLE: "triggering-event"},) if event is not None else ()
