"""Triggers that are made of others: their folds see the firings of their parts.

When a part fired is when its last event occurred, or its window was over. Firings that came late in the feed count
where they belong by that; of those of one event neither is before the other. What a trigger has fired for is not
counted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.automations.firings import Firing, firing_fields, firing_id, read_firing
from prefect._domain.automations.windows import EventFold
from prefect._domain.events import Event
from prefect._domain.triggers import CompoundTrigger, EventTrigger, SequenceTrigger, Trigger

MOST_KEPT = 32
"""How many firings of one part are remembered."""


class Placed(NamedTuple):
    """A firing of a part, by the order in which they count: by their moments, then as they came."""

    moment: datetime
    number: int
    firing: Firing


class ComposedFold:
    """What a trigger that is made of others knows of what came."""

    def __init__(self, trigger: CompoundTrigger | SequenceTrigger, kept: Mapping[str, Any] | None, began: datetime):
        assert trigger.id is not None
        self._trigger = trigger
        self._id: UUID = trigger.id
        parts = kept["parts"] if kept is not None else [None] * len(trigger.triggers)
        self._folds = [fold_of(part, held, began) for part, held in zip(trigger.triggers, parts, strict=True)]
        self._number: int = kept["number"] if kept is not None else 0
        self._fired: list[list[Placed]] = [[] for _ in self._folds]
        if kept is not None:
            self._fired = [[_read(one) for one in firings] for firings in kept["fired"]]

    @property
    def due(self) -> datetime | None:
        """When a window of one of its parts is over."""
        return min((fold.due for fold in self._folds if fold.due is not None), default=None)

    def kept(self) -> dict[str, Any]:
        """What is kept of it, as JSON has it."""
        return {
            "parts": [fold.kept() for fold in self._folds],
            "fired": [[[one.number, firing_fields(one.firing)] for one in firings] for firings in self._fired],
            "number": self._number,
        }

    def see(self, event: Event) -> list[Firing]:
        """The firings to which an event leads."""
        return self._taken([(place, one) for place, fold in enumerate(self._folds) for one in fold.see(event)], event)

    def pass_time(self, moment: datetime) -> list[Firing]:
        """The firings to which it leads that a moment has come."""
        over = [(place, one) for place, fold in enumerate(self._folds) for one in fold.pass_time(moment)]
        return self._taken(sorted(over, key=lambda each: each[1].moment), None)

    def _taken(self, fired: Sequence[tuple[int, Firing]], event: Event | None) -> list[Firing]:
        """Firings of its parts, at most one of them for an event."""
        self._number += bool(fired) and event is not None
        return [own for place, firing in fired for own in self._take(place, firing, is_timed=event is None)]

    def _take(self, place: int, firing: Firing, *, is_timed: bool) -> list[Firing]:
        self._number += is_timed
        held = self._fired[place]
        held.append(Placed(firing.moment, self._number, firing))
        held.sort(key=lambda each: each[:2])
        self._forget()
        used = self._enough(place)
        if used is None:
            return []
        self._fired = [[] for _ in self._folds]
        made_of = tuple(one.firing for one in used)
        return [self._firing(made_of, firing)]

    def _forget(self) -> None:
        """Let go of what was too long before the latest to count with what is still to come."""
        within = self._trigger.within
        self._fired = [firings[-MOST_KEPT:] for firings in self._fired]
        if within is not None:
            latest = max(firings[-1].moment for firings in self._fired if firings)
            self._fired = [[one for one in firings if latest - one.moment <= within] for firings in self._fired]

    def _enough(self, place: int) -> list[Placed] | None:
        """The firings that are enough for it to fire, in order, or None."""
        trigger = self._trigger
        if isinstance(trigger, SequenceTrigger):
            return _in_order(self._fired, trigger.within)
        latest = [firings[-1] for firings in self._fired if firings]
        return sorted(latest, key=lambda each: each[:2]) if len(latest) >= required(trigger) else None

    def _firing(self, parts: tuple[Firing, ...], last: Firing) -> Firing:
        return Firing(
            id=firing_id(self._id, *sorted(str(part.id) for part in parts)),
            trigger_id=self._id,
            moment=max(part.moment for part in parts),
            event=last.event,
            labels={name: value for part in (*parts, last) for name, value in part.labels.items()},
            parts=parts,
        )


def required(trigger: CompoundTrigger) -> int:
    """How many of a trigger's parts have to fire."""
    match trigger.require:
        case "any":
            return 1
        case "all":
            return len(trigger.triggers)
    return trigger.require


def _in_order(fired: Sequence[Sequence[Placed]], within: timedelta | None) -> list[Placed] | None:
    """One firing of each part, each after that of the part before it, all within a time; or None.

    The first part's firings are tried from the last on; after each, what comes soonest leaves most room.
    """
    for first in reversed(fired[0]):
        chain = [first]
        for firings in fired[1:]:
            later = next((one for one in firings if one.number != chain[-1].number and one[:2] > chain[-1][:2]), None)
            if later is None:
                break
            chain.append(later)
        else:
            if within is None or chain[-1].moment - first.moment <= within:
                return chain
    return None


def _read(kept: Sequence[Any]) -> Placed:
    firing = read_firing(kept[1])
    return Placed(firing.moment, kept[0], firing)


Fold = EventFold | ComposedFold


def fold_of(trigger: Trigger, kept: Mapping[str, Any] | None, began: datetime) -> Fold:
    """The fold of a trigger, with what was kept of it; a new one has watched since it began."""
    if isinstance(trigger, EventTrigger):
        return EventFold(trigger, kept, began)
    return ComposedFold(trigger, kept, began)
