"""The client of the commands."""

from __future__ import annotations

from prefect.client.orchestration import SyncPrefectClient, new_transport

PATIENCE = 1.0
"""Seconds for which a server is asked again that cannot be reached: at a terminal somebody waits."""


def asking() -> SyncPrefectClient:
    """A client of the server that the settings name, or of the local database; to be used in a `with` block."""
    return SyncPrefectClient(new_transport(PATIENCE))
