"""A process whose flow run was begun anew elsewhere writes over nothing: its tasks are left out, its log lines kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from prefect import flow, get_run_logger, task
from prefect._clock import new_id, now
from prefect._domain.filters import read_filter
from prefect._engine.recorders import close_recorders, recorder
from prefect._orchestration import logs, task_runs
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._store import leases
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.exceptions import Abort
from prefect.runtime import flow_run
from prefect.settings import get_current_settings
from tests.serving import served


@pytest.fixture(params=["embedded", "http"], autouse=True)
def place(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs are recorded by this process, or by a server on the same database."""
    if request.param == "embedded":
        yield
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield
        close_recorders()


def the_database() -> Database:
    return opened_database(str(get_current_settings().server.database.connection_url))


def begin_anew(flow_run_id: UUID, holder: str = "elsewhere:1:x") -> None:
    with the_database().write() as conn:
        leases.take_lease(conn, flow_run_id, holder, now=now(), ttl=timedelta(minutes=1))


def states(flow_run_id: UUID) -> dict[str, str]:
    """The states of the tasks of a flow run, by the names of the tasks."""
    meant = read_filter("task_run", {"flow_run_id": {"any_": [flow_run_id]}})
    found = task_runs.list_runs(the_database(), limit=100, filter=meant)
    return {run.name.partition("-")[0]: str(run.state_name) for run in found}


def lines(flow_run_id: UUID) -> set[str]:
    return {line.message for line in logs.list_logs(the_database(), flow_run_id=flow_run_id)}


@task
def before() -> None: ...


@task
def after() -> None:
    get_run_logger().info("a line of the old process")


def overtaken_by(holder: str | None) -> UUID:
    """A flow run that is begun anew between two of its tasks, by somebody, or by its own process."""
    ids = []

    @flow
    def overtaken() -> None:
        ids.append(UUID(flow_run.id))
        before()
        recorder().flush()
        begin_anew(ids[0], holder or recorder().lease.holder)
        after()
        recorder().flush()

    with suppress(Abort):
        overtaken(return_state=True)
    return ids[0]


def test_what_a_process_journals_of_a_run_that_another_one_has_keeps_its_lines_and_no_tasks() -> None:
    run = overtaken_by("elsewhere:1:x")

    assert states(run) == {"before": "Completed"}
    assert "a line of the old process" in lines(run)


def test_a_task_that_is_heard_of_after_others_ended_its_flow_run_is_not_left_open() -> None:
    seen = []

    @task
    def late() -> None:
        recorder().flush()
        seen.append(states(UUID(flow_run.id)))

    @flow
    def believed_dead() -> UUID:
        recorder().flush()
        end_abandoned_runs(the_database(), now=now() + timedelta(hours=1), new_id=new_id)
        late()
        return UUID(flow_run.id)

    run = believed_dead()

    assert seen == [{"late": "Crashed"}]
    assert states(run) == {"late": "Completed"}


def test_a_process_that_begins_its_own_run_anew_goes_on() -> None:
    run = overtaken_by(None)

    assert states(run) == {"before": "Completed", "after": "Completed"}


def test_the_tasks_of_a_subflow_belong_to_the_run_that_is_leased() -> None:
    ids = []

    @flow
    def inner() -> None:
        ids.append(UUID(flow_run.id))
        before()
        recorder().flush()
        begin_anew(UUID(flow_run.root_flow_run_id))
        after()
        recorder().flush()

    @flow
    def outer() -> None:
        inner()

    with suppress(Abort):
        outer(return_state=True)

    assert states(ids[0]) == {"before": "Completed"}


def test_tries_in_one_process_lose_no_task() -> None:
    tries = []

    @flow(retries=20)
    def stubborn() -> int:
        tries.append(UUID(flow_run.id))
        after.with_options(name=f"try{len(tries)}")()
        if len(tries) < 20:
            raise ValueError
        return len(tries)

    assert stubborn() == 20
    assert states(tries[0]) == {f"try{number}": "Completed" for number in range(1, 21)}
