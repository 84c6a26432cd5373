"""A server of its own for tests of the pages, and flows that leave something to look at."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.faults.servers import free_port

FLOWS = """
from prefect import flow, get_run_logger, task

EVIL = "<img src=x onerror=window.owned=1>"

@task
def extract(number):
    get_run_logger().info("extracting %s", number)
    return number

@task
def total(numbers):
    return sum(numbers)

@flow(name="etl", tags=["prod", EVIL], log_prints=True)
def etl(day: str = "monday", count: int = 3):
    print(f"numbers of {day}", EVIL)
    numbers = extract.map(range(count))
    return inner(total(numbers))

@flow(name="inner")
def inner(number: int):
    return number

@task(name="load " + EVIL)
def load():
    raise ValueError("the table orders is locked " + EVIL)

@flow(name="broken")
def broken():
    load()

if __name__ == "__main__":
    etl("tuesday")
    try:
        broken()
    except ValueError:
        pass
"""


class Site:
    """A running server and the programs that record into it."""

    def __init__(self, address: str, home: Path) -> None:
        self.address = address
        self.home = home

    @property
    def api(self) -> str:
        return f"{self.address}/api"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PREFECT_HOME": str(self.home), "PREFECT_API_URL": self.api}

    def run(self, code: str) -> None:
        """Carry a program out to its end."""
        self.started(code).wait(60)

    def started(self, code: str) -> subprocess.Popen[bytes]:
        """A program on its way."""
        file = self.home / f"program-{time.monotonic_ns()}.py"
        file.write_text(code, encoding="utf-8")
        return subprocess.Popen([sys.executable, str(file)], env=self.environment, cwd=self.home)

    def ask(self, path: str, body: Any = None) -> Any:
        """What the API answers to a POST."""
        answer = httpx.post(f"{self.api}{path}", json={} if body is None else body, timeout=20, verify=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def ask_for(self, path: str) -> Any:
        """What the API answers to a GET."""
        answer = httpx.get(f"{self.api}{path}", timeout=20, verify=False)
        answer.raise_for_status()
        return answer.json()

    def run_of(self, flow: str) -> dict[str, Any]:
        """The latest run of a flow."""
        body = {"flows": {"name": {"any_": [flow]}}, "limit": 1, "sort": "START_TIME_DESC"}
        found: dict[str, Any] = self.ask("/flow_runs/filter", body)[0]
        return found


@contextmanager
def served(home: Path, **environment: str) -> Iterator[Site]:
    """A server on a home of its own, until the block ends."""
    port = free_port()
    env = {**os.environ, "PREFECT_HOME": str(home), **environment}
    env.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    site = Site(f"http://127.0.0.1:{port}", home)
    try:
        deadline = time.monotonic() + 60
        while not _answers(site):
            assert process.poll() is None, "The server ended."
            assert time.monotonic() < deadline, "The server does not answer."
        yield site
    finally:
        process.terminate()
        process.wait(20)


def _answers(site: Site) -> bool:
    try:
        return httpx.get(f"{site.api}/health", timeout=2, verify=False).status_code == 200
    except httpx.HTTPError:
        return False
