"""Many who ask at once, and servers that do not answer for a while: others are served, and nobody hangs."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from prefect import flow, task
from prefect._engine.recorders import close_recorders
from tests import recorded
from tests.faults.proxies import between
from tests.faults.servers import serving
from tests.faults.test_busy import held
from tests.serving import served

pytestmark = pytest.mark.long


def test_two_hundred_who_ask_at_once_are_all_answered_and_the_server_says_that_it_lives(home: Path) -> None:
    with ExitStack() as living:
        server = living.enter_context(
            serving("--no-worker", "--no-services", env={"PREFECT_SERVER_DATABASE_TIMEOUT": "0.5"})
        )
        other = living.enter_context(held(home))
        http = living.enter_context(
            httpx.Client(base_url=server.url, timeout=60, limits=httpx.Limits(max_connections=300))
        )
        crowd = living.enter_context(ThreadPoolExecutor(200))
        asking = [crowd.submit(asked, http, number) for number in range(200)]
        slowest = 0.0
        while not all(answer.done() for answer in asking):
            began = time.monotonic()
            with httpx.Client(base_url=server.url, timeout=60) as somebody:
                assert somebody.get("/health").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        other.execute("ROLLBACK")
        statuses = Counter(answer.result() for answer in asking)

    assert statuses == {200: 100, 503: 100}
    assert slowest < 3


def asked(http: httpx.Client, number: int) -> int:
    if number % 2:
        return http.post("/variables/", json={"name": f"v{number}", "value": 1}).status_code
    return http.post("/flow_runs/filter", json={}).status_code


@task
def step(number: int) -> int:
    return number


def test_a_flow_goes_on_when_its_server_stops_to_answer_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_REQUEST_TIMEOUT", "0.3")

    @flow
    def around() -> list[int]:
        first = step(0)
        network.stall()
        threading.Timer(1.5, network.go_on).start()
        return [first, *[step(number) for number in range(1, 20)]]

    with served() as address, between(urlsplit(address).port or 0) as network, monkeypatch.context() as context:
        context.setenv("PREFECT_API_URL", network.url)
        assert around() == list(range(20))
        close_recorders()

    assert recorded.history(recorded.the_flow_run()) == ["Pending", "Running", "Completed"]
    assert [task.state_name for task in recorded.task_runs()] == ["Completed"] * 20
