"""Which events are meant.

A filter says it twice: `includes` of an event that has come, and as conditions that `_store/event_queries.py` makes SQL
of. What is said of several things must hold of all of them; of several values one suffices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from prefect._domain.events import ID, ROLE, Event, Resource
from prefect._domain.searching import Search

NO_SEARCH = Search()
Spec = tuple[tuple[str, tuple[str, ...]], ...]
"""For each label the values that it may have; `!` in front of one negates it, `*` at its end stands for any rest."""


def matches(expected: str, value: str | None) -> bool:
    """Whether a value is as expected: `!` in front negates, `*` at the end stands for any rest."""
    if value is None:
        return False
    wanted = expected.removeprefix("!")
    is_it = value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted
    return is_it != expected.startswith("!")


def is_among(value: str, expected: Iterable[str]) -> bool:
    """Whether a value is one of those that are expected, and none of those that are negated."""
    listed = list(expected)
    wanted = [one for one in listed if not one.startswith("!")]
    others = [one for one in listed if one.startswith("!")]
    return (not wanted or any(matches(one, value) for one in wanted)) and all(matches(one, value) for one in others)


def is_as_specified(resource: Resource, spec: Spec) -> bool:
    """Whether a resource has each of the labels, with one of the values."""
    return all(label in resource and is_among(resource[label], values) for label, values in spec)


@dataclass(frozen=True, slots=True)
class NameFilter:
    """Events by their names; what is None asks for nothing."""

    prefixes: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    not_prefixes: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()

    def includes(self, name: str) -> bool:
        wanted = self.prefixes is None or name.startswith(self.prefixes)
        wanted = wanted and (self.names is None or name in self.names)
        return wanted and not name.startswith(self.not_prefixes) and name not in self.not_names


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """Resources by their ids and labels, and of those that are related by their roles; None asks for nothing."""

    ids: tuple[str, ...] | None = None
    prefixes: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    in_roles: tuple[tuple[str, str], ...] | None = None
    labels: Spec = ()

    @property
    def is_narrow(self) -> bool:
        """Whether it names the resources that are meant."""
        return self.ids is not None or self.in_roles is not None

    def includes(self, resource: Resource) -> bool:
        id, role = resource[ID], resource.get(ROLE, "")
        return (
            (self.ids is None or id in self.ids)
            and (self.prefixes is None or id.startswith(self.prefixes))
            and (self.roles is None or role in self.roles)
            and (self.in_roles is None or (id, role) in self.in_roles)
            and is_as_specified(resource, self.labels)
        )


@dataclass(frozen=True, slots=True)
class Concern:
    """Events of some names, of a resource as wanted, that are related to certain others, whenever they happened."""

    name: NameFilter = NameFilter()
    resource: ResourceFilter = ResourceFilter()
    related: tuple[ResourceFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Events by their time, name, resources, ids and text; of each related filter one related resource must be it."""

    since: datetime
    until: datetime
    name: NameFilter = NameFilter()
    resource: ResourceFilter = ResourceFilter()
    related: tuple[ResourceFilter, ...] = ()
    any_resource: tuple[ResourceFilter, ...] = ()
    ids: tuple[UUID, ...] | None = None
    text: Search = NO_SEARCH
    distinct: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it names the events that are meant, or resources with a part in them."""
        named = (self.resource, *self.related, *self.any_resource)
        return self.ids is not None or any(one.is_narrow for one in named)

    def includes(self, event: Event) -> bool:
        """Whether an event is meant; that of each resource only one is wanted is not looked at."""
        return self.since <= event.occurred <= self.until and self.includes_at_any_time(event)

    def includes_at_any_time(self, event: Event) -> bool:
        """Whether an event is meant, whenever it happened."""
        return (
            self.name.includes(event.event)
            and self.resource.includes(event.resource)
            and all(any(map(one.includes, event.related)) for one in self.related)
            and all(any(map(one.includes, event.involved())) for one in self.any_resource)
            and (self.ids is None or event.id in self.ids)
            and holds(event, self.text)
        )


def holds(event: Event, search: Search) -> bool:
    """Whether the words of an event, its name, resources and payload, are what somebody looks for."""
    if search == NO_SEARCH:
        return True
    words = [event.event, *map(_text, event.involved()), _text(event.payload)]
    text = "\n".join(words).lower()
    return (
        (not search.any or any(word.lower() in text for word in search.any))
        and all(word.lower() in text for word in search.all)
        and not any(word.lower() in text for word in search.none)
    )


def _text(mapping: Mapping[str, object]) -> str:
    return orjson.dumps(dict(mapping), default=str).decode()
