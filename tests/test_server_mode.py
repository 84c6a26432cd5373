"""The same programs, with a server that writes the runs: what is recorded is the same."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from prefect import flow, get_run_logger, task
from prefect._domain.filters import read_filter
from prefect._engine.recorders import close_recorders
from prefect._orchestration import flow_runs, logs, task_runs
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect._store.variables import read_variable
from prefect.settings import get_current_settings
from prefect.states import Completed
from prefect.variables import Variable
from tests.serving import served, until


@pytest.fixture
def db(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database of a server to which the programs of the test talk."""
    database = opened_database(str(get_current_settings().server.database.connection_url))
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield database
        close_recorders()


@task
def double(number: int) -> int:
    get_run_logger().info("doubling %s", number)
    return 2 * number


def test_a_flow_its_tasks_and_logs_are_written_by_the_server(db: Database) -> None:
    @flow(name="adds")
    def add_up(numbers: list[int]) -> int:
        return sum(double.map(numbers).result())

    assert add_up([1, 2, 3]) == 12

    [(run, name)] = flow_runs.list_runs(db, limit=10)
    assert (name, run.parameters) == ("adds", {"numbers": [1, 2, 3]})
    assert [state.name for state in flow_runs.history(db, run.id)] == ["Pending", "Running", "Completed"]
    of_run = read_filter("task_run", {"flow_run_id": {"any_": [run.id]}})
    tasks = task_runs.list_runs(db, limit=10, filter=of_run)
    assert {task.state_name for task in tasks} == {"Completed"}
    assert len(tasks) == 3
    told = [line.message for line in logs.list_logs(db, flow_run_id=run.id)]
    assert {"doubling 1", "doubling 2", "doubling 3"} <= set(told)


def test_variables_are_those_of_the_server(db: Database) -> None:
    @flow
    def uses() -> object:
        return Variable.get("limits")

    Variable.set("limits", {"most": 3})

    assert uses() == {"most": 3}
    with pytest.raises(ValueError, match="exists already"):
        Variable.set("limits", 4)
    assert Variable.set("limits", 4, overwrite=True).value == 4
    with opened_database(str(get_current_settings().server.database.connection_url)).read() as conn:
        kept = read_variable(conn, "limits")
    assert kept is not None
    assert kept.value == 4
    assert Variable.unset("limits")
    assert not Variable.unset("limits")
    assert Variable.get("limits", "none") == "none"


def test_a_retried_flow_awaits_its_next_try(db: Database) -> None:
    tries = []

    @flow(retries=1, persist_result=True)
    def flaky() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return "well"

    assert flaky() == "well"

    [(run, _)] = flow_runs.list_runs(db, limit=10)
    names = [state.name for state in flow_runs.history(db, run.id)]
    assert names == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]


def test_a_subflow_and_a_failure_are_written(db: Database) -> None:
    @flow
    def inner() -> None:
        raise RuntimeError("broken")

    @flow
    def outer() -> object:
        inner(return_state=True)
        return Completed(message="anyway")

    state = outer(return_state=True)

    assert (state.name, state.message) == ("Completed", "anyway")
    by_name = {name: run for run, name in flow_runs.list_runs(db, limit=10)}
    assert by_name["inner"].state_name == "Failed"
    assert flow_runs.parent_of(db, by_name["inner"]) == by_name["outer"].id


class Away:
    """A server that can be taken away and brought back on the same port."""

    def __init__(self) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "prefect", "server", "start", "--no-worker", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self.answers)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Away]:
    server = Away()
    server.start()
    monkeypatch.setenv("PREFECT_API_URL", server.url)
    yield server
    close_recorders()
    server.kill()


@pytest.mark.long
def test_a_flow_goes_on_while_its_server_is_killed_and_started_again(away: Away) -> None:
    @flow
    def patient() -> int:
        first = double(1)
        away.kill()
        second = double(2)
        restart = threading.Timer(0.5, away.start)
        restart.start()
        return first + second

    assert patient() == 6

    db = opened_database(str(get_current_settings().server.database.connection_url))
    [(run, _)] = flow_runs.list_runs(db, limit=10)
    assert [state.name for state in flow_runs.history(db, run.id)] == ["Pending", "Running", "Completed"]
    assert [task.state_name for task in task_runs.list_runs(db, limit=10)] == ["Completed", "Completed"]
    told = [line.message for line in logs.list_logs(db, flow_run_id=run.id)]
    assert [message for message in told if message.startswith("doubling")] == ["doubling 1", "doubling 2"]


def test_what_a_flow_reached_without_its_server_is_delivered_later(
    away: Away, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("PREFECT_CLIENT_OUTAGE_SECONDS", "0.2")

    @flow
    def lonely() -> int:
        away.kill()
        return double(21)

    assert lonely() == 42
    assert list((home / "spool").glob("*.json"))

    close_recorders()
    away.start()
    assert double(1) == 2

    db = opened_database(str(get_current_settings().server.database.connection_url))
    [(run, _)] = flow_runs.list_runs(db, limit=10)
    assert run.state_name == "Completed"
    assert not list((home / "spool").glob("*"))
