"""A database on which many write, or that somebody else holds: writers wait for a turn, questions are answered."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Timer
from uuid import UUID

import httpx
import pytest

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect._orchestration import deployments
from prefect._orchestration.duties.waiting import call_late
from prefect._store.deployments import read_deployment
from prefect.server.lanes import WRITERS
from tests import recorded
from tests.faults.programs import program
from tests.faults.servers import Server, serving
from tests.runner.scenes import deployed, found
from tests.serving import Caller

pytestmark = pytest.mark.long

VARIABLE = "/variables/"


@contextmanager
def held(home: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else writes into the database for as long as the block lasts, or until `ROLLBACK`."""
    with closing(sqlite3.connect(home / "prefect.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_writer_waits_until_somebody_else_is_done(home: Path) -> None:
    with serving("--no-worker", "--no-services") as server, server.asked() as api, held(home) as other:
        Timer(0.5, other.execute, ["ROLLBACK"]).start()
        began = time.monotonic()

        assert api.post(VARIABLE, {"name": "a", "value": 1}).status == 201
        assert time.monotonic() - began > 0.4


def test_while_somebody_else_writes_for_long_the_server_says_so_and_still_answers(home: Path) -> None:
    with ExitStack() as living:
        env = {"PREFECT_SERVER_DATABASE_TIMEOUT": "1.5"}
        server = living.enter_context(serving("--no-worker", "--no-services", env=env))
        other = living.enter_context(held(home))
        with ThreadPoolExecutor(WRITERS + 2) as writers, httpx.Client(base_url=server.url) as http:
            writing = [writers.submit(written, http, number) for number in range(WRITERS + 2)]
            for path in ("/health", "/ready", "/version"):
                asked = time.monotonic()
                assert http.get(path).status_code == 200
                assert time.monotonic() - asked < 0.5
            assert http.post("/flow_runs/filter", json={}).status_code == 200
            assert not any(answer.done() for answer in writing)
            answers = [answer.result() for answer in writing]
            other.execute("ROLLBACK")
            after = http.post(VARIABLE, json={"name": "after", "value": 1})

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert "busy" in answers[0].json()["exception_message"]
    assert after.status_code == 201


def written(http: httpx.Client, number: int) -> httpx.Response:
    return http.post(VARIABLE, json={"name": f"v{number}", "value": 1}, timeout=60)


WRITES = int(os.environ.get("FAULTS_WRITES", "15"))
"""How much each of many writers writes."""
LINE = {"name": "x", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
EMBEDDED = """
@task
def step(number):
    return number

@flow
def around():
    for number in range(WRITES):
        step(number)

around()
"""


def test_sixteen_writers_are_never_told_that_the_database_is_locked() -> None:
    code = EMBEDDED.replace("WRITES", str(WRITES))
    with serving("--no-worker") as server, ExitStack() as living:
        programs = [living.enter_context(program(code, name=f"embedded-{number}")) for number in range(2)]
        programs += [
            living.enter_context(program(code, name=f"remote-{number}", PREFECT_API_URL=server.url))
            for number in range(2)
        ]
        with ThreadPoolExecutor(12) as writers:
            told = [
                answer for answers in writers.map(lambda n: many_writes(server, n), range(12)) for answer in answers
            ]
        for process in programs:
            _, complained = process.communicate(timeout=60)
            assert process.returncode == 0, complained

    assert max(status for status, _ in told) < 400
    assert sorted(seconds for _, seconds in told)[int(len(told) * 0.99)] < 2
    assert len(told) == 12 * 4 * WRITES
    assert [run.state_name for run in recorded.flow_runs() if run.run_count] == 4 * ["Completed"]


def many_writes(server: Server, number: int) -> list[tuple[int, float]]:
    """The statuses of many writes of all kinds, and how long each took."""
    told = []
    with httpx.Client(base_url=server.url, timeout=60) as http:
        flow = http.post("/flows/", json={"name": f"f{number}"}).json()["id"]
        for write in range(WRITES):
            run = None
            for path, body in (
                ("/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}}),
                ("/flow_runs/{run}/set_state", {"state": {"type": "FAILED"}}),
                ("/logs/", [LINE, LINE]),
                (VARIABLE, {"name": f"v{number}_{write}", "value": write}),
            ):
                began = time.monotonic()
                answer = http.post(path.format(run=run), json=body)
                told.append((answer.status_code, time.monotonic() - began))
                run = run or answer.json()["id"]
    return told


LATE = int(os.environ.get("FAULTS_LATE_RUNS", "2000"))
"""How many runs wait that nobody starts."""


def test_many_late_runs_hinder_nobody() -> None:
    late = late_runs(deployed(""))
    code = EMBEDDED.replace("WRITES", "20").replace("\naround()\n", "\nfor _ in range(4):\n    around()\n")
    with serving("--no-worker") as server:
        env = {"PREFECT_API_URL": server.url}
        with program(code, name="first", **env) as first, program(code, name="second", **env) as second:
            for process in (first, second):
                _, complained = process.communicate(timeout=60)
                assert process.returncode == 0, complained
        found(lambda: not call_late(recorder().db, after=timedelta(0), now=now(), new_id=new_id), "end of the calling")

        with server.asked() as api:
            assert count(api, "Late") == LATE
            assert count(api, "Completed") == 8
    assert recorded.history(late) == ["Scheduled", "Late"]


def late_runs(deployment_id: UUID) -> FlowRun:
    """One of many runs that were to start an hour ago."""
    with recorder().db.write() as conn:
        deployment = read_deployment(conn, deployment_id)
        assert deployment is not None
        for number in range(LATE):
            wanted = deployments.WantedRun(new_id(), f"late-{number}", scheduled_time=now() - timedelta(hours=1))
            run = deployments.insert_run(conn, deployment, wanted, now=now(), state_id=new_id())
    return run


def count(api: Caller, state_name: str) -> int:
    told = api.post("/flow_runs/count", {"flow_runs": {"state": {"name": {"any_": [state_name]}}}})
    return int(told.json)
