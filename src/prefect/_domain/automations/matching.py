"""Which events a trigger of events is about: those of resources with certain labels, and of certain names.

A value is matched in full; with `*` at its end it stands for all that begin so, and with `!` in front for all others.
A label that a resource does not have matches nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from prefect._domain.event_filters import Concern, NameFilter, ResourceFilter
from prefect._domain.events import ID, ROLE, Event, Resource
from prefect._domain.state_events import FLOW_RUN, TASK_RUN
from prefect._domain.triggers import EventTrigger, Labels, Posture, Trigger, event_triggers

OWN = "prefect.automation."
"""How the names of events begin that automations tell themselves, and the ids of automations as resources."""
TOLD_BY_ACTING = ("prefect.automation.triggered", "prefect.automation.resolved", "prefect.automation.action.")
TIMESTAMP = "prefect.state-timestamp"
"""The label of a state's moment."""
RELATED = "related:"
"""How the label of a related resource is named among those for each of which a trigger counts: `related:role:label`."""


def may_lead_to_something(trigger: Trigger, event: Event) -> bool:
    """Whether an event may change what a trigger, or a part of it, knows."""
    return any(
        (not part.expect or is_among(event, part.expect) or is_among(event, part.after)) and is_about(part, event)
        for part in event_triggers(trigger)
    )


def beginnings_of_names(trigger: Trigger) -> frozenset[str] | None:
    """How the names of all events begin that may lead to something; None where any name may."""
    parts = list(event_triggers(trigger))
    if not all(part.expect for part in parts):
        return None
    return frozenset(name.removesuffix("*") for part in parts for name in (*part.expect, *part.after))


def concerns_of(trigger: Trigger) -> list[Concern]:
    """What concerns a trigger, as a database can tell: no event may lead to something that is not among these."""
    return [
        Concern(
            _names(part), _with_labels(part.match), tuple(map(_with_labels, filter(None, _sought(part.match_related))))
        )
        for part in event_triggers(trigger)
    ]


def _names(part: EventTrigger) -> NameFilter:
    beginnings = beginnings_of_names(part)
    return NameFilter() if beginnings is None else NameFilter(prefixes=tuple(sorted(beginnings)))


def _with_labels(wanted: Labels) -> ResourceFilter:
    """Resources that have labels; those are left out that a database writes in a form of its own."""
    told = ((label, (values,) if isinstance(values, str) else tuple(values)) for label, values in wanted.items())
    return ResourceFilter(labels=tuple((label, values) for label, values in told if values and label != TIMESTAMP))


def counted_together(trigger: Trigger) -> str | None:
    """How the names begin of which a trigger counts every state of a run, telling none apart; None for all others.

    Such is one that awaits `prefect.task-run.*` of the resources `prefect.task-run.*`.
    """
    if not isinstance(trigger, EventTrigger) or trigger.posture is not Posture.Reactive:
        return None
    beginnings = [one.removesuffix("*") for one in trigger.expect if one.endswith("*")]
    if trigger.after or trigger.for_each or trigger.match_related or len(trigger.expect) != 1 or not beginnings:
        return None
    is_any = trigger.match in ({}, {ID: f"{beginnings[0]}*"}, {ID: [f"{beginnings[0]}*"]})
    return beginnings[0] if is_any and beginnings[0] in (FLOW_RUN, TASK_RUN) else None


def is_about(trigger: EventTrigger, event: Event) -> bool:
    """Whether an event happened to what a trigger watches, whatever happened.

    What automations tell of their acting concerns nobody who does not ask for it by name: an automation that listens to
    everything would hear itself for ever.
    """
    if event.event.startswith(TOLD_BY_ACTING) and not _asks_for_acting(trigger):
        return False
    return has_labels(event.resource, trigger.match) and are_related(event, trigger.match_related)


def _asks_for_acting(trigger: EventTrigger) -> bool:
    return any(wanted.startswith(OWN) for wanted in (*trigger.expect, *trigger.after))


def has_labels(resource: Resource, wanted: Labels) -> bool:
    """Whether a resource has all labels that are wanted."""
    return all(_has_value(resource.get(label), values) for label, values in wanted.items())


def are_related(event: Event, wanted: Labels | Iterable[Labels]) -> bool:
    """Whether there is for each of the wanted one related resource that has all its labels."""
    return all(any(has_labels(one, labels) for one in event.related) for labels in _sought(wanted) if labels)


def _sought(wanted: Labels | Iterable[Labels]) -> Iterable[Labels]:
    return [wanted] if isinstance(wanted, Mapping) else wanted


def _has_value(value: str | None, wanted: str | list[str]) -> bool:
    if value is None:
        return False
    patterns = [wanted] if isinstance(wanted, str) else wanted
    refused = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    taken = [pattern for pattern in patterns if not pattern.startswith("!")]
    if any(fits(value, pattern) for pattern in refused):
        return False
    return any(fits(value, pattern) for pattern in taken) if taken else bool(refused)


def fits(value: str, pattern: str) -> bool:
    """Whether a text is the pattern, or begins as it does before the `*` at its end."""
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def is_among(event: Event, names: Collection[str]) -> bool:
    """Whether the event's name is one of these."""
    return event.event in names or any(fits(event.event, name) for name in names if name.endswith("*"))


def labels_of(event: Event, names: Iterable[str]) -> dict[str, str]:
    """The values that an event gives these labels; empty where it has none."""
    return {name: _label(event, name) for name in names}


def _label(event: Event, name: str) -> str:
    if not name.startswith(RELATED):
        return event.resource.get(name, "")
    role, _, label = name.removeprefix(RELATED).partition(":")
    return next((one.get(label, "") for one in event.related if one.get(ROLE) == role), "")
