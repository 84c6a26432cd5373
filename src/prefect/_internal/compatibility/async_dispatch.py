"""Door: names for sync and async code (most packages of blocks)."""

from prefect._outside.async_dispatch import async_dispatch

__all__ = [
    "async_dispatch",
]
