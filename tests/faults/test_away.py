"""The server is away, answers with errors, or is killed again and again: flows go on, and what they reached arrives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from prefect import flow, get_run_logger, task
from prefect._clock import new_id
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import close_recorders
from prefect._orchestration import flow_runs, logs, task_runs
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings
from tests.faults.programs import carried_out, program
from tests.faults.proxies import Proxy, between
from tests.faults.scenes import leases_watched
from tests.faults.servers import free_port, serving
from tests.runner.scenes import deployed, found, triggered
from tests.serving import served

pytestmark = pytest.mark.long


@pytest.fixture
def db() -> Database:
    """The server's database."""
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def network(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to a server that records what flows here do."""
    with served() as address, between(urlsplit(address).port or 0) as proxy:
        monkeypatch.setenv("PREFECT_API_URL", proxy.url)
        yield proxy
        close_recorders()


@task
def step(number: int) -> int:
    get_run_logger().info("step %s", number)
    return number


def the_run(db: Database) -> FlowRun:
    [(run, _)] = flow_runs.list_runs(db, limit=10)
    return run


def history(db: Database) -> list[str]:
    return [state.name for state in flow_runs.history(db, the_run(db).id)]


def steps_of(db: Database, run: FlowRun) -> list[str]:
    lines = logs.list_logs(db, flow_run_id=run.id, limit=1000)
    return [line.message for line in lines if line.message.startswith("step")]


def test_a_flow_that_was_believed_dead_since_its_network_was_cut_ends_as_it_ended(
    db: Database, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "0.6")

    @flow
    def around() -> list[int]:
        first = step(0)
        network.cut()
        found(lambda: the_run(db).state_name == "Crashed", "lease that ran out")
        second = step(1)
        threading.Timer(0.5, network.mend).start()
        return [first, second]

    with leases_watched(db):
        assert around() == [0, 1]

    assert history(db) == ["Pending", "Running", "Crashed", "Completed"]
    assert {task.state_name for task in task_runs.list_runs(db, limit=10)} == {"Completed"}
    assert steps_of(db, the_run(db)) == ["step 0", "step 1"]


@pytest.mark.parametrize("status", [500, 503, 507])
def test_what_a_flow_reached_is_kept_where_its_server_answers_with_errors(
    db: Database, network: Proxy, monkeypatch: pytest.MonkeyPatch, home: Path, status: int
) -> None:
    monkeypatch.setenv("PREFECT_CLIENT_OUTAGE_SECONDS", "0.3")

    @flow
    def around() -> int:
        network.answer_with(status)
        return step(0)

    assert around() == 0
    assert list((home / "spool").glob("*.json"))

    network.answer_with(None)
    close_recorders()
    assert step(1) == 1
    close_recorders()

    assert history(db) == ["Pending", "Running", "Completed"]
    assert steps_of(db, the_run(db)) == ["step 0"]
    assert {task.state_name for task in task_runs.list_runs(db, limit=10)} == {"Completed"}
    assert not list((home / "spool").glob("*"))


def test_lines_that_are_too_many_for_one_request_are_sent_in_several(db: Database, network: Proxy) -> None:
    @flow
    def around() -> None:
        for number in range(20):
            get_run_logger().info("step %s %s", number, "x" * 900_000)

    around()
    close_recorders()

    assert [len(line) for line in steps_of(db, the_run(db))] == 10 * [900_007] + 10 * [900_008]


LOGGING = """
@task
def step(number):
    get_run_logger().info("step %s", number)

@flow
def around():
    step(0)
    Path("running").touch()
    while not Path("killed").exists():
        time.sleep(0.01)
    for number in range(1, 100):
        step(number)
    time.sleep(60)

around()
"""


def test_what_a_killed_flow_did_without_its_server_is_known_when_that_is_back(db: Database, home: Path) -> None:
    with serving("--no-worker", "--no-services") as server:
        with program(LOGGING, PREFECT_API_URL=server.url, PREFECT_FLOWS_LEASE_SECONDS="0.5") as flow_process:
            found(lambda: Path("running").exists(), "first step")
            server.kill()
            Path("killed").touch()
            found(lambda: any("step 99" in file.read_text() for file in home.glob("spool/*.json")), "last line")
            flow_process.kill()
        server.start()
        with leases_watched(db):
            found(lambda: the_run(db).state_name == "Crashed", "lease that ran out")

    assert steps_of(db, the_run(db)) == [f"step {number}" for number in range(100)]
    assert {task.state_name for task in task_runs.list_runs(db, limit=200)} == {"Completed"}
    assert not list(home.glob("spool/*"))


MANY_STEPS = """
@task
def step(number):
    get_run_logger().info("step %s", number)
    note(f"ledger-{sys.argv[0]}", number)
    time.sleep(0.01)

@flow
def around():
    for number in range(STEPS):
        step(number)

around()
"""
KILLS = int(os.environ.get("FAULTS_SERVER_KILLS", "2"))
"""How often the server is killed while flows run."""


def test_flows_end_well_while_their_server_is_killed_again_and_again(db: Database) -> None:
    steps, random = 40 * (KILLS + 1), Random(KILLS)
    code = MANY_STEPS.replace("STEPS", str(steps))
    names = ["first", "second"]
    with serving("--no-worker") as server:
        env = {"PREFECT_API_URL": server.url}
        with program(code, name=names[0], **env) as first, program(code, name=names[1], **env) as second:
            for kill in range(1, KILLS + 1):
                goal = 40 * kill - random.randrange(20)
                found(lambda goal=goal: len(ledger(names[0])) >= goal, "steps")  # type: ignore[misc]
                server.kill()
                server.start()
            for process in (first, second):
                _, complained = process.communicate(timeout=60)
                assert process.returncode == 0, complained

    runs = [run for run, _ in flow_runs.list_runs(db, limit=10)]
    assert [run.state_name for run in runs] == ["Completed", "Completed"]
    assert {task.state_name for task in task_runs.list_runs(db, limit=10_000)} == {"Completed"}
    for run in runs:
        assert [state.name for state in flow_runs.history(db, run.id)] == ["Pending", "Running", "Completed"]
        assert steps_of(db, run) == [f"step {number}" for number in range(steps)]
    assert all(ledger(name) == [str(number) for number in range(steps)] for name in names)
    with db.read() as conn:
        assert conn.execute("PRAGMA integrity_check") == [("ok",)]


def ledger(name: str) -> list[str]:
    """The steps that a program has begun."""
    file = Path(f"ledger-{name}.py")
    return file.read_text().split() if file.exists() else []


WITHOUT_SOCKETS = """
sys.modules["websockets"] = sys.modules["websockets.sync.client"] = sys.modules["wsproto"] = None

import prefect.cli, prefect.runner.http_source, prefect.workers.base
from prefect.client.orchestration import get_client

@task
def step(number):
    get_run_logger().info("step %s", number)

@flow
def around():
    step.submit(0).wait()

around()
get_client(sync_client=True).hello()
"""


def test_programs_ask_for_no_websocket_so_that_nobody_who_refuses_them_is_in_their_way(
    db: Database, network: Proxy
) -> None:
    told = carried_out(WITHOUT_SOCKETS, PREFECT_API_URL=network.url)

    assert told.returncode == 0, told.stderr
    assert steps_of(db, the_run(db)) == ["step 0"]


def the_process_of(flow_run_id: UUID, url: str) -> subprocess.CompletedProcess[str]:
    """What the process of a run came to that does not wait for its server."""
    return subprocess.run(
        [sys.executable, "-m", "prefect.engine", str(flow_run_id)],
        env={**os.environ, "PREFECT_API_URL": url, "PREFECT_CLIENT_OUTAGE_SECONDS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_process_that_finds_no_server_says_so_in_a_line() -> None:
    engine = the_process_of(new_id(), f"http://127.0.0.1:{free_port()}/api")

    assert engine.returncode == 1
    assert "was not carried out: The server at http://127.0.0.1:" in engine.stderr
    assert "Traceback" not in engine.stderr


def test_a_run_does_not_fail_because_its_server_went_away_before_its_code_was_loaded(db: Database) -> None:
    run = triggered(deployed("@flow\ndef around(): ...\n"))

    with served() as address, between(urlsplit(address).port or 0) as network:
        network.lose_answers("/engine/deployments/")
        engine = the_process_of(run.id, network.url)

    assert network.lost
    assert engine.returncode == 1
    assert [state.name for state in flow_runs.history(db, run.id)] == ["Scheduled"]


SERVES = """
@flow
def around(): ...

around.serve("x", cron="0 8 * * *")
"""


def test_a_program_that_serves_ends_well_when_it_is_asked_to_while_its_server_is_away() -> None:
    with serving("--no-worker") as server, program(SERVES, PREFECT_API_URL=server.url) as serves:
        assert serves.stdout is not None
        said = "".join(iter(serves.stdout.readline, "Ctrl-C ends it.\n"))
        server.kill()
        serves.terminate()
        more, complained = serves.communicate(timeout=30)

    assert serves.returncode == 0, complained
    assert "Traceback" not in said + more + complained
    assert f"The schedules go on, though nobody starts their runs now: The server at {server.url}" in more + complained
    assert "`prefect deployment schedule pause 'around/x' --all`" in more + complained
