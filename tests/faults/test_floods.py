"""Much at once: more log lines than can be written, and many who listen. Nothing that was acknowledged is missing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from prefect._store.opened import opened_database
from prefect.server import bodies
from prefect.settings import get_current_settings
from tests.faults.servers import serving
from tests.faults.test_deaf_clients import MEGABYTE, deaf
from tests.serving import served

pytestmark = pytest.mark.long

SECONDS = 5
WRITERS = 12
TOGETHER = 1_000


def lines(run: str, count: int) -> list[dict[str, Any]]:
    moment = datetime.now(timezone.utc).isoformat()
    return [
        {"name": "flood", "level": 20, "message": f"line {number}", "timestamp": moment, "flow_run_id": run}
        for number in range(count)
    ]


class Flood:
    """Writers of log lines, and of runs with their states, at work for some seconds."""

    def __init__(self, url: str) -> None:
        self.url, self.run = url, str(uuid4())
        self.answers: Counter[int] = Counter()
        self.unexplained: list[int] = []
        self.moved: list[str] = []
        self.over = threading.Event()

    def write_lines(self, number: int) -> None:
        with httpx.Client(base_url=self.url, timeout=60) as http:
            while not self.over.is_set():
                self._count(http.post("/logs/", json=lines(self.run, TOGETHER)))

    def move_runs(self, flow_id: str) -> None:
        with httpx.Client(base_url=self.url, timeout=60) as http:
            while not self.over.is_set():
                made = http.post("/flow_runs/", json={"flow_id": flow_id})
                if made.status_code != 201:
                    self._count(made)
                    continue
                id = made.json()["id"]
                moved = http.post(f"/flow_runs/{id}/set_state", json={"state": {"type": "COMPLETED"}})
                if moved.status_code == 201 and moved.json()["status"] == "ACCEPT":
                    self.moved.append(id)
                else:
                    self._count(moved)

    def _count(self, answer: httpx.Response) -> None:
        self.answers[answer.status_code] += 1
        is_told_why = answer.status_code in (429, 503) and "retry-after" in answer.headers
        if answer.status_code != 201 and not is_told_why:
            self.unexplained.append(answer.status_code)


def test_ten_thousand_lines_a_second_and_five_hundred_who_listen() -> None:
    with ExitStack() as living, serving("--no-worker", "--no-services") as server:
        http = living.enter_context(httpx.Client(base_url=server.url, timeout=60))
        for _ in range(500):
            living.enter_context(deaf(f"{server.url}/changes/out"))
        before = psutil.Process(server.pid).memory_info().rss
        flood = Flood(server.url)
        flow_id = http.post("/flows/", json={"name": "flooded"}).json()["id"]
        writers = living.enter_context(ThreadPoolExecutor(WRITERS + 2))
        work = [writers.submit(flood.write_lines, number) for number in range(WRITERS)]
        work += [writers.submit(flood.move_runs, flow_id) for _ in range(2)]
        slowest = watched(http, flood)
        for each in work:
            each.result()

        grown = (psutil.Process(server.pid).memory_info().rss - before) / MEGABYTE
        completed = http.post("/flow_runs/count", json={"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}})

    assert lines_kept(flood.run) == TOGETHER * flood.answers[201] > 0
    assert not flood.unexplained
    assert completed.json() == len(flood.moved) > 0
    assert slowest < 3
    assert grown < 300


def lines_kept(run: str) -> int:
    db = opened_database(str(get_current_settings().server.database.connection_url))
    with db.read() as conn:
        return int(conn.execute("SELECT COUNT(*) FROM log WHERE flow_run_id = ?", (run,))[0][0])


def watched(http: httpx.Client, flood: Flood) -> float:
    """Look again and again whether the server lives, until the flood is over; how long the longest answer took."""
    slowest, until = 0.0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        began = time.monotonic()
        assert http.get("/health").status_code == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.05)
    flood.over.set()
    return slowest


def test_who_brings_more_than_can_be_held_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as url, httpx.Client(base_url=url) as http:
        monkeypatch.setattr(bodies, "MOST_HELD", 1_000)
        too_much = http.post("/logs/", json=lines(str(uuid4()), 100))
        little = http.post("/flows/", json={"name": "small"})

    assert (too_much.status_code, too_much.headers["retry-after"]) == (503, "1")
    assert little.status_code == 201
