"""Servers in processes of their own, which can be killed and started again on the same port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from prefect.client.transports import HttpTransport
from prefect.settings import get_current_settings
from tests.serving import Caller, until


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """`prefect server start` with some options, on the home of the test."""

    def __init__(self, *options: str, port: int | None = None, env: dict[str, str] | None = None) -> None:
        self.options = options
        self.port = port or free_port()
        self.env = env or {}
        self.said = Path.cwd() / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it, and return when it answers."""
        command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(self.port), *self.options]
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **self.env})
        until(self.answers)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said.read_text()
        try:
            return httpx.get(f"{self.url}/health", timeout=5, verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """`kill -9`."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def asked(self) -> Iterator[Caller]:
        """Whoever asks it; one who asks in vain is told so at once."""
        with asking(self.url) as caller:
            yield caller


@contextmanager
def asking(url: str, patience: float = 0) -> Iterator[Caller]:
    """Whoever asks the server at an address, again and again for so many seconds while it is away."""
    transport = HttpTransport(url, get_current_settings(), patience=patience)
    try:
        yield Caller(transport)
    finally:
        transport.close()


@contextmanager
def serving(*options: str, port: int | None = None, env: dict[str, str] | None = None) -> Iterator[Server]:
    """A server for the time of the block; what it complained of must be empty in the end."""
    server = Server(*options, port=port, env=env)
    try:
        server.start()
        yield server
    finally:
        server.kill()
    assert "Traceback" not in server.said.read_text(), server.said.read_text()
