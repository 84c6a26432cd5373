"""Proof from outside: Prefect 3.8 itself, in an environment of its own, works with our server as with its own.

Its environment is made on first use and kept beside the benchmarks; where it cannot be made, this is skipped.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import UPSTREAM, installed
from tests.serving import Caller, embedded, served, until

FLOWS = """
import sys, time
from prefect import flow, get_run_logger, task

@task
def double(number):
    get_run_logger().info("doubling %s", number)
    return 2 * number

@flow(log_prints=True)
def sums(count: int = 3):
    print("summing")
    return sum(future.result() for future in [double.submit(number) for number in range(count)])

@flow
def inner():
    return double(21)

@flow(retries=1)
def outer():
    outer.tries = getattr(outer, "tries", 0) + 1
    if outer.tries == 1:
        raise ValueError("not yet")
    return inner()

@flow
def endless():
    while True:
        time.sleep(0.2)

if __name__ == "__main__":
    match sys.argv[1]:
        case "run":
            print(sums(), outer())
        case "serve":
            sums.serve(name="served", limit=3)
        case "serve-endless":
            endless.serve(name="endless")
        case "serve-task":
            double.serve()
        case "delay":
            print(double.delay(21).task_run_id)
"""


@pytest.fixture(scope="module")
def upstream() -> Path:
    """The Python of an environment in which upstream is installed."""
    if not installed(UPSTREAM):
        pytest.skip("The environment of upstream cannot be made here.")
    return UPSTREAM.python


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Caller]:
    """Our server, to which the programs of the test talk; and its database, asked directly."""
    Path("flows.py").write_text(FLOWS)
    caller = embedded()
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "upstream"))
        monkeypatch.delenv("PYTHONPATH", raising=False)
        yield caller


@contextmanager
def at_work(python: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of upstream's at work."""
    with Path("output").open("wb") as output:
        process = subprocess.Popen([python, *arguments], stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def runs(api: Caller, state: str, **wanted: Any) -> list[Any]:
    """The flow runs in a state."""
    body = {"flow_runs": {"state": {"name": {"any_": [state]}}, **wanted}}
    found: list[Any] = api.post("/flow_runs/filter", body).json
    return found


def deployment_of(api: Caller, name: str) -> Any:
    until(lambda: api.get(f"/deployments/name/{name}").status == 200, 60)
    return api.get(f"/deployments/name/{name}").json


def test_its_flows_run_against_our_server(upstream: Path, api: Caller) -> None:
    ended = subprocess.run([upstream, "flows.py", "run"], capture_output=True, text=True, check=False, timeout=120)

    assert ended.stdout.strip().endswith("6 42"), ended.stderr
    assert {run["name"] for run in runs(api, "Completed")} == {
        run["name"] for run in api.post("/flow_runs/filter").json
    }
    assert len(runs(api, "Completed")) == 3
    summing = api.post("/flow_runs/filter", {"flows": {"name": {"any_": ["sums"]}}}).json[0]
    of_run = {"flow_runs": {"id": {"any_": [summing["id"]]}}}
    until(lambda: len(api.post("/task_runs/filter", of_run).json) == 3)
    until(lambda: {run["state_name"] for run in api.post("/task_runs/filter", of_run).json} == {"Completed"})
    told = [
        line["message"] for line in api.post("/logs/filter", {"logs": {"flow_run_id": {"any_": [summing["id"]]}}}).json
    ]
    assert {"summing", "doubling 0", "doubling 1", "doubling 2"} <= set(told)
    retried = api.post("/flow_runs/filter", {"flows": {"name": {"any_": ["outer"]}}}).json[0]
    names = [state["name"] for state in api.get("/flow_run_states/", flow_run_id=retried["id"]).json]
    assert names == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]


def test_it_serves_a_deployment(upstream: Path, api: Caller) -> None:
    with at_work(upstream, "flows.py", "serve"):
        deployment = deployment_of(api, "sums/served")
        made = api.post(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": {"count": 2}}).json
        until(lambda: api.get(f"/flow_runs/{made['id']}").json["state_type"] == "COMPLETED", 60)


def test_it_deploys_to_a_pool_and_its_worker_runs_it(upstream: Path, api: Caller) -> None:
    program = (
        "from prefect import flow\n"
        "flow.from_source(source='.', entrypoint='flows.py:sums')"
        ".deploy(name='deployed', work_pool_name='pool', print_next_steps=False)\n"
    )
    create = [str(upstream), "-m", "prefect", "work-pool", "create", "pool", "--type", "process"]
    subprocess.run(create, check=True, timeout=60)
    subprocess.run([upstream, "-c", program], check=True, timeout=60)

    with at_work(upstream, "-m", "prefect", "worker", "start", "--pool", "pool", "--name", "theirs"):
        deployment = deployment_of(api, "sums/deployed")
        made = api.post(f"/deployments/{deployment['id']}/create_flow_run", {}).json
        until(lambda: api.get(f"/flow_runs/{made['id']}").json["state_type"] == "COMPLETED", 90)

    workers = api.post("/work_pools/pool/workers/filter").json
    assert [worker["name"] for worker in workers] == ["theirs"]


def test_a_run_that_it_serves_is_cancelled(upstream: Path, api: Caller) -> None:
    with at_work(upstream, "flows.py", "serve-endless"):
        deployment = deployment_of(api, "endless/endless")
        made = api.post(f"/deployments/{deployment['id']}/create_flow_run", {}).json
        until(lambda: api.get(f"/flow_runs/{made['id']}").json["state_type"] == "RUNNING", 60)
        cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        assert api.post(f"/flow_runs/{made['id']}/set_state", cancelling).json["status"] == "ACCEPT"
        until(lambda: api.get(f"/flow_runs/{made['id']}").json["state_type"] == "CANCELLED", 60)


def test_its_background_tasks_are_handed_over_and_carried_out(upstream: Path, api: Caller) -> None:
    command = [str(upstream), "flows.py", "delay"]
    first = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    assert api.get(f"/task_runs/{first}").json["state_name"] == "Scheduled"

    with at_work(upstream, "flows.py", "serve-task"):
        until(lambda: api.get(f"/task_runs/{first}").json["state_type"] == "COMPLETED", 60)
        second = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
        until(lambda: api.get(f"/task_runs/{second}").json["state_type"] == "COMPLETED", 60)
