"""An automation: a trigger, and what is done when it fires. Triggers and actions have files of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from prefect._domain.actions import Action, resource_of
from prefect._domain.triggers import Labels, Trigger, event_triggers

RESOURCE_ID = "prefect.resource.id"


@dataclass(frozen=True, kw_only=True)
class Automation:
    id: UUID
    name: str
    trigger: Trigger
    actions: Sequence[Action]
    actions_on_trigger: Sequence[Action] = ()
    actions_on_resolve: Sequence[Action] = ()
    description: str = ""
    enabled: bool = True
    tags: Sequence[str] = field(default_factory=list)
    created: datetime | None = None
    updated: datetime | None = None


def deployment_resource(deployment_id: UUID) -> str:
    """By which name events and automations know a deployment."""
    return f"prefect.deployment.{deployment_id}"


def related_resources(automation: Automation) -> set[str]:
    """The resources that an automation names, on which it acts or from which it waits for events."""
    actions = (*automation.actions, *automation.actions_on_trigger, *automation.actions_on_resolve)
    acted_on = {resource_of(action) for action in actions} - {None}
    return {*filter(None, acted_on), *_awaited(automation.trigger)}


def _awaited(trigger: Trigger) -> Iterator[str]:
    for part in event_triggers(trigger):
        related = part.match_related
        for labels in (part.match, *([related] if isinstance(related, Mapping) else related)):
            yield from (name for name in _values(labels) if not name.startswith("!") and not name.endswith("*"))


def _values(labels: Labels) -> list[str]:
    told = labels.get(RESOURCE_ID, [])
    return [told] if isinstance(told, str) else told
