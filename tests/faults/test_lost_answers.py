"""The server carries a request out, and its answer is lost: whoever asked asks again, and it happens once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from prefect import flow, get_run_logger, task
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import close_recorders
from prefect._orchestration import flow_runs, logs, task_runs
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.runner.http_source import HttpSource
from prefect.settings import get_current_settings
from tests._api.deployed import a_deployment, a_flow, a_pool
from tests.faults.proxies import Proxy, between
from tests.faults.servers import asking
from tests.runner.scenes import deployed, found, running, triggered, written
from tests.serving import Caller, served

AGAIN = 10.0
"""Seconds for which a request is sent again."""


@pytest.fixture
def db() -> Database:
    """The server's database."""
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def network(db: Database) -> Iterator[Proxy]:
    """The way to a server."""
    with served() as address, between(urlsplit(address).port or 0) as proxy:
        yield proxy


@pytest.fixture
def api(network: Proxy) -> Iterator[Caller]:
    """A client of that server."""
    with asking(network.url, patience=AGAIN) as caller:
        yield caller


def rows(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    with db.read() as conn:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: int(conn.execute(f'SELECT COUNT(*) FROM "{table}"')[0][0]) for table in tables}


class Asked(NamedTuple):
    """A request that makes something; `number` keeps what two of them make apart."""

    path: str
    body: Callable[[Any, int], Any]


