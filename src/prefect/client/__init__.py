"""The operations from outside: clients of the embedded database or of a server, and what they take and give.

`get_client()` gives one for the settings. Lazy, so that who needs a value only loads no client.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient, SyncPrefectClient, get_client

CLIENTS = ("PrefectClient", "SyncPrefectClient", "get_client")


def __getattr__(name: str) -> Any:
    if name not in CLIENTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("prefect.client.orchestration"), name)


__all__ = ["PrefectClient", "SyncPrefectClient", "get_client"]
