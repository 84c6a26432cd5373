"""Door: events and their resources, as programs and the API write them."""

from prefect._domain.event_filters import matches
from prefect._wire.events import Event, ReceivedEvent, RelatedResource, Resource, ResourceSpecification

__all__ = ["Event", "ReceivedEvent", "RelatedResource", "Resource", "ResourceSpecification", "matches"]
