"""The same programs, with a server that writes the runs: what is recorded is the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prefect import flow, get_run_logger, task
from prefect._domain.filters import read_filter
from prefect._engine.recorder import close_recorders
from prefect._orchestration import flow_runs, logs, task_runs
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings
from prefect.states import Completed
from tests.serving import served


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
