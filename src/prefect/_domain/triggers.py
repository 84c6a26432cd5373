"""Triggers: what has to happen before an automation acts.

An event trigger counts events that match it, or misses some that it expected. Compound and sequence triggers are made
of others. A metric trigger watches a figure; programs may write one, but nobody measures here, so none is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Any, ClassVar, Literal
from uuid import UUID

Labels = Mapping[str, str | list[str]]
"""Labels that a resource must have, each with the values that do; a `*` at the end stands for any rest, a leading `!`
for all others."""

NO_TIME = timedelta(0)
SHORTEST_WATCH = timedelta(seconds=10)
SHORTEST_RANGE = timedelta(minutes=5)


class Posture(str, Enum):
    """Whether a trigger fires because events came, or because they did not."""

    Reactive = "Reactive"
    Proactive = "Proactive"
    Metric = "Metric"


class PrefectMetric(str, Enum):
    """The figures that a metric trigger can watch."""

    lateness = "lateness"
    duration = "duration"
    successes = "successes"


class MetricTriggerOperator(str, Enum):
    """How a figure that is wrong stands to the threshold."""

    LT = "<"
    LTE = "<="
    GT = ">"
    GTE = ">="


@dataclass(frozen=True, kw_only=True)
class EventTrigger:
    """Fires when `threshold` matching events came `within` a time, or, if proactive, when fewer did.

    Raises `ValueError` for what could never fire.
    """

    type: ClassVar[str] = "event"
    posture: Posture
    id: UUID | None = None
    match: Labels = field(default_factory=dict)
    match_related: Labels | Sequence[Labels] = field(default_factory=dict)
    after: frozenset[str] = frozenset()
    expect: frozenset[str] = frozenset()
    for_each: frozenset[str] = frozenset()
    threshold: int = 1
    within: timedelta = NO_TIME

    def __post_init__(self) -> None:
        if self.posture is Posture.Metric:
            raise ValueError("posture: an event trigger is Reactive or Proactive")
        if self.threshold < 1:
            raise ValueError(f"threshold: a trigger counts to 1 at least, not to {self.threshold}")
        require_time("within", self.within)
        if self.posture is Posture.Proactive:
            self._require_watch()

    def _require_watch(self) -> None:
        if self.within == NO_TIME:
            object.__setattr__(self, "within", SHORTEST_WATCH)
        if self.within < SHORTEST_WATCH:
            raise ValueError(f"within: a proactive trigger watches for 10 s at least, not for {self.within}")


@dataclass(frozen=True, kw_only=True)
class CompoundTrigger:
    """Fires when so many of its triggers have fired `within` a time; without one, whenever they did."""

    type: ClassVar[str] = "compound"
    triggers: tuple[Trigger, ...]
    within: timedelta | None
    require: int | Literal["any", "all"]
    id: UUID | None = None

    def __post_init__(self) -> None:
        require_parts(self.triggers)
        require_time("within", self.within)
        require_number(self.require, len(self.triggers))


@dataclass(frozen=True, kw_only=True)
class SequenceTrigger:
    """Fires when its triggers have fired one after the other, `within` a time if there is one."""

    type: ClassVar[str] = "sequence"
    triggers: tuple[Trigger, ...]
    within: timedelta | None
    id: UUID | None = None

    def __post_init__(self) -> None:
        require_parts(self.triggers)
        require_time("within", self.within)


Trigger = EventTrigger | CompoundTrigger | SequenceTrigger


@dataclass(frozen=True, kw_only=True)
class MetricTrigger:
    """Fires when a figure of a `range` of time has been beyond a threshold for so long."""

    type: ClassVar[str] = "metric"
    name: Literal["lateness", "duration", "successes"]
    operator: Literal["<", "<=", ">", ">="]
    threshold: float
    range: timedelta = SHORTEST_RANGE
    firing_for: timedelta = SHORTEST_RANGE

    def __post_init__(self) -> None:
        for name, length in (("range", self.range), ("firing_for", self.firing_for)):
            if length < SHORTEST_RANGE:
                raise ValueError(f"{name}: five minutes at least, not {length}")


def require_time(name: str, length: timedelta | None) -> None:
    """Raises `ValueError` for a time that is less than nothing."""
    if length is not None and length < NO_TIME:
        raise ValueError(f"{name}: a time is not less than nothing; {length.total_seconds()} s were given")


def require_number(wanted: int | str, parts: int) -> None:
    """Raises `ValueError` for a number of parts that a trigger does not have."""
    if isinstance(wanted, int) and not 1 <= wanted <= parts:
        raise ValueError(f"require: any, all, or a number from 1 to {parts}, not {wanted}")


def require_parts(triggers: Sequence[object]) -> None:
    """Raises `ValueError` where a trigger that is made of others has none."""
    if not triggers:
        raise ValueError("triggers: at least one is needed")


def named(trigger: Trigger, new_id: Callable[[], UUID]) -> Trigger:
    """The trigger, in which it and all its parts have ids."""
    own = trigger.id or new_id()
    if isinstance(trigger, EventTrigger):
        return replace(trigger, id=own)
    return replace(trigger, id=own, triggers=tuple(named(part, new_id) for part in trigger.triggers))


def unnamed(trigger: Trigger) -> Trigger:
    """The trigger without its ids and those of its parts."""
    if isinstance(trigger, EventTrigger):
        return replace(trigger, id=None)
    return replace(trigger, id=None, triggers=tuple(unnamed(part) for part in trigger.triggers))


def event_triggers(trigger: Trigger) -> Iterator[EventTrigger]:
    """The event triggers of which a trigger is made; itself, if it is one."""
    if isinstance(trigger, EventTrigger):
        yield trigger
    else:
        for part in trigger.triggers:
            yield from event_triggers(part)


def trigger_fields(trigger: Trigger) -> dict[str, Any]:
    """What is kept of a trigger: its fields with its type, times in seconds."""
    told: dict[str, Any] = {"type": trigger.type, **vars(trigger)}
    if trigger.within is not None:
        told["within"] = trigger.within.total_seconds()
    if not isinstance(trigger, EventTrigger):
        told["triggers"] = [trigger_fields(part) for part in trigger.triggers]
    return told


def read_trigger(kept: Mapping[str, Any]) -> Trigger:
    """The trigger of which these fields were kept."""
    given = {name: value for name, value in kept.items() if name != "type"}
    given["id"] = UUID(given["id"])
    given["within"] = None if given["within"] is None else timedelta(seconds=given["within"])
    match kept["type"]:
        case EventTrigger.type:
            sets = {name: frozenset(given[name]) for name in ("after", "expect", "for_each")}
            return EventTrigger(**{**given, **sets, "posture": Posture(given["posture"])})
        case CompoundTrigger.type:
            return CompoundTrigger(**{**given, "triggers": _read_parts(given)})
        case _:
            return SequenceTrigger(**{**given, "triggers": _read_parts(given)})


def _read_parts(given: Mapping[str, Any]) -> tuple[Trigger, ...]:
    return tuple(read_trigger(part) for part in given["triggers"])
