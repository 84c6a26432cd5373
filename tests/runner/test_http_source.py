"""A runner whose runs are a server's: the same as with a database, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from prefect._clock import new_id, now
from prefect._domain.deployments import Assignment
from prefect._domain.states import State, StateDetails, StateType
from prefect._orchestration import flow_runs, work_pools
from prefect._orchestration.deployments import WantedRun, assignment, create_run
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.runner.http_source import HttpSource
from prefect.runner.processes import Exit, Order, packed
from prefect.runner.source import EmbeddedSource
from prefect.settings import get_current_settings
from tests.runner.scenes import deployed, found, now_as, running, triggered, written
from tests.serving import served


@pytest.fixture
def db() -> Database:
    """The database that the server has."""
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def server(db: Database) -> Iterator[str]:
    """The address of a server on the database of the test."""
    with served() as address:
        yield address


def a_source(server: str, monkeypatch: pytest.MonkeyPatch, **options: object) -> HttpSource:
    with monkeypatch.context() as there:
        there.setenv("PREFECT_API_URL", server)
        return HttpSource(get_current_settings(), **options)  # type: ignore[arg-type]


def test_a_run_of_a_server_is_carried_out_and_recorded_there(
    db: Database, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed(
        """
@flow
def around(a: int):
    print("printed", a)
    note("ran", os.environ["PREFECT_API_URL"] + os.environ["MINE"])
""",
        work_pool_name="p",
        job_variables={"env": {"MINE": " mine"}},
    )
    run = triggered(deployment, a=1)

    with running(deployment, source=a_source(server, monkeypatch, pool="p")):
        found(lambda: (now_as := flow_runs.read(db, run.id)) and now_as.state_name == "Completed", "end of the run")

    assert written("ran") == f"{server} mine"
    assert work_pools.read(db, "p", now=now()).status == "READY"


def test_a_claim_tells_what_the_process_of_its_run_would_ask_for(
    db: Database, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed("@flow\ndef around(a: int):\n    note('ran', a)", work_pool_name="p", tags=["kept"])
    runs = [triggered(deployment, a=number) for number in range(2)]

    with closing(a_source(server, monkeypatch, pool="p")) as there, closing(EmbeddedSource(db, pool="p")) as here:
        (far,), (near,) = there.claim(1), here.claim(1)

    assert {far.flow_run_id, near.flow_run_id} == {run.id for run in runs}
    assert far.assignment == assignment(db, far.flow_run_id)
    assert near.assignment == assignment(db, near.flow_run_id)
    assert Order({}, "", "", [], assigned=packed(must(far.assignment))).assignment == far.assignment


def must(told: Assignment | None) -> Assignment:
    assert told is not None
    return told


def test_a_run_that_becomes_due_or_is_to_be_ended_is_news(
    db: Database, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed("")
    source = a_source(server, monkeypatch, deployment_ids=[deployment])
    first, nothing_new = source.wait(0.2), source.wait(0.2)

    run = triggered(deployment)
    began = time.monotonic()
    triggered_is_news = source.wait(20)
    waited = time.monotonic() - began
    [claimed] = source.claim(5)
    source.renew([run.id])
    state = State(StateType.CANCELLING, "Cancelling", new_id(), now())
    flow_runs.set_state(db, run.id, state, now=now(), spare_id=new_id())
    wanted = source.cancelling([run.id]), source.wait(20), source.cancelling([run.id])
    source.close()

    assert (first, nothing_new, triggered_is_news) == (False, False, True)
    assert waited < 5
    assert (claimed.flow_run_id, claimed.epoch) == (run.id, 1)
    assert claimed.env == {"PREFECT_API_URL": server}
    assert wanted == ([], True, [run.id])


def test_a_run_that_is_due_soon_is_news_when_it_is_due(
    db: Database, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed("")
    source = a_source(server, monkeypatch, deployment_ids=[deployment])
    source.wait(0.1)
    later = WantedRun(new_id(), "later", scheduled_time=now() + timedelta(seconds=1))
    create_run(db, deployment, later, now=now(), state_id=new_id())
    began = time.monotonic()

    while not source.claim(1):
        source.wait(10)
    took = time.monotonic() - began
    source.close()

    assert 0.5 < took < 4


def test_a_run_that_is_claimed_again_before_its_old_process_is_seen_to_end_is_started_once(
    db: Database, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed("")
    source = a_source(server, monkeypatch, deployment_ids=[deployment])
    run = triggered(deployment)
    first = source.claim(5)
    for type, name in ((StateType.FAILED, "Failed"), (StateType.SCHEDULED, "AwaitingRetry")):
        state = State(type, name, new_id(), now(), state_details=StateDetails(scheduled_time=now()))
        flow_runs.set_state(db, run.id, state, now=now(), spare_id=new_id(), forced=True)

    second = source.claim(5)
    became = source.ended(run.id, first[0].epoch, Exit(None, 1))
    third = source.claim(5)
    source.close()

    assert [claimed.epoch for claimed in first + second] == [1, 2]
    assert became is None
    assert third == []
    assert now_as(run).state_name == "Pending"
