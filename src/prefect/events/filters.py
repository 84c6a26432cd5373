"""Door: filters of events, and of automations, which are made when they are asked for."""

from typing import Any

from prefect._wire import filters
from prefect._wire.event_filters import (
    EventAnyResourceFilter,
    EventDataFilter,
    EventFilter,
    EventIDFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventOrder,
    EventRelatedFilter,
    EventResourceFilter,
    EventTextFilter,
)


def __getattr__(name: str) -> Any:
    """The filter of automations, or one of its parts."""
    if name.startswith("AutomationFilter"):
        return getattr(filters, name)
    raise AttributeError(f"module 'prefect.events.filters' has no attribute {name!r}")


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
