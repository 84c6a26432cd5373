"""Door: pages of events."""

from prefect.client.event_pages import EventPage

__all__ = ["EventPage"]
