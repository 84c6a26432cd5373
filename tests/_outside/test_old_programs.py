"""The names of older programs that drive runs, clients and the server themselves: each does its job."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pydantic
import pytest

from prefect import flow, task
from prefect._experimental.sla.objects import FrequencySla, LatenessSla, TimeToCompletionSla
from prefect._internal.schemas.bases import ActionBaseModel, ObjectBaseModel
from prefect.cli import app
from prefect.cli._prompts import search_for_flow_functions
from prefect.cli._utilities import exit_with_error
from prefect.cli.cloud import get_current_workspace
from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient
from prefect.client.cloud import NoHostedService
from prefect.client.collections import get_collections_metadata_client
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import TaskRun, Workspace
from prefect.client.subscriptions import Subscription
from prefect.context import AsyncClientContext, SyncClientContext
from prefect.exceptions import ConfigurationError, PrefectHTTPStatusError
from prefect.flow_engine import AsyncFlowRunEngine, FlowRunEngine, load_flow_run
from prefect.infrastructure.provisioners import get_infrastructure_provisioner_for_work_pool_type
from prefect.results import ResultStore
from prefect.server.api.server import SERVER_API_VERSION, create_app
from prefect.states import Failed, State, return_value_to_state
from prefect.task_engine import AsyncTaskRunEngine, SyncTaskRunEngine
from prefect.task_runs import TaskRunWaiter
from prefect.utilities.pydantic import JsonPatch
from prefect.workers import ProcessWorker
from prefect.workers.server import build_healthcheck_server
from tests.recorded import history, task_runs, the_flow_run, the_task_run
from tests.serving import served, until


@flow
def halve(x: int) -> float:
    return x / 2


@task
def invert(x: int) -> float:
    return 1 / x


def test_a_flow_run_engine_carries_a_run_out() -> None:
    engine = FlowRunEngine(halve, {"x": 6})

    with engine.start():
        while engine.is_running():
            with engine.run_context():
                engine.call_flow_fn()

    assert engine.result() == 3
    assert history(the_flow_run()) == ["Pending", "Running", "Completed"]
    assert load_flow_run(the_flow_run().id).name == the_flow_run().name


def test_a_task_run_engine_carries_a_run_out_and_hands_its_error_on() -> None:
    engine = SyncTaskRunEngine(invert, {"x": 0})

    with engine.start(), pytest.raises(RuntimeError, match="has not been carried out"):
        engine.result()
    with engine.start():
        engine.call_task_fn()

    assert isinstance(engine.result(raise_on_failure=False), ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        engine.result()
    assert history(the_task_run()) == ["Pending", "Running", "Failed"]


def test_async_engines_are_awaited() -> None:
    async def inside() -> tuple[Any, Any]:
        @flow
        async def double(x: int) -> int:
            return 2 * x

        @task
        async def triple(x: int) -> int:
            return 3 * x

        of_flow, of_task = AsyncFlowRunEngine(double, {"x": 4}), AsyncTaskRunEngine(triple, {"x": 4})
        async with of_flow.start(), of_task.start():
            await of_flow.call_flow_fn()
            await of_task.call_task_fn()
        return await of_flow.result(), await of_task.result()

    assert asyncio.run(inside()) == (8, 12)


def test_the_end_of_a_task_run_is_waited_for_by_its_id() -> None:
    invert(2)
    run, called = the_task_run(), threading.Event()

    asyncio.run(TaskRunWaiter.wait_for_task_run(run.id, timeout=30))
    TaskRunWaiter.instance().add_done_callback(run.id, called.set)

    assert called.wait(30)


def test_a_returned_value_becomes_a_state_and_is_kept_where_that_is_wished(tmp_path: Path) -> None:
    store = ResultStore()

    state: State = asyncio.run(return_value_to_state(3, store, key="three", write_result=True))

    assert (state.name, store.read("three").result) == ("Completed", 3)
    assert asyncio.run(return_value_to_state(Failed(message="no"), store)).message == "no"


def test_clients_in_contexts_are_shared_by_what_is_inside() -> None:
    async def inside() -> tuple[bool, str]:
        async with AsyncClientContext.get_or_create() as outer, AsyncClientContext.get_or_create() as inner:
            return outer is inner, await inner.client.hello()

    with SyncClientContext.get_or_create() as outer, SyncClientContext.get_or_create() as inner:
        assert outer.client is inner.client
        assert inner.client.read_flows() == []
    assert SyncClientContext.get() is None
    assert asyncio.run(inside()) == (True, "👋")


def test_the_types_of_pools_are_asked_for() -> None:
    async def asked() -> dict[str, Any]:
        async with get_collections_metadata_client() as client:
            return await client.read_worker_metadata()

    assert "process" in asyncio.run(asked())["prefect"]


def test_a_patch_is_a_field_of_a_model() -> None:
    class Job(pydantic.BaseModel):
        patch: JsonPatch

    operations = [{"op": "add", "path": "/a", "value": 1}]

    job = Job.model_validate({"patch": operations})

    assert job.patch.apply({}) == {"a": 1}
    assert Job(patch=JsonPatch(operations)).patch.apply({}) == {"a": 1}
    assert Job.model_validate_json(job.model_dump_json()).patch.apply({}) == {"a": 1}
    assert Job.model_json_schema()["properties"]["patch"]["format"] == "rfc6902"


def test_models_of_older_clients_take_what_they_took() -> None:
    class Ask(ActionBaseModel):
        name: str

    class Told(ObjectBaseModel):
        name: str

    told = Told.model_validate_list([{"name": "a", "more": 1}])[0]
    again = told.reset_fields()

    assert (again.name, again.id == told.id, told.created) == ("a", False, None)
    with pytest.raises(pydantic.ValidationError, match="more"):
        Ask.model_validate({"name": "a", "more": 1})


def test_flows_of_a_folder_are_known_by_their_source(tmp_path: Path) -> None:
    code = 'from prefect import flow\n@flow\ndef one_two(): ...\n@prefect.flow(name="Bee")\nasync def b(): ...\n'
    (tmp_path / "flows.py").write_text(code)
    (tmp_path / "broken.py").write_text("def (")
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "out.py").write_text(code)

    found = search_for_flow_functions(str(tmp_path), exclude_patterns=["left/*"])

    assert [(one["flow_name"], one["function_name"]) for one in found] == [("one-two", "one_two"), ("Bee", "b")]
    assert {one["filepath"] for one in found} == {str(tmp_path / "flows.py")}


def test_a_program_ends_with_an_error_and_the_command_line_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        exit_with_error("No.", code=3)
    with pytest.raises(SystemExit) as shown:
        app(["version", "--help"])

    assert (ended.value.code, shown.value.code) == (3, 0)
    assert capsys.readouterr().err == "No.\n"


def test_what_only_a_hosted_service_has_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {"account_id": "11111111-1111-1111-1111-111111111111", "workspace_id": "22222222-2222-2222-2222-222222222222"}
    names = {name: "x" for name in Workspace.model_fields if name not in ids}
    workspace = Workspace.model_validate({**ids, **names})

    with pytest.raises(NoHostedService, match="prefect worker start --pool NAME"):
        get_infrastructure_provisioner_for_work_pool_type("ecs:push")
    with pytest.raises(ValueError, match="Unsupported work pool type: process"):
        get_infrastructure_provisioner_for_work_pool_type("process")
    assert get_current_workspace([workspace]) is None
    monkeypatch.setenv("PREFECT_API_URL", "https://x/api/accounts/{account_id}/workspaces/{workspace_id}".format(**ids))
    assert get_current_workspace([workspace]) is workspace


def test_agreements_are_checked_and_a_deployment_says_that_they_have_no_effect(
    caplog: pytest.LogCaptureFixture,
) -> None:
    agreements = [
        TimeToCompletionSla(name="quick", duration=10),
        FrequencySla(name="often", stale_after=timedelta(hours=1)),
        LatenessSla(name="punctual", within=timedelta(minutes=1), severity="high"),
    ]

    halve.to_deployment("watched", _sla=agreements)

    assert [record.message for record in caplog.records if "agreements" in record.message] == [
        "A hosted service watches over service level agreements, and there is none here: they have no effect."
    ]
    with pytest.raises(pydantic.ValidationError, match="severity"):
        TimeToCompletionSla.model_validate({"name": "quick", "duration": 10, "severity": "huge"})


class Busy(BaseHTTPRequestHandler):
    """Is busy once where it is asked for something busy; what is broken it answers with an error."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        is_busy = self.path.startswith("/busy") and self.path not in self.asked
        self.asked.append(self.path)
        self.send_response(503 if is_busy else 418 if self.path == "/broken" else 200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Who asks is not written down."""


@pytest.fixture
def busy() -> Any:
    Busy.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_client_of_http_tries_again_and_raises_for_errors(busy: str) -> None:
    def waited() -> int:
        with PrefectHttpxSyncClient(base_url=busy) as client:
            return client.get("/busy/sync").status_code

    async def both() -> list[int]:
        async with PrefectHttpxAsyncClient(base_url=busy) as client:
            found, answer = await asyncio.gather(asyncio.to_thread(waited), client.get("/busy/async"))
        return [found, answer.status_code]

    assert asyncio.run(both()) == [200, 200]
    assert sorted(Busy.asked) == ["/busy/async", "/busy/async", "/busy/sync", "/busy/sync"]
    with PrefectHttpxSyncClient(base_url=busy) as client, pytest.raises(PrefectHTTPStatusError, match="418"):
        client.get("/broken")
    with PrefectHttpxSyncClient(base_url=busy, raise_on_all_errors=False) as client:
        assert client.get("/broken").status_code == 418


def test_a_page_says_that_a_worker_has_not_been_heard_of_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    monkeypatch.setenv("PREFECT_WORKER_WEBSERVER_HOST", "127.0.0.1")
    monkeypatch.setenv("PREFECT_WORKER_WEBSERVER_PORT", str(port))
    page = build_healthcheck_server(ProcessWorker("pool"), query_interval_seconds=10)
    answering = threading.Thread(target=page.run)

    answering.start()

    until(lambda: answer_of(f"http://127.0.0.1:{port}/health") == 503)
    page.end()
    answering.join()


def answer_of(url: str) -> int | None:
    try:
        return httpx.get(url, verify=False).status_code
    except httpx.ConnectError:
        return None


def test_a_subscription_hands_out_the_background_runs_that_wait() -> None:
    async def taken(api: str) -> list[Any]:
        waiting = Subscription(TaskRun, "/task_runs/subscriptions/scheduled", [invert.task_key], base_url=api)
        runs = [await waiting.__anext__(), await waiting.__anext__()]
        await waiting.aclose()
        return runs

    with pytest.raises(ConfigurationError, match="needs a server"):
        Subscription(TaskRun, "/task_runs/subscriptions/scheduled", [])
    invert.delay(1)
    invert.delay(2)

    with served() as api:
        runs = asyncio.run(asyncio.wait_for(taken(api), 30))

    assert {run.id for run in runs} == {run.id for run in task_runs()}


def test_the_server_is_an_application_that_carries_out_its_duties_while_it_lives() -> None:
    halve(2)
    application = create_app()

    async def asked() -> tuple[str, int, list[str]]:
        while_alive = await alive(application)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api") as client:
            version = (await client.get("/admin/version")).text
            runs = (await client.post("/flow_runs/filter", json={})).json()
        duties = [thread.name for thread in threading.enumerate() if thread.name == "prefect-duties"]
        await while_alive()
        return version, len(runs), duties

    version, count, duties = asyncio.run(asked())

    assert (count, duties) == (1, ["prefect-duties"])
    assert version.strip('"').startswith(get_client(sync_client=True).client_version().split("+")[0])
    assert SERVER_API_VERSION == "0.8.4"
    assert "prefect-duties" not in {thread.name for thread in threading.enumerate()}


async def alive(application: Any) -> Callable[[], Any]:
    """Begin the life of an application; what ends it."""
    words: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    await words.put({"type": "lifespan.startup"})
    living = asyncio.create_task(application({"type": "lifespan", "asgi": {}, "state": {}}, words.get, answers.put))
    assert (await answers.get())["type"] == "lifespan.startup.complete"

    async def ended() -> None:
        await words.put({"type": "lifespan.shutdown"})
        await living

    return ended
