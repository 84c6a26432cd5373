"""Programs ask about runs in the same words with a server and without one, waiting or awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from prefect import flow, task
from prefect._engine.recorders import recorder
from prefect._wire.filters import FlowRunFilter, LogFilter, TaskRunFilter
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import MissingResult, ObjectAlreadyExists, ObjectNotFound
from prefect.settings import temporary_settings
from prefect.states import Completed, Failed, Running, Scheduled
from tests.serving import served

RETRIES = 2


@flow(name="etl", retries=RETRIES, retry_delay_seconds=1, version="7")
def etl(x: int = 1) -> int:
    return x + 1


@task(tags=["a"], retries=1)
def load() -> None: ...


@pytest.fixture(params=["embedded", "http"])
def client(request: pytest.FixtureRequest) -> Iterator[SyncPrefectClient]:
    """A client for the local database, and one for a real server."""
    if request.param == "embedded":
        with get_client(sync_client=True) as embedded:
            yield embedded
        return
    with served() as address, temporary_settings({"PREFECT_API_URL": address}), get_client(sync_client=True) as remote:
        yield remote
        recorder().flush()  # what flows log last has to be told before the server goes


def by_id(id: UUID) -> FlowRunFilter:
    return FlowRunFilter.model_validate({"id": {"any_": [id]}})


def test_the_types_of_work_pools_are_told(client: SyncPrefectClient) -> None:
    told = client.read_worker_metadata()

    assert told["prefect"]["process"]["default_base_job_configuration"]["variables"]["properties"]["command"]


def test_flows_are_made_read_listed_and_removed(client: SyncPrefectClient) -> None:
    flow_id = client.create_flow(etl)

    assert client.create_flow_from_name("etl") == flow_id
    assert client.read_flow(flow_id).name == "etl"
    assert client.read_flow_by_name("etl").id == flow_id
    assert [flow.id for flow in client.read_flows(limit=5)] == [flow_id]
    client.delete_flow(flow_id)
    with pytest.raises(ObjectNotFound):
        client.read_flow(flow_id)


def test_a_flow_run_is_made_of_a_flow(client: SyncPrefectClient) -> None:
    run = client.create_flow_run(etl, name="mine", parameters={"x": 2}, tags=["t"])

    assert (run.name, run.parameters, run.tags, run.flow_version) == ("mine", {"x": 2}, ["t"], "7")
    assert run.empirical_policy.retries == RETRIES
    assert run.state is not None
    assert run.state.is_pending()
    assert run.work_pool_name is None
    assert client.count_flow_runs(flow_run_filter=by_id(run.id)) == 1
    assert client.count_flow_runs(flow_run_filter=by_id(uuid4())) == 0


def test_a_flow_run_is_changed_moved_and_removed(client: SyncPrefectClient) -> None:
    run = client.create_flow_run(etl)

    client.set_flow_run_name(run.id, "other")
    client.update_flow_run(run.id, tags=["x"], infrastructure_pid="host:1")
    client.update_flow_run_labels(run.id, {"a": 1})
    accepted = client.set_flow_run_state(run.id, Running())
    retried = client.set_flow_run_state(run.id, Failed(message="no"))

    changed = client.read_flow_run(run.id)
    assert (changed.name, changed.tags, changed.labels) == ("other", ["x"], {"a": 1})
    assert changed.infrastructure_pid == "host:1"
    assert (accepted.status, retried.status) == ("ACCEPT", "REJECT")
    assert retried.state is not None
    assert retried.state.name == "AwaitingRetry"
    assert [state.name for state in client.read_flow_run_states(run.id)] == ["Pending", "Running", "AwaitingRetry"]
    assert [run.name for run in client.read_flow_runs(sort="NAME_ASC", limit=3)] == ["other"]
    client.delete_flow_run(run.id)
    with pytest.raises(ObjectNotFound):
        client.read_flow_run(run.id)


def test_a_state_says_when_it_is_due(client: SyncPrefectClient) -> None:
    due = datetime(2030, 1, 1, tzinfo=timezone.utc)

    run = client.create_flow_run(etl, state=Scheduled(due))

    assert run.next_scheduled_start_time == due
    assert run.estimated_start_time_delta == timedelta()
    told = client.set_flow_run_state(run.id, Running())
    assert told.status == "WAIT"
    assert told.state is None


def test_a_result_is_read_from_where_it_is_kept(client: SyncPrefectClient) -> None:
    @flow
    def kept() -> dict[str, int]:
        return {"x": 1}

    kept.with_options(persist_result=True)()
    kept.with_options(persist_result=False, name="lost")()

    held, lost = (client.read_flow_runs(sort="START_TIME_ASC")[index] for index in (0, 1))
    assert held.state is not None
    assert held.state.result() == {"x": 1}
    assert client.read_flow_run_states(held.id)[-1].result() == {"x": 1}
    assert lost.state is not None
    with pytest.raises(MissingResult):
        lost.state.result()


def test_inputs_are_sent_and_read(client: SyncPrefectClient) -> None:
    run = client.create_flow_run(etl)
    client.create_flow_run_input(run.id, "greeting-1", '{"text": "hi"}', sender="prefect.flow-run.x")

    assert client.read_flow_run_input(run.id, "greeting-1") == '{"text": "hi"}'
    assert [given.key for given in client.filter_flow_run_input(run.id, "greeting", 5)] == ["greeting-1"]
    assert client.filter_flow_run_input(run.id, "greeting", 5, exclude_keys={"greeting-1"}) == []
    with pytest.raises(ObjectAlreadyExists):
        client.create_flow_run_input(run.id, "greeting-1", "again")
    client.delete_flow_run_input(run.id, "greeting-1")
    with pytest.raises(ObjectNotFound):
        client.read_flow_run_input(run.id, "greeting-1")


def test_a_paused_run_is_resumed(client: SyncPrefectClient) -> None:
    run = client.create_flow_run(etl)

    assert client.resume_flow_run(run.id, {"x": 1}).status == "ABORT"


def test_task_runs_are_made_moved_listed_and_removed(client: SyncPrefectClient) -> None:
    run = client.create_flow_run(etl)
    client.set_flow_run_state(run.id, Running())

    made = client.create_task_run(load, run.id, "0", extra_tags=["b"])
    client.set_task_run_name(made.id, "first")
    client.set_task_run_state(made.id, Running())
    done = client.set_task_run_state(made.id, Completed(message="ok"))

    assert (made.tags, made.empirical_policy.retries) == (["a", "b"], 1)
    assert done.state is not None
    assert done.state.message == "ok"
    read = client.read_task_run(made.id)
    assert read.name == "first"
    assert read.state is not None
    assert read.state.is_completed()
    named = TaskRunFilter.model_validate({"name": {"any_": ["first"]}})
    assert [found.id for found in client.read_task_runs(task_run_filter=named, flow_run_filter=by_id(run.id))] == [
        made.id
    ]
    assert [state.name for state in client.read_task_run_states(made.id)] == ["Pending", "Running", "Completed"]
    client.delete_task_run(made.id)
    with pytest.raises(ObjectNotFound):
        client.read_task_run(made.id)


def test_log_lines_are_written_and_found(client: SyncPrefectClient) -> None:
    moment = datetime.now(timezone.utc)
    client.create_logs(
        [{"name": "x", "level": level, "message": f"m{level}", "timestamp": moment} for level in (20, 40)]
    )

    loud = LogFilter.model_validate({"level": {"ge_": 30}})
    assert [line.message for line in client.read_logs(loud)] == ["m40"]
    assert len(client.read_logs(limit=1, offset=1, sort="TIMESTAMP_DESC")) == 1


def test_a_client_knows_whether_somebody_answers(client: SyncPrefectClient) -> None:
    assert client.hello() == "👋"
    assert client.api_healthcheck() is None
    assert client.api_version().startswith("3.9")
    client.raise_for_api_version_mismatch()


def test_nobody_answers_where_no_server_is() -> None:
    nowhere = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_CLIENT_MAX_RETRIES": 0}

    with temporary_settings(nowhere), get_client(sync_client=True) as client:
        assert isinstance(client.api_healthcheck(), Exception)
        with pytest.raises(RuntimeError, match="does not tell its version"):
            client.raise_for_api_version_mismatch()


def test_the_same_is_awaited() -> None:
    async def ask() -> str | None:
        async with get_client() as client:
            run = await client.create_flow_run(etl, name="awaited")
            await client.set_flow_run_state(run.id, Running())
            return (await client.read_flow_run(run.id)).state_name

    assert asyncio.run(ask()) == "Running"
