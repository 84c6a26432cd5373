"""An act: one action of one firing, on its way to be carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from prefect._domain.actions import Action
from prefect._domain.automations.automation import Automation
from prefect._domain.automations.firings import Firing

Status = Literal["open", "executed", "failed"]
LEASE = timedelta(seconds=10)
"""How long an act is believed to be under way that nobody says more of."""
MOST_TRIES = 5
"""How often an act is begun whose processes die, until it is given up."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """An action, its place among those of the automation, and what became of it."""

    firing_id: UUID
    place: int
    action: Action
    status: Status = "open"
    tries: int = 1
    reason: str | None = None
    ended: datetime | None = None

    @property
    def key(self) -> UUID:
        """What is the same each time it is carried out: the id of what it makes."""
        return uuid5(self.firing_id, str(self.place))


@dataclass(frozen=True, kw_only=True)
class Fired:
    """A firing of an automation, with its acts."""

    automation: Automation
    firing: Firing
    acts: tuple[Act, ...]
    recorded: datetime


def fired(automation: Automation, firing: Firing, *, now: datetime) -> Fired:
    """The firing with all that is to be done, begun at once."""
    actions = (*automation.actions, *automation.actions_on_trigger)
    acts = tuple(Act(firing_id=firing.id, place=place, action=action) for place, action in enumerate(actions))
    return Fired(automation=automation, firing=firing, acts=acts, recorded=now)
