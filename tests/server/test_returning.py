"""What a large request takes is given back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
import psutil
import pytest

from tests.faults.servers import Server
from tests.serving import until

pytestmark = pytest.mark.long

JSON = {"content-type": "application/json"}
MB = 1_000_000
BODY = orjson.dumps(
    [{"name": "n", "level": 20, "message": "x" * 900_000, "timestamp": "2026-01-01T00:00:00Z"} for _ in range(10)]
)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("--no-worker")
    server.start()
    yield server
    server.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the C library decides what it keeps")
def test_a_server_gives_back_what_a_flood_of_large_bodies_took(server: Server) -> None:
    process = psutil.Process(server.pid)
    before = process.memory_info().rss

    def flood(_: int) -> int:
        return httpx.post(f"{server.url}/logs/", content=BODY, headers=JSON, timeout=60).status_code

    with ThreadPoolExecutor(8) as senders:
        assert set(senders.map(flood, range(24))) == {201}

    until(lambda: process.memory_info().rss < before + 130 * MB)
