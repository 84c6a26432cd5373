"""The operations from outside: clients of the embedded database or of a server, and what they take and give.

`get_client()` gives one for the settings. Lazy, so that who needs a value only loads no client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient, SyncPrefectClient, get_client

HOMES = {
    "PrefectClient": "prefect.client.orchestration",
    "SyncPrefectClient": "prefect.client.orchestration",
    "get_client": "prefect.client.orchestration",
}
"""The module of each public name."""
__getattr__ = lazy_names(__name__, HOMES)


__all__ = ["PrefectClient", "SyncPrefectClient", "get_client"]
