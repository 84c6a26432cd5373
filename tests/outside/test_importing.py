"""What Prefect 3.9 itself has recorded is taken over, from its database and by its API, alike and with nothing lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from prefect._clock import now
from prefect._orchestration import block_documents, deployments
from prefect._orchestration.importing import Import, Source, Wishes, counts
from prefect._store.database import Database, open_database
from prefect._store.table_records import TABLES, read_records
from prefect._store.upstream import UpstreamDatabase
from prefect.client.transports import HttpTransport
from prefect.client.upstream_server import UpstreamServer
from prefect.settings import get_current_settings
from tests.faults.servers import free_port
from tests.other_installations import KEY
from tests.serving import until

pytestmark = pytest.mark.long

PROGRAM = """
import asyncio
from datetime import timedelta
from prefect import flow, get_client, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.automations import Automation
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.client.schemas.actions import DeploymentScheduleCreate, GlobalConcurrencyLimitCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.events.actions import CancelFlowRun, RunDeployment
from prefect.events.schemas.automations import EventTrigger
from prefect.variables import Variable

class Inner(Block):
    a: int = 1

class Outer(Block):
    inner: Inner
    name: str = "n"

@task(tags=["heavy"])
def double(x):
    get_run_logger().info("doubling %s", x)
    return 2 * x

@flow(log_prints=True)
def inner(x: int):
    print("inner", x)
    return x

@flow(log_prints=True)
def etl(n: int = 3):
    create_markdown_artifact("# Report", key="report")
    return inner(sum(double.map(range(n)).result()))

@flow
def broken():
    raise ValueError("no such table")

async def configured():
    schedules = [
        DeploymentScheduleCreate(schedule=CronSchedule(cron="0 8 * * *", timezone="Asia/Shanghai"), slug="daily"),
        DeploymentScheduleCreate(schedule=IntervalSchedule(interval=timedelta(hours=6)), active=False),
        DeploymentScheduleCreate(schedule=RRuleSchedule(rrule="FREQ=WEEKLY;BYDAY=MO")),
    ]
    async with get_client() as client:
        await client.create_work_pool(WorkPoolCreate(name="pool", type="process", concurrency_limit=4))
        await client.create_work_queue(name="fast", work_pool_name="pool", priority=1)
        await client.create_concurrency_limit("heavy", 3)
        await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="database", limit=5))
        flow_id = await client.create_flow_from_name("etl")
        deployment_id = await client.create_deployment(
            flow_id, "nightly", parameters={"n": 2}, tags=["prod"], work_pool_name="pool", work_queue_name="fast",
            path="/code", entrypoint="flows.py:etl", concurrency_limit=2, job_variables={"env": {"A": "1"}},
            schedules=schedules,
        )
    await Automation(
        name="again",
        trigger=EventTrigger(expect={"never"}, posture="Reactive", threshold=1),
        actions=[RunDeployment(source="selected", deployment_id=deployment_id), CancelFlowRun()],
    ).acreate()

asyncio.run(configured())
Secret(value="s3cret-välue").save("password")
held = Inner(a=5)
held.save("inner")
Outer(inner=held, name="x").save("outer")
Variable.set("region", {"a": [1, 2]}, tags=["t"])
etl(2)
try:
    broken()
except ValueError:
    pass
"""


@contextmanager
def their_server(python: Path, home: Path) -> Iterator[str]:
    """The address of the API of a server of theirs, whose home is left behind."""
    port = free_port()
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    for name in ("PREFECT_SERVER_DATABASE_CONNECTION_URL", "PYTHONPATH"):
        environment.pop(name, None)
    home.mkdir()
    Path("program.py").write_text(PROGRAM)
    with Path("output").open("wb") as output:
        command = [str(python), "-m", "prefect", "server", "start", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        until(lambda: answers(environment["PREFECT_API_URL"]), 240)
        subprocess.run([str(python), "program.py"], env=environment, check=True, timeout=240)
        yield environment["PREFECT_API_URL"]
    finally:
        process.terminate()
        process.wait(60)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def taken_over(source: Source, file: Path) -> Database:
    db = open_database(f"sqlite:///{file}")
    taken = Import(db, source, (KEY,), Wishes(history=True), now(), uuid4).carry_out()
    assert counts(taken)[2] == 0
    return db


def everything_in(db: Database) -> dict[str, dict[str, Any]]:
    """The records of a database by their ids, but for what an API does not tell, or tells otherwise."""
    with db.read() as conn:
        found = {table.name: list(read_records(conn, table)) for table in TABLES}
    for record in (*found["block_document"], *found["concurrency_limit_v2"]):
        record.pop("data", None)
        record.pop("avg_slot_occupancy_seconds", None)
    for name in ("block_schema_reference", "block_document_reference"):  # an API tells no ids of these
        for record in found[name]:
            parent = record[f"parent_{name.removesuffix('_reference')}_id"]
            record["id"] = f"{record['name']} of {parent}"
            record.update(created=None, updated=None)
    return {name: {record["id"]: record for record in records} for name, records in found.items()}


def test_its_database_and_its_api_give_the_same_and_all_of_it(upstream: Path, tmp_path: Path) -> None:
    home = tmp_path / "theirs"
    with their_server(upstream, home) as address:
        with closing(UpstreamServer(HttpTransport(address, get_current_settings()))) as server:
            by_api = taken_over(server, tmp_path / "by-api.db")
        with closing(UpstreamDatabase(f"sqlite:///{home / 'prefect.db'}")) as database:
            beside = taken_over(database, tmp_path / "beside.db")
    with closing(UpstreamDatabase(f"sqlite:///{home / 'prefect.db'}")) as database:
        after = taken_over(database, tmp_path / "after.db")

    found = everything_in(after)
    assert found == everything_in(beside) == everything_in(by_api)
    assert {name: len(records) for name, records in found.items() if name not in ("log", "task_run_state")} == {
        **{"flow": 3, "block_type": 3, "block_schema": 3, "block_schema_reference": 1, "block_document": 3},
        **{"block_document_reference": 1, "variable": 1, "saved_search": 0, "concurrency_limit_v2": 3, "work_pool": 1},
        **{"work_queue": 2, "deployment": 1, "deployment_schedule": 3, "automation": 1, "flow_run": 3},
        **{"flow_run_state": 9, "task_run": 3, "artifact": 2, "artifact_collection": 1, "flow_run_input": 0},
    }
    outer = block_documents.read_by_name(after, "outer", "outer", keys=(KEY,), include_secrets=True)
    secret = block_documents.read_by_name(by_api, "secret", "password", keys=(KEY,), include_secrets=True)
    assert (outer.data, secret.data) == ({"name": "x", "inner": {"a": 5}}, {"value": "s3cret-välue"})
    nightly = deployments.read_by_name(after, "etl", "nightly", now=now())
    assert nightly is not None
    assert (nightly.work_pool_name, nightly.limit and nightly.limit.limit, len(nightly.schedules)) == ("pool", 2, 3)
    for db in (by_api, beside, after):
        db.close()
