"""What we leave to others, and what we ask of them: nothing that they may guess, and nothing at all."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.programs import carried_out
from tests.faults.servers import serving
from tests.runner.scenes import deployed, ended, triggered
from tests.test_floors import SOURCE


def test_no_file_of_ours_has_a_name_that_others_may_guess() -> None:
    guessed = [
        f"{file.name}:{node.lineno}"
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(("/tmp", "/var/tmp"))
    ]

    assert guessed == []


GUARD = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in ("127.0.0.1", "::1", "localhost", "local") and not str(address).startswith("/"):
            tell(f"connected to {address}")
    elif event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "::1", "localhost", None):
        tell(f"looked up {arguments[0]}")

def tell(what):
    with open(os.environ["GUARD_FILE"], "a") as file:
        file.write(what + chr(10))

sys.addaudithook(watch)
"""


CONNECTING = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"


def test_nothing_is_asked_of_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Path("guard").resolve()
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(guard), str(SOURCE.parent)]))
    monkeypatch.setenv("GUARD_FILE", str(Path("asked").resolve()))
    code = "@flow(persist_result=True)\ndef around():\n    print(1)\n"

    assert carried_out(code + "around()\n").returncode == 0
    with serving() as server:
        assert carried_out(code + "around()\n", PREFECT_API_URL=server.url).returncode == 0
        assert ended(triggered(deployed(code, work_pool_name="default-agent-pool"))).is_completed()
    subprocess.run([sys.executable, "-m", "prefect", "flow-run", "ls"], check=True, capture_output=True)

    assert not Path("asked").exists(), Path("asked").read_text()
    subprocess.run([sys.executable, "-c", CONNECTING], check=False, capture_output=True)
    assert Path("asked").read_text() == "connected to ('192.0.2.1', 9)\n"
