"""Fixtures for tests of packages: a server of their own, for code whose processes ask one.

from prefect.testing.fixtures import hosted_api_server, use_hosted_api_server
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest

from prefect.exceptions import ConfigurationError
from prefect.server.starting import is_up_in_time
from prefect.settings import temporary_settings


@pytest.fixture(scope="session")
def hosted_api_server() -> Iterator[str]:
    """The address of the API of a server with a database of its own, which ends with the tests."""
    port = _free_port()
    with TemporaryDirectory(prefix="prefect-hosted-") as home:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-worker"],
            env={**os.environ, "PREFECT_HOME": home, "PREFECT_API_URL": ""},
            stdout=subprocess.DEVNULL,
        )
        try:
            if not is_up_in_time(server, f"http://127.0.0.1:{port}/api/health"):
                raise ConfigurationError(f"The server for the tests did not start at port {port}.")
            yield f"http://127.0.0.1:{port}/api"
        finally:
            server.terminate()
            server.wait()


@pytest.fixture
def use_hosted_api_server(hosted_api_server: str) -> Iterator[str]:
    """Have what a test does be asked of that server; its address."""
    with temporary_settings({"PREFECT_API_URL": hosted_api_server}):
        yield hosted_api_server


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


__all__ = ["hosted_api_server", "use_hosted_api_server"]
