"""Requests of packages: to public addresses alone, and with who asks."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from prefect import flow
from prefect.client.attribution import get_attribution_headers
from prefect.utilities.urls import SSRFProtectedAsyncHTTPTransport, SSRFProtectedHTTPTransport

REFUSED = r"Refusing to connect to .* It resolves to the private address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "[::1]", "169.254.169.254"])
def test_private_addresses_are_not_called(host: str) -> None:
    async def awaited() -> None:
        async with httpx.AsyncClient(transport=SSRFProtectedAsyncHTTPTransport()) as client:
            await client.get(f"http://{host}:9/")

    with pytest.raises(httpx.ConnectError, match=REFUSED):
        httpx.Client(transport=SSRFProtectedHTTPTransport()).get(f"http://{host}:9/")
    with pytest.raises(httpx.ConnectError, match=REFUSED):
        asyncio.run(awaited())


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = f"{self.headers['Host']}{self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def port() -> Iterator[int]:
    """Where a server answers that says by which name it was asked."""
    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def test_the_address_that_was_looked_at_is_the_one_that_is_called(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name means another address each time; only the first is looked at, and called."""
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]]

    def resolved(host: str, *_: Any, **__: Any) -> list[Any]:
        return answers.pop() if host == "shop.example" else original(host, *_, **__)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr("prefect._outside.public_transports.is_public", lambda _: True)

    with httpx.Client(transport=SSRFProtectedHTTPTransport()) as client:
        answer = client.get(f"http://shop.example:{port}/a")

    assert answer.text == f"shop.example:{port}/a"
    assert (str(answer.request.url), answers) == (f"http://shop.example:{port}/a", [])


def test_a_run_says_who_asks(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    @flow(name="café")
    def who() -> dict[str, str]:
        return get_attribution_headers()

    monkeypatch.setenv("PREFECT__WORKER_NAME", "north")

    assert get_attribution_headers() == {"X-Prefect-Worker-Name": "north"}
    headers = who()
    assert headers["X-Prefect-Flow-Name"] == "caf%C3%A9"
    assert {"X-Prefect-Flow-Id", "X-Prefect-Flow-Run-Id", "X-Prefect-Flow-Run-Name"} <= headers.keys()
    assert "X-Prefect-Deployment-Id" not in headers
    assert httpx.Headers(headers)["x-prefect-worker-name"] == "north"
