"""Websocket clients that never read: they cost the server little, and are not kept for long."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.uri import parse_uri

from prefect.server import slow_clients
from tests.faults.servers import Server, serving
from tests.serving import served, until

pytestmark = pytest.mark.long

CLIENTS = 500
MEGABYTE = 1024 * 1024


@contextmanager
def deaf(url: str, *messages: Any) -> Iterator[socket.socket]:
    """A client that sends some messages and never reads what it is sent."""
    protocol = ClientProtocol(parse_uri(url.replace("http", "ws", 1)))
    place = httpx.URL(url)
    with socket.socket() as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.connect(("127.0.0.1", place.port))
        protocol.send_request(protocol.connect())
        opened.sendall(b"".join(protocol.data_to_send()))
        assert opened.recv(1024).startswith(b"HTTP/1.1 101")
        for message in messages:
            opened.sendall(Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True))
        yield opened


def long_lines(run: str, count: int, size: int) -> list[dict[str, Any]]:
    moment = datetime.now(timezone.utc).isoformat()
    return [
        {"name": "x", "level": 20, "message": "m" * size, "timestamp": moment, "flow_run_id": run} for _ in range(count)
    ]


def read_all(client: ClientConnection) -> None:
    while True:
        client.recv(10)


def sockets_of(server: Server) -> int:
    return len(psutil.Process(server.pid).net_connections("tcp"))


def test_five_hundred_clients_that_never_read_are_dropped_and_cost_little() -> None:
    run, slowest = str(uuid4()), 0.0
    with ExitStack() as living, serving("--no-worker", "--no-services") as server:
        http = living.enter_context(httpx.Client(base_url=server.url, timeout=60))
        http.post("/logs/", json=long_lines(run, 500, 10_000)).raise_for_status()
        before = psutil.Process(server.pid).memory_info().rss
        peak = before
        for _ in range(CLIENTS):
            filter = {"type": "filter", "filter": {"flow_run_id": {"any_": [run]}}}
            living.enter_context(deaf(f"{server.url}/logs/out", filter))
        deadline = time.monotonic() + 60
        while sockets_of(server) > 20 and time.monotonic() < deadline:
            began = time.monotonic()
            assert http.get("/health").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
            peak = max(peak, psutil.Process(server.pid).memory_info().rss)
            time.sleep(0.05)

        assert sockets_of(server) <= 20
        assert (peak - before) / MEGABYTE < 250
        assert slowest < 1


def test_a_client_that_reads_again_hears_that_it_was_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_clients, "SLOWEST", 0.5)
    run = str(uuid4())
    with served() as url, httpx.Client(base_url=url, timeout=60) as http:
        for _ in range(4):
            http.post("/logs/", json=long_lines(run, 20, 500_000)).raise_for_status()
        with connect(f"{url.replace('http', 'ws', 1)}/logs/out", max_queue=1, compression=None) as client:
            client.send(json.dumps({"type": "filter", "filter": {"flow_run_id": {"any_": [run]}}}))
            client.recv(10)
            time.sleep(2)
            with pytest.raises(ConnectionClosed) as closed:
                read_all(client)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


def test_a_client_that_reads_slowly_but_steadily_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_clients, "SLOWEST", 1.0)
    run = str(uuid4())
    with served() as url, httpx.Client(base_url=url, timeout=60) as http:
        http.post("/logs/", json=long_lines(run, 20, 500_000)).raise_for_status()
        with connect(f"{url.replace('http', 'ws', 1)}/logs/out", max_queue=1, compression=None) as client:
            client.send(json.dumps({"type": "filter", "filter": {"flow_run_id": {"any_": [run]}}}))
            for _ in range(20):
                client.recv(10)
                time.sleep(0.1)
            assert client.ping().wait(5)


def test_what_was_opened_is_let_go() -> None:
    with served() as url:
        before = psutil.Process().num_fds()
        with ExitStack() as living:
            for _ in range(20):
                living.enter_context(deaf(f"{url}/changes/out"))
        until(lambda: psutil.Process().num_fds() <= before + 2)
