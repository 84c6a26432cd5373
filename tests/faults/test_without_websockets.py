"""A network that lets no websocket through: nothing of ours needs one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from prefect._orchestration import deployments, flow_runs
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings
from tests.faults.programs import carried_out, program
from tests.faults.proxies import Proxy, between
from tests.runner.scenes import cancel, deployed, found, is_alive, state_of, triggered, written
from tests.serving import served
from tests.workers.test_workers import prefect

FLOW = """
@task
def step():
    return 1

@flow
def around(seconds=0):
    note("pids", os.getpid())
    time.sleep(seconds)
    return step()
"""


@pytest.fixture
def db() -> Database:
    """The server's database."""
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def network(db: Database) -> Iterator[Proxy]:
    """The way to a server, for requests alone."""
    with served() as address, between(urlsplit(address).port or 0) as proxy:
        yield proxy
        assert not proxy.upgrades


def test_a_flow_runs(db: Database, network: Proxy) -> None:
    done = carried_out(f"{FLOW}\naround()", PREFECT_API_URL=network.url)

    assert done.returncode == 0, done.stderr
    assert [run.state_name for run, _ in flow_runs.list_runs(db, limit=10)] == ["Completed"]


def test_a_worker_starts_and_ends_runs(network: Proxy) -> None:
    deployment = deployed(FLOW, work_pool_name="p")
    quick, slow = triggered(deployment), triggered(deployment, seconds=60)

    with prefect("worker", "start", "--pool", "p", api=network.url):
        found(lambda: len(written("pids").split()) == 2, "both runs")
        found(lambda: state_of(quick).is_completed(), "end of the quick one")
        cancel(slow)
        found(lambda: state_of(slow).is_cancelled(), "end of the slow one")
        found(lambda: not any(is_alive(int(pid)) for pid in written("pids").split()), "end of the processes")


def test_a_program_serves_its_flow(db: Database, network: Proxy) -> None:
    with program(f"{FLOW}\nif __name__ == '__main__':\n    around.serve('served')", PREFECT_API_URL=network.url):
        run = triggered(found(lambda: deployments.read_by_name(db, "around", "served"), "deployment").deployment.id)
        found(lambda: state_of(run).is_completed(), "end of the run")