LINE = {"name": "x", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
MAKING = {
    "a flow": Asked("/flows/", lambda ids, number: {"name": f"flow-{number}"}),
    "a flow run": Asked("/flow_runs/", lambda ids, number: {"flow_id": ids["flow"]}),
    "a task run": Asked("/task_runs/", lambda ids, number: {"task_key": "t", "dynamic_key": str(number)}),
    "log lines": Asked("/logs/", lambda ids, number: [LINE, LINE, LINE]),
    "a variable": Asked("/variables/", lambda ids, number: {"name": f"v{number}", "value": 1}),
    "a block type": Asked("/block_types/", lambda ids, number: {"name": f"b{number}", "slug": f"b{number}"}),
    "a document": Asked(
        "/block_documents/",
        lambda ids, number: {"name": f"d{number}", "data": {"value": 1}, **ids["block"]},
    ),
    "a pool": Asked("/work_pools/", lambda ids, number: {"name": f"p{number}"}),
    "a queue": Asked("/work_pools/p/queues", lambda ids, number: {"name": f"q{number}"}),
    "a deployment": Asked("/deployments/", lambda ids, number: {"name": f"d{number}", "flow_id": ids["flow"]}),
    "a run of a deployment": Asked("/deployments/{deployment}/create_flow_run", lambda ids, number: {}),
    "a schedule": Asked(
        "/deployments/{deployment}/schedules",
        lambda ids, number: [{"schedule": {"cron": f"{number} 0 1 1 *"}, "slug": f"s{number}"}],
    ),
    "an input": Asked("/flow_runs/{run}/input", lambda ids, number: {"key": f"k{number}", "value": "x"}),
    "a search": Asked("/saved_searches/", lambda ids, number: {"name": f"s{number}"}),
    "a state": Asked(
        "/flow_runs/{run}/set_state", lambda ids, number: {"state": {"type": "RUNNING", "name": str(number)}}
    ),
    "a state of a task run": Asked("/task_runs/{task}/set_state", lambda ids, number: {"state": {"type": "PAUSED"}}),
}


@pytest.mark.parametrize("what", MAKING)
def test_what_a_request_makes_is_made_once(db: Database, network: Proxy, api: Caller, what: str) -> None:
    ids = known(api)
    path, made = MAKING[what].path.format(**ids), MAKING[what].body
    method = "PUT" if what == "a search" else "POST"
    before = rows(db)
    first = api.ask(method, path, made(ids, 1))
    between_them = rows(db)

    network.lose_answers(path, times=2)
    second = api.ask(method, path, made(ids, 2))

    after = rows(db)
    assert len(network.lost) == 2
    assert first.status < 300
    assert second.status in (first.status, 200), second
    assert {table: after[table] - between_them[table] for table in after} == {
        table: between_them[table] - before[table] for table in after
    }
    assert type(second.json) is type(first.json)


def known(api: Caller) -> dict[str, Any]:
    """The ids of what requests speak of."""
    block_type = api.post("/block_types/", {"name": "t", "slug": "t"}).json["id"]
    schema = api.post("/block_schemas/", {"block_type_id": block_type, "fields": {}}).json["id"]
    flow = a_flow(api)
    a_pool(api)
    run = api.post("/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}}).json["id"]
    of_run = {"task_key": "x", "dynamic_key": "0", "flow_run_id": run, "state": {"type": "RUNNING"}}
    task = api.post("/task_runs/", of_run).json["id"]
    block = {"block_type_id": block_type, "block_schema_id": schema}
    return {"flow": flow, "run": run, "task": task, "deployment": a_deployment(api)["id"], "block": block}


def test_what_a_request_removes_was_there(network: Proxy, api: Caller) -> None:
    run = known(api)["run"]

    network.lose_answers(f"DELETE /api/flow_runs/{run}")

    assert api.delete(f"/flow_runs/{run}").status == 204
    assert api.delete(f"/flow_runs/{run}").status == 404


def test_a_proposal_that_the_laws_changed_is_answered_the_same(network: Proxy, api: Caller) -> None:
    flow = a_flow(api)
    scheduled = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2040-01-01T00:00:00Z"}}
    run = api.post("/flow_runs/", {"flow_id": flow, "state": scheduled}).json["id"]

    network.lose_answers("set_state", times=2)
    told = api.post(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})

    assert (told.json["status"], told.json["state"]["type"]) == ("REJECT", "CANCELLED")
    assert len(api.get("/flow_run_states/", flow_run_id=run).json) == 2


@task
def step(number: int) -> int:
    get_run_logger().info("step %s", number)
    return number


@pytest.fixture
def served_here(network: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Flows of this process are recorded by the server, over the network."""
    monkeypatch.setenv("PREFECT_API_URL", network.url)
    yield network
    close_recorders()


def test_a_flow_is_recorded_once_over_a_network_that_loses_answers(db: Database, served_here: Proxy) -> None:
    @flow(retries=1)
    def around() -> list[int]:
        if not Path("tried").exists():
            Path("tried").touch()
            raise ValueError
        return [step(number) for number in range(5)]

    served_here.lose_answers("POST /api/engine/flow_runs ", times=2)
    served_here.lose_answers("/propose", times=4)
    served_here.lose_answers("/engine/entries", times=3)
    assert around() == [0, 1, 2, 3, 4]

    assert len(served_here.lost) == 9
    [(run, _)] = flow_runs.list_runs(db, limit=10)
    assert history(db, run) == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]
    assert run.run_count == 2
    assert [task.state_name for task in task_runs.list_runs(db, limit=10)] == 5 * ["Completed"]
    steps = [line.message for line in logs.list_logs(db, flow_run_id=run.id) if line.message.startswith("step")]
    assert steps == [f"step {number}" for number in range(5)]


def history(db: Database, run: FlowRun) -> list[str]:
    return [state.name for state in flow_runs.history(db, run.id)]


RECORDING = """
@flow(on_crashed=[lambda flow, run, state: note("crashed", os.getpid())])
def around(dies=False):
    note("ledger", os.environ["PREFECT__FLOW_RUN_ID"])
    print("printed")
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_runner_starts_each_run_once_over_a_network_that_loses_answers(
    db: Database, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployed(RECORDING, work_pool_name="p")
    runs = [triggered(deployment), triggered(deployment), triggered(deployment, dies=True)]
    for part in ("/work_pools/p/claim", "/process_ended", "/engine/entries", "/propose", "/claims/renew"):
        network.lose_answers(part, times=2)

    with running(deployment, source=a_source(network, monkeypatch)):
        for run in runs:
            found(lambda run=run: current(db, run).state_name in ("Completed", "Crashed"), "end of a run")  # type: ignore[misc]
        written("crashed")
        found(lambda: len(printed(db, runs)) == 3, "output")

    assert [current(db, run).state_name for run in runs] == ["Completed", "Completed", "Crashed"]
    assert sorted(written("ledger").split()) == sorted(str(run.id) for run in runs)
    assert len(written("crashed").split()) == 1
    assert [history(db, run).count("Pending") for run in runs] == [1, 1, 1]
    assert network.lost


def a_source(network: Proxy, monkeypatch: pytest.MonkeyPatch) -> HttpSource:
    with monkeypatch.context() as there:
        there.setenv("PREFECT_API_URL", network.url)
        return HttpSource(get_current_settings(), pool="p")


def current(db: Database, run: FlowRun) -> FlowRun:
    now_as = flow_runs.read(db, run.id)
    assert now_as is not None
    return now_as


def printed(db: Database, runs: list[FlowRun]) -> list[str]:
    lines = [line for run in runs for line in logs.list_logs(db, flow_run_id=run.id)]
    return [line.message for line in lines if line.message == "printed"]
