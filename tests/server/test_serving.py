"""`prefect server start`, `status` and `stop`, as a person uses them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import until


def prefect(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "prefect", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def background(port: int) -> Iterator[int]:
    """A server that goes on by itself; its port."""
    started = prefect("server", "start", "--background", "--port", str(port))
    assert started.returncode == 0, started.stderr
    yield port
    prefect("server", "stop")


def until_it_answers(port: int) -> None:
    until(lambda: answers(port))


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", verify=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.long
def test_a_server_in_the_background_is_found_and_stopped(background: int) -> None:
    status = prefect("server", "status")

    assert status.returncode == 0
    assert f"http://127.0.0.1:{background}/api" in status.stdout
    assert prefect("server", "stop").stdout == "The server has stopped.\n"
    assert prefect("server", "status").returncode == 1
    again = prefect("server", "stop")
    assert (again.returncode, again.stderr) == (1, "Error: No server runs that was started with this PREFECT_HOME.\n")


@pytest.mark.long
@pytest.mark.parametrize("how", [(), ("--background",)])
def test_a_taken_port_is_told_in_one_line(background: int, how: tuple[str, ...]) -> None:
    second = prefect("server", "start", "--port", str(background), *how)

    assert second.returncode == 1
    assert second.stderr.startswith(f"Error: Port {background} on 127.0.0.1 is taken")
    assert second.stderr.count("\n") == 1
    assert prefect("server", "status").returncode == 0


def test_beyond_this_machine_it_asks_who_one_is(port: int) -> None:
    refused = prefect("server", "start", "--host", "0.0.0.0", "--port", str(port))

    assert refused.returncode == 1
    assert "PREFECT_SERVER_API_AUTH_STRING" in refused.stderr
    assert "--allow-unauthenticated" in refused.stderr


def test_it_survives_that_nobody_reads_what_it_says(port: int, home: Path) -> None:
    arguments = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--log-level", "info"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()
        until_it_answers(port)
        for _ in range(3):
            assert httpx.get(f"http://127.0.0.1:{port}/api/hello").text == '"👋"'
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(15) == 0
    assert not (home / "server.pid").exists()


def test_ctrl_c_ends_it_well(port: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until_it_answers(port)

    os.kill(process.pid, signal.SIGINT)

    said, complained = process.communicate(timeout=15)
    assert f"http://127.0.0.1:{port}" in said
    assert "Traceback" not in complained


WITH_WHAT_IS_NOT_THERE = """
import runpy, sys
sys.modules.update({name: None for name in sys.argv.pop(1).split(",")})
runpy.run_module("prefect", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("absent", ["httptools,uvloop", "nothing"])
def test_it_serves_with_and_without_what_is_fast(port: int, absent: str) -> None:
    arguments = ["server", "start", "--port", str(port), "--no-worker"]
    process = subprocess.Popen([sys.executable, "-c", WITH_WHAT_IS_NOT_THERE, absent, *arguments])
    try:
        until_it_answers(port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api") as client:
            for size in (10, 100_000, 1_000_000):
                made = client.post("/flows/", json={"name": f"f{size}", "labels": {"long": "x" * size}})
                assert made.status_code in (201, 422)
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.settimeout(20)
            stranger.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nx-more: " + b"y" * 200_000)
            assert stranger.recv(20).startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    finally:
        process.terminate()
        assert process.wait(15) == 0
