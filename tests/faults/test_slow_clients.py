"""Clients that take their time to say what they want: they are told that it was too long, and others notice nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest

from prefect.server import bodies, slow_clients
from tests.serving import served

HEAD = "POST /api/flows/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
SLOWEST = 0.5
MEGABYTE = 1024 * 1024


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that has little patience with bodies."""
    monkeypatch.setattr(bodies, "SLOWEST_BODY", SLOWEST)
    with served() as address:
        yield address


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has little patience with heads, too."""
    monkeypatch.setattr(slow_clients, "SLOWEST_HEAD", SLOWEST)


def connected(url: str) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0))
    opened.settimeout(20)
    return opened


def all_of(client: socket.socket) -> bytes:
    """What a server answers until it hangs up."""
    answer = b""
    while part := client.recv(4096):
        answer += part
    return answer


@pytest.mark.parametrize("trickles", [True, False])
def test_a_body_that_comes_too_slowly_is_not_waited_for(url: str, trickles: bool) -> None:
    with connected(url) as client:
        client.sendall(HEAD.format(1_000).encode() + b"{")
        over = threading.Event()
        trickling = threading.Thread(target=trickle, args=(client, over), daemon=True)
        if trickles:
            trickling.start()
        answer = all_of(client)
        over.set()

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too slowly" in answer


def trickle(client: socket.socket, over: threading.Event) -> None:
    """Send byte after byte, so that the body is never quite silent."""
    try:
        while not over.wait(0.05):
            client.sendall(b" ")
    except OSError:
        return


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("begun", [b"", b"POST /api/flows/ HT"])
def test_a_request_that_never_comes_is_not_waited_for(url: str, begun: bytes) -> None:
    with connected(url) as client:
        client.sendall(begun)
        assert all_of(client).startswith(b"HTTP/1.1 408")


@pytest.mark.usefixtures("impatient")
def test_neither_is_the_second_one_of_a_connection(url: str) -> None:
    with connected(url) as client:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET /api/h")
        assert all_of(client).rpartition(b"HTTP/1.1 ")[2].startswith(b"408")


def test_a_large_body_may_take_its_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SLOWEST_RATE", 10_000)
    body = b'{"name":"slow' + b"w" * 100 + b'"' + b" " * 50_000 + b"}"
    with connected(url) as client:
        client.sendall(HEAD.format(len(body)).encode())
        for start in range(0, len(body), 10_000):
            client.sendall(body[start : start + 10_000])
            time.sleep(0.2)
        assert client.recv(4096).startswith(b"HTTP/1.1 201")


@pytest.mark.usefixtures("impatient")
def test_connections_that_are_kept_and_requests_that_wait_are_left_alone(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        assert http.get("/health").status_code == 200
        began = time.monotonic()
        news = http.post("/engine/news", params={"wait": 3 * SLOWEST}, json={"seen": ""})
        seen = news.json()["seen"]
        assert http.post("/engine/news", params={"wait": 3 * SLOWEST}, json={"seen": seen}).status_code == 200
        assert time.monotonic() - began > 3 * SLOWEST
        assert http.get("/health").status_code == 200


def test_many_slow_bodies_take_no_memory(url: str) -> None:
    before = psutil.Process().memory_info().rss
    with ExitStack() as living:
        slow = [living.enter_context(connected(url)) for _ in range(200)]
        for client in slow:
            client.sendall(HEAD.format(9_000_000).encode() + b"{" * 1_000)
        answers = [all_of(client) for client in slow]

    assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
    assert (psutil.Process().memory_info().rss - before) / MEGABYTE < 60


def test_a_head_without_end_is_not_kept(url: str) -> None:
    with connected(url) as client:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n")
        answer = b""
        try:
            for number in range(10_000):
                client.sendall(b"x-more-%d: %s\r\n" % (number, b"y" * 1_000))
            answer = all_of(client)
        except OSError:  # it was cut while we still sent
            pass
    assert not answer or answer.startswith(b"HTTP/1.1 431")

    with connected(url) as client:
        client.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nx-more: " + b"y" * 70_000)
        assert all_of(client).startswith(b"HTTP/1.1 431")


def test_long_bodies_and_many_requests_are_no_long_head(url: str) -> None:
    with httpx.Client(base_url=url) as client:
        for size in [3_000] * 50 + [70_000, 300_000, 900_000] * 5:
            asked = client.post("/logs/filter", json={"logs": {"flow_run_id": {"any_": []}}, "note": "x" * size})
            assert asked.status_code in (200, 422)
        long = client.get("/health", headers={"x-long": "y" * 50_000})

    assert long.status_code == 200
