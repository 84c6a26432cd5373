"""Connections that lead nowhere, or break in the midst of an answer: whoever uses them soon goes on over others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from prefect import flow, task
from prefect._engine.recorders import close_recorders
from prefect._orchestration import flow_runs, task_runs
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.runner.http_source import HttpSource
from prefect.settings import get_current_settings, temporary_settings
from tests.faults.proxies import Proxy, between
from tests.faults.scenes import leases_watched
from tests.runner.scenes import cancel, deployed, found, is_alive, running, state_of, triggered, written
from tests.serving import served

pytestmark = pytest.mark.long

SOON = 10.0
"""Seconds within which whoever lost a connection goes on."""
SLEEPING = """
@flow
def around():
    note("pids", os.getpid())
    time.sleep(60)
"""
QUICK = """
@flow
def around():
    note("ran")
"""


@pytest.fixture
def db() -> Database:
    """The server's database."""
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def network(db: Database) -> Iterator[Proxy]:
    """The way to a server."""
    with served() as address, between(urlsplit(address).port or 0) as proxy:
        yield proxy


def a_source(network: Proxy) -> HttpSource:
    with temporary_settings({"PREFECT_API_URL": network.url}):
        return HttpSource(get_current_settings(), pool="p")


def test_a_runner_whose_connections_lead_nowhere_goes_on_over_others(network: Proxy) -> None:
    deployment = deployed(QUICK, work_pool_name="p")

    with running(deployment, source=a_source(network)):
        first = triggered(deployment)
        found(lambda: state_of(first).is_completed(), "first run")
        network.swallow()
        time.sleep(1)
        network.come_back()
        began = time.monotonic()
        second = triggered(deployment)
        found(lambda: state_of(second).is_completed(), "second run")

    assert time.monotonic() - began < SOON


def test_a_run_is_cancelled_over_another_connection(network: Proxy) -> None:
    deployment = deployed(SLEEPING, work_pool_name="p")
    run = triggered(deployment)

    with running(deployment, source=a_source(network)):
        pid = int(written("pids"))
        network.swallow()
        network.come_back()
        began = time.monotonic()
        cancel(run)
        found(lambda: state_of(run).is_cancelled(), "end of the run")

    assert time.monotonic() - began < SOON
    assert not is_alive(pid)


def test_a_process_whose_connections_lead_nowhere_keeps_its_lease(
    db: Database, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "1.5")
    monkeypatch.setenv("PREFECT_API_REQUEST_TIMEOUT", "3")
    monkeypatch.setenv("PREFECT_API_URL", network.url)

    @flow
    def around() -> None:
        network.swallow()
        network.come_back()
        time.sleep(2.5)

    with leases_watched(db):
        around()
    close_recorders()

    [(run, _)] = flow_runs.list_runs(db, limit=10)
    assert [state.name for state in flow_runs.history(db, run.id)] == ["Pending", "Running", "Completed"]


def test_answers_that_break_off_are_asked_for_again(
    db: Database, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", network.url)

    @task
    def step(number: int) -> int:
        return number

    @flow
    def around() -> list[int]:
        network.break_answers("/engine/", times=4)
        return [step(number) for number in range(3)]

    assert around() == [0, 1, 2]
    close_recorders()

    assert len(network.lost) == 4
    assert [run.state_name for run, _ in flow_runs.list_runs(db, limit=10)] == ["Completed"]
    assert [run.state_name for run in task_runs.list_runs(db, limit=10)] == ["Completed"] * 3


def test_a_network_that_stalls_for_longer_than_an_answer_is_waited_for_only_delays(
    db: Database, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_REQUEST_TIMEOUT", "0.5")
    monkeypatch.setenv("PREFECT_API_URL", network.url)

    @flow
    def around() -> None:
        network.stall()
        threading.Timer(2, network.go_on).start()

    began = time.monotonic()
    around()
    close_recorders()

    assert time.monotonic() - began < 2 + SOON
    assert [run.state_name for run, _ in flow_runs.list_runs(db, limit=10)] == ["Completed"]
