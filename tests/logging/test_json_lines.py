"""With PREFECT_LOGGING_FORMAT=json, what a program, a server and a worker say is JSON, line by line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.serving import until

FLOW = """
from prefect import flow, get_run_logger

@flow
def told():
    get_run_logger().warning("two\\nlines")

told()
"""


@pytest.fixture(autouse=True)
def lines_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_LOGGING_FORMAT", "json")


def read(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def said_by(*arguments: str) -> list[dict[str, Any]]:
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return read(ended.stdout + ended.stderr)


def test_lines_of_a_flow_are_json_with_the_run_that_they_belong_to() -> None:
    warning = next(line for line in said_by("-c", FLOW) if line["level"] == "WARNING")

    assert warning["message"] == "two\nlines"
    assert warning["name"] == "prefect.flow_runs"
    assert warning["flow_run_id"]
    assert warning["timestamp"].endswith("+00:00")


def test_lines_of_a_worker_are_json() -> None:
    said = said_by("-m", "prefect", "worker", "start", "--pool", "default-agent-pool", "--name", "ann", "--run-once")

    assert {line["name"] for line in said} == {"prefect.workers"}
    assert any("'ann' starts the runs" in line["message"] for line in said)


def test_lines_of_a_server_are_json() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--log-level", "info"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PREFECT_NO_SUCH": "1"}
    )
    until(lambda: answers(port))
    server.send_signal(signal.SIGTERM)
    lines = read(server.communicate(timeout=20)[0])

    assert any(f"http://127.0.0.1:{port}" in line["message"] for line in lines)
    assert {"prefect.server", "prefect.settings", "uvicorn.error"} <= {line["name"] for line in lines}
    assert [line["level"] for line in lines if "PREFECT_NO_SUCH" in line["message"]] == ["WARNING"]


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", verify=False).status_code == 200
    except httpx.HTTPError:
        return False
