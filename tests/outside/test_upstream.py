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

from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.runner.hosting import duties_carried_out
from prefect.settings import get_current_settings
from tests.serving import Caller, embedded, served, until

pytestmark = pytest.mark.long

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

NOUNS = """
import asyncio
from prefect import flow, get_client, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact
from prefect.artifacts import update_progress_artifact
from prefect.assets import add_asset_metadata, materialize
from prefect.automations import Automation
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.events import emit_event, get_events_subscriber
from prefect.events.actions import ChangeFlowRunState
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.events.schemas.automations import EventTrigger

AT_ONCE = []

@task(tags=["one-at-a-time"])
def alone(number):
    AT_ONCE.append(1)
    most = len(AT_ONCE)
    AT_ONCE.pop()
    return most

@materialize("s3://lake/orders")
def orders():
    add_asset_metadata("s3://lake/orders", {"rows": 7})

@flow
def nouns():
    create_markdown_artifact("# Orders", key="report")
    create_table_artifact([{"id": 1}], key="rows")
    progress = create_progress_artifact(0.0, key="progress")
    update_progress_artifact(progress, 100.0)
    with concurrency("named", timeout_seconds=20):
        rate_limit("paced", timeout_seconds=20)
    orders()
    return max(future.result() for future in alone.map(range(3)))

async def heard():
    wanted = EventFilter(event=EventNameFilter(prefix=["shop."]))
    async with get_events_subscriber(filter=wanted) as events:
        emit_event("shop.opened", resource={"prefect.resource.id": "shop.1"})
        async for event in events:
            return event.event

async def main():
    async with get_client() as client:
        await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="named", limit=1))
        paced = GlobalConcurrencyLimitCreate(name="paced", limit=1, slot_decay_per_second=5.0)
        await client.create_global_concurrency_limit(paced)
        await client.create_concurrency_limit(tag="one-at-a-time", concurrency_limit=1)
    on_end = EventTrigger(expect={"prefect.flow-run.Completed"}, posture="Reactive", threshold=1)
    rename = ChangeFlowRunState(state="COMPLETED", name="Checked", force=True)
    made = await Automation(name="check", trigger=on_end, actions=[rename]).acreate()
    print((await Automation.aread(id=made.id)).name, await asyncio.to_thread(nouns), await heard())

asyncio.run(main())
"""


AUTOMATIONS = """
import subprocess, sys
from datetime import timedelta
from prefect.automations import Automation
from prefect.events import emit_event
from prefect.events.actions import DoNothing
from prefect.events.schemas.automations import CompoundTrigger, EventTrigger, Posture, SequenceTrigger

def on(*events, **fields):
    return EventTrigger(expect=set(events), **{"posture": Posture.Reactive, "threshold": 1, **fields})

MINUTE = timedelta(minutes=1)
TRIGGERS = {
    "twice": on("a.*", threshold=2, within=MINUTE),
    "both": CompoundTrigger(require="all", within=MINUTE, triggers=[on("b"), on("c")]),
    "in order": SequenceTrigger(within=MINUTE, triggers=[on("c"), on("b")]),
    "silent": on("done", posture=Posture.Proactive, after={"begun"}, for_each={"prefect.resource.id"},
                 within=timedelta(seconds=10)),
}
for name, trigger in TRIGGERS.items():
    Automation(name=name, trigger=trigger, actions=[DoNothing()]).create()
with open("made.yaml", "w") as file:
    file.write(
        "name: from a file\\n"
        "trigger: {type: event, posture: Reactive, expect: [c], threshold: 1}\\n"
        "actions: [{type: do-nothing}]\\n"
    )
subprocess.run([sys.executable, "-m", "prefect", "automation", "create", "--from-file", "made.yaml"], check=True)
for event, thing in [
    ("begun", "x"), ("begun", "y"), ("a.1", "x"), ("b", "x"), ("done", "y"), ("c", "x"), ("a.2", "x"), ("a.3", "x")
]:
    emit_event(event, resource={"prefect.resource.id": thing})
"""


@pytest.fixture
def database() -> Database:
    """The database of the test; upstream's programs have a home of their own."""
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def api(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Caller]:
    """Our server, to which the programs of the test talk; and its database, asked directly."""
    Path("flows.py").write_text(FLOWS)
    caller = embedded()
    with served(database) as address:
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


def test_artifacts_limits_events_automations_and_assets_of_its_programs_work(upstream: Path, api: Caller) -> None:
    Path("nouns.py").write_text(NOUNS)

    ended = subprocess.run([upstream, "nouns.py"], capture_output=True, text=True, check=False, timeout=120)

    assert ended.stdout.strip().endswith("check 1 shop.opened"), ended.stderr
    latest = api.post("/artifacts/latest/filter", {"sort": "KEY_ASC"}).json
    assert [(artifact["key"], artifact["data"]) for artifact in latest if artifact["key"] != "rows"] == [
        ("progress", 100.0),
        ("report", "# Orders"),
    ]
    limits = api.post("/v2/concurrency_limits/filter", {}).json
    assert {limit["name"] for limit in limits} == {"named", "paced", "tag:one-at-a-time"}
    assert {limit["active_slots"] for limit in limits if limit["name"] != "paced"} == {0}
    made = {"filter": {"event": {"name": ["prefect.asset.materialization.succeeded"]}}}
    until(lambda: api.post("/events/filter", made).json["total"] == 1)
    (event,) = api.post("/events/filter", made).json["events"]
    assert (event["resource"]["prefect.resource.id"], event["payload"]) == ("s3://lake/orders", {"rows": 7})


def test_automations_that_it_makes_fire_once_and_those_that_have_no_reason_do_not(
    upstream: Path, api: Caller, database: Database
) -> None:
    Path("automations.py").write_text(AUTOMATIONS)
    triggered = {"filter": {"event": {"name": ["prefect.automation.triggered"]}}}

    def fired() -> list[str]:
        told = api.post("/events/filter", triggered).json["events"]
        return sorted(event["resource"]["prefect.resource.name"] for event in told)

    with duties_carried_out(database):
        subprocess.run([upstream, "automations.py"], check=True, timeout=120)
        until(lambda: "silent" in fired(), 30)

    assert fired() == ["both", "from a file", "silent", "twice"]
