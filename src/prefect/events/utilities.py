"""Door: telling of an event."""

from prefect.events.emitting import emit_event

__all__ = ["emit_event"]
