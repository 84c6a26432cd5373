"""The REST API as tests call it: inside the process, and over HTTP from a real server on a free port."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import orjson
import uvicorn

from prefect._api.dispatching import Reply, Request
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.client.transports import HttpTransport, LocalTransport, Transport
from prefect.server.app import create_app
from prefect.server.serving import CalmServer, belief_in_proxies
from prefect.server.slow_clients import PatientProtocol, PunctualProtocol
from prefect.server.web_ui import WebUi
from prefect.settings import get_current_settings


class Told(NamedTuple):
    """An answer: its status, and its JSON."""

    status: int
    json: Any


class Caller:
    """Sends requests and reads the answers."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def get(self, path: str, **query: Any) -> Told:
        return self.ask("GET", path, None, query)

    def post(self, path: str, body: Any = None) -> Told:
        return self.ask("POST", path, body)

    def put(self, path: str, body: Any = None) -> Told:
        return self.ask("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Told:
        return self.ask("PATCH", path, body)

    def delete(self, path: str) -> Told:
        return self.ask("DELETE", path, None)

    def ask(self, method: str, path: str, body: Any, query: dict[str, Any] | None = None) -> Told:
        return _told(self.reply(method, path, body, query))

    def reply(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Reply:
        """The answer as it is; a body of bytes is sent as it is."""
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body, default=str)
        return self.transport.send(Request(method, path, query or {}, content))


def _told(reply: Reply) -> Told:
    return Told(reply.status, orjson.loads(reply.content) if reply.content else None)


def embedded() -> Caller:
    """Operations carried out in this process, on the database of the test."""
    settings = get_current_settings()
    return Caller(LocalTransport(opened_database(str(settings.server.database.connection_url))))


@contextmanager
def served(db: Database | None = None) -> Iterator[str]:
    """A real server on a database, without one on that of the test; the address of its API."""
    settings = get_current_settings()
    app = create_app(
        db or opened_database(str(settings.server.database.connection_url)),
        settings,
        WebUi(enabled=settings.server.ui.enabled),
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = CalmServer(
            uvicorn.Config(
                app,
                log_level="warning",
                lifespan="on",
                http=PunctualProtocol,
                ws=PatientProtocol,
                **belief_in_proxies(get_current_settings()),
            )
        )
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
        httpx.get(f"{address}/health", timeout=30, verify=False).raise_for_status()
        try:
            yield address
        finally:
            server.handle_exit(signal.SIGTERM, None)
            thread.join()


@contextmanager
def over_http() -> Iterator[Caller]:
    """Operations asked of a real server."""
    with served() as address:
        transport = HttpTransport(address, get_current_settings())
        yield Caller(transport)
        transport.close()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as something holds; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{holds} does not hold after {seconds} s.")
        time.sleep(0.01)
