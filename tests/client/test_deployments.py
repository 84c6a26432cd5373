from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from prefect._wire.flows import FlowCreate
from prefect.client.operations import post
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.states import Scheduled

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOURLY = IntervalSchedule(timedelta(hours=1), NOON)


@pytest.fixture
def flow_id(client: SyncPrefectClient) -> UUID:
    """The id of the flow `f`."""
    made = client.send(post("/flows/", FlowCreate(name="f")))
    return UUID(made.content.split(b'"id":"')[1][:36].decode())


def test_a_client_makes_reads_changes_and_removes_a_deployment(client: SyncPrefectClient, flow_id: UUID) -> None:
    options = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    schedule = DeploymentScheduleCreate(schedule=CronSchedule("0 8 * * *", "Asia/Shanghai"), slug="s")

    made = client.create_deployment(
        flow_id, "d", schedules=[schedule], concurrency_limit=1, concurrency_options=options, tags=["t"]
    )
    client.update_deployment(made, DeploymentUpdate(description="new"))

    found = client.read_deployment_by_name("f/d")
    assert (found.id, found.description, found.tags, found.concurrency_limit) == (made, "new", ["t"], 1)
    assert found.schedules[0].schedule == CronSchedule("0 8 * * *", "Asia/Shanghai")
    assert found == client.read_deployment(str(made)) == client.read_deployments()[0]
    assert isinstance(found, DeploymentResponse)
    client.pause_deployment(made)
    paused = client.read_deployment(made).paused
    client.resume_deployment(made)
    resumed = client.read_deployment(made).paused
    client.set_deployment_paused_state(made, True)
    assert (paused, resumed, client.read_deployment(made).paused) == (True, False, True)
    client.delete_deployment(made)
    with pytest.raises(ObjectNotFound):
        client.read_deployment(made)
    with pytest.raises(ValueError, match="named as 'flow/deployment'"):
        client.read_deployment_by_name("d")


def test_a_client_sees_to_schedules(client: SyncPrefectClient, flow_id: UUID) -> None:
    made = client.create_deployment(flow_id, "d")

    [schedule] = client.create_deployment_schedules(made, [(HOURLY, False)])
    client.update_deployment_schedule(made, schedule.id, active=True, schedule=CronSchedule("@daily"))

    [held] = client.read_deployment_schedules(made)
    assert (schedule.schedule, schedule.active) == (HOURLY, False)
    assert (held.schedule, held.active) == (CronSchedule("@daily"), True)
    client.delete_deployment_schedule(made, schedule.id)
    assert client.read_deployment_schedules(made) == []


def test_a_client_makes_runs_of_a_deployment(client: SyncPrefectClient, flow_id: UUID) -> None:
    made = client.create_deployment(flow_id, "d", parameters={"a": 1})

    run = client.create_flow_run_from_deployment(made, parameters={"b": 2}, tags=["t"])
    later = client.create_flow_run_from_deployment(made, state=Scheduled(scheduled_time=NOON), name="n")

    assert (run.parameters, run.tags, run.state_name) == ({"a": 1, "b": 2}, ["t"], "Scheduled")
    assert (later.name, later.expected_start_time) == ("n", NOON)
    due = client.get_scheduled_flow_runs_for_deployments([made])
    assert [found.id for found in due] == [later.id, run.id]


def test_a_client_sees_to_pools_queues_and_workers(client: SyncPrefectClient) -> None:
    made = client.create_work_pool(WorkPoolCreate(name="p/".strip("/"), type="process"))
    with pytest.raises(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name="p"))
    again = client.create_work_pool(WorkPoolCreate(name="p", description="d"), overwrite=True)
    client.update_work_pool("p", WorkPoolUpdate(concurrency_limit=2))

    assert (again.id, again.description, again.type) == (made.id, "d", "process")
    assert client.read_work_pool("p").concurrency_limit == 2
    assert [pool.name for pool in client.read_work_pools()] == ["p"]
    worker = client.send_worker_heartbeat("p", "w", 30, get_worker_id=True)
    assert [found.id for found in client.read_workers_for_work_pool("p")] == [worker]

    queue = client.create_work_queue("fast", priority=1, work_pool_name="p")
    client.update_work_queue(queue.id, is_paused=True)
    assert client.read_work_queue_by_name("fast", "p").is_paused
    assert [found.name for found in client.read_work_queues("p")] == ["fast", "default"]
    assert [found.name for found in client.match_work_queues(["fa"], "p")] == ["fast"]
    assert client.read_work_queue(queue.id).status == "PAUSED"
    assert client.read_work_queue_status(queue.id).healthy is False
    assert client.get_runs_in_work_queue(queue.id) == []
    assert client.get_scheduled_flow_runs_for_work_pool("p") == []
    client.delete_work_queue_by_id(queue.id)
    client.delete_work_pool("p")
    with pytest.raises(ObjectNotFound):
        client.read_work_pool("p")


def test_the_same_is_awaited(home: object) -> None:
    async def pools() -> list[str]:
        async with get_client() as client:
            await client.create_work_pool(WorkPoolCreate(name="p"))
            return [pool.name for pool in await client.read_work_pools()]

    assert asyncio.run(pools()) == ["p"]
