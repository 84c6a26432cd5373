"""Filters of events in JSON, which is also how programs write them: `prefect.events.filters` has these classes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from prefect._clock import now
from prefect._domain import event_filters as domain
from prefect._domain.searching import LONGEST, Search, read_search
from prefect._wire.events import Event, ResourceSpecification
from prefect._wire.models import Moment, Text

LOOK_BACK = timedelta(days=180)
"""How old the events are at most that are meant where no time is said."""
MOST_VALUES = 1_000
Values = Annotated[list[Text], Field(max_length=MOST_VALUES)]


class EventDataFilter(BaseModel):
    """What all filters of events can do."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def get_filters(self) -> list[EventDataFilter]:
        """The filters of which this one is made."""
        held = [getattr(self, name) for name in type(self).model_fields]
        return [one for each in held for one in (each if isinstance(each, list) else [each]) if _is_filter(one)]

    def includes(self, event: Event) -> bool:
        """Whether an event is meant."""
        return all(part.includes(event) for part in self.get_filters())

    def excludes(self, event: Event) -> bool:
        """Whether an event is not meant."""
        return not self.includes(event)


def _is_filter(value: Any) -> bool:
    return isinstance(value, EventDataFilter)


def _a_while_ago() -> datetime:
    return (now() - LOOK_BACK).replace(hour=0, minute=0, second=0, microsecond=0)


class EventOccurredFilter(EventDataFilter):
    """Events between two moments, both included."""

    since: Moment = Field(default_factory=_a_while_ago)
    until: Moment = Field(default_factory=now)

    def includes(self, event: Event) -> bool:
        return self.since <= event.occurred <= self.until


class EventNameFilter(EventDataFilter):
    """Events by their names."""

    prefix: Values | None = None
    exclude_prefix: Values | None = None
    name: Values | None = None
    exclude_name: Values | None = None

    def includes(self, event: Event) -> bool:
        return self.meant().includes(event.event)

    def meant(self) -> domain.NameFilter:
        """The names that this says."""
        return domain.NameFilter(
            _some(self.prefix), _some(self.name), tuple(self.exclude_prefix or ()), tuple(self.exclude_name or ())
        )


class EventResourceFilter(EventDataFilter):
    """Events by the resource that they happened to; `distinct` wants of each resource only the first that is given."""

    id: Values | None = None
    id_prefix: Values | None = None
    labels: ResourceSpecification | None = None
    distinct: bool = False

    def includes(self, event: Event) -> bool:
        return self.meant().includes(event.resource.root)

    def meant(self) -> domain.ResourceFilter:
        """The resources that this says."""
        return domain.ResourceFilter(_some(self.id), _some(self.id_prefix), labels=_spec(self.labels))


class EventRelatedFilter(EventDataFilter):
    """Events by a related resource."""

    id: Values | None = None
    role: Values | None = None
    resources_in_roles: Annotated[list[tuple[Text, Text]], Field(max_length=MOST_VALUES)] | None = None
    labels: ResourceSpecification | None = None

    def includes(self, event: Event) -> bool:
        return any(self.meant().includes(one.root) for one in event.related)

    def meant(self) -> domain.ResourceFilter:
        """The resources that this says."""
        in_roles = None if self.resources_in_roles is None else tuple(self.resources_in_roles)
        return domain.ResourceFilter(
            _some(self.id), roles=_some(self.role), in_roles=in_roles, labels=_spec(self.labels)
        )


class EventAnyResourceFilter(EventDataFilter):
    """Events by a resource that has any part in them."""

    id: Values | None = None
    id_prefix: Values | None = None
    labels: ResourceSpecification | None = None

    def includes(self, event: Event) -> bool:
        return any(self.meant().includes(one.root) for one in event.involved_resources)

    def meant(self) -> domain.ResourceFilter:
        """The resources that this says."""
        return domain.ResourceFilter(_some(self.id), _some(self.id_prefix), labels=_spec(self.labels))


class EventIDFilter(EventDataFilter):
    """Events by their ids."""

    id: Annotated[list[UUID], Field(max_length=MOST_VALUES)] | None = None

    def includes(self, event: Event) -> bool:
        return not self.id or event.id in self.id


class EventTextFilter(EventDataFilter):
    """Events by the words in their names, resources and payloads: `error -debug`, `"connection lost"`, `+a +b`."""

    query: Annotated[Text, Field(max_length=LONGEST)]

    def includes(self, event: Event) -> bool:
        return domain.holds(event.told(received=event.occurred), read_search(self.query))


class EventOrder(str, Enum):
    """Whether the oldest event comes first, or the latest."""

    ASC = "ASC"
    DESC = "DESC"


class EventFilter(EventDataFilter):
    """Which events are wanted: those of which everything holds that is said."""

    occurred: EventOccurredFilter = Field(default_factory=EventOccurredFilter)
    event: EventNameFilter | None = None
    resource: EventResourceFilter | None = None
    related: EventRelatedFilter | list[EventRelatedFilter] | None = None
    any_resource: EventAnyResourceFilter | list[EventAnyResourceFilter] | None = None
    id: EventIDFilter = Field(default_factory=lambda: EventIDFilter(id=[]))
    text: EventTextFilter | None = None
    order: EventOrder = EventOrder.DESC

    def meant(self) -> domain.EventFilter:
        """The events that this says."""
        return domain.EventFilter(
            since=self.occurred.since,
            until=self.occurred.until,
            name=self.event.meant() if self.event is not None else domain.NameFilter(),
            resource=self.resource.meant() if self.resource is not None else domain.ResourceFilter(),
            related=tuple(one.meant() for one in _many(self.related)),
            any_resource=tuple(one.meant() for one in _many(self.any_resource)),
            ids=tuple(self.id.id) if self.id.id else None,
            text=read_search(self.text.query) if self.text is not None else Search(),
            distinct=self.resource is not None and self.resource.distinct,
        )


def _many(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


def _some(values: list[str] | None) -> tuple[str, ...] | None:
    """The values that one of must be; an empty list asks for nothing."""
    return tuple(values) if values else None


def _spec(labels: ResourceSpecification | None) -> domain.Spec:
    return () if labels is None else tuple((label, tuple(values)) for label, values in labels.items())


__all__ = [
    "EventAnyResourceFilter",
    "EventDataFilter",
    "EventFilter",
    "EventIDFilter",
    "EventNameFilter",
    "EventOccurredFilter",
    "EventOrder",
    "EventRelatedFilter",
    "EventResourceFilter",
    "EventTextFilter",
]
