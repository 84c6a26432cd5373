"""Door: events and their resources."""

from prefect._wire.events import Event, ReceivedEvent, RelatedResource, Resource, ResourceSpecification

__all__ = ["Event", "ReceivedEvent", "RelatedResource", "Resource", "ResourceSpecification"]
