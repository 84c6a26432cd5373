"""What clients do while there is no server where the settings say one is."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from prefect.client.orchestration import PrefectClient, SyncPrefectClient
from prefect.client.transports import ServerUnreachable
from tests.faults.servers import Server, free_port


def test_an_address_at_which_nobody_ever_listened_is_told_soon() -> None:
    address = f"http://127.0.0.2:{free_port()}/api"  # no server of another test ever answered this process there
    since = time.monotonic()

    with SyncPrefectClient(address) as client, pytest.raises(ServerUnreachable, match="cannot be reached"):
        client.read_flows()
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        asyncio.run(read_flows_of(address))

    assert time.monotonic() - since < 10, "a client that takes its tries needs half a minute each"


async def read_flows_of(address: str) -> None:
    async with PrefectClient(address) as client:
        await client.read_flows()


def test_a_server_that_has_answered_is_waited_for() -> None:
    server = Server("--no-worker")
    server.start()
    try:
        with SyncPrefectClient(server.url) as client:
            client.read_flows()
            server.kill()
            coming_back = threading.Timer(1.0, server.start)
            coming_back.start()

            assert client.read_flows() == []
            coming_back.join()
    finally:
        server.kill()
