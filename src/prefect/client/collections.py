"""Asking which types of work pools installed packages bring."""

from __future__ import annotations

from typing import Any, Protocol

from prefect.client.orchestration import PrefectClient, get_client


class CollectionsMetadataClient(Protocol):
    """Who is asked."""

    async def read_worker_metadata(self) -> dict[str, Any]:
        """The types of work pools by the packages that bring them, each with the job template of a new pool."""
        ...


def get_collections_metadata_client(httpx_settings: dict[str, Any] | None = None) -> PrefectClient:
    """A client, to be opened (`async with`); the settings of httpx are taken for older programs."""
    return get_client()


__all__ = ["CollectionsMetadataClient", "get_collections_metadata_client"]
