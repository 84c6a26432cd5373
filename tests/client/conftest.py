"""Every test of the client runs inside the process and against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prefect.client.orchestration import SyncPrefectClient, get_client
from tests.serving import served


@pytest.fixture(params=["embedded", "http"])
def client(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SyncPrefectClient]:
    """A client whose methods return when they are done."""
    if request.param == "embedded":
        with get_client(sync_client=True) as opened:
            yield opened
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        with get_client(sync_client=True) as opened:
            yield opened
