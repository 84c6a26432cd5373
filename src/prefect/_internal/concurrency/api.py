"""Door: calls made in an event loop of another thread (prefect-kubernetes)."""

from prefect._outside.calls import create_call, from_sync

__all__ = [
    "create_call",
    "from_sync",
]
