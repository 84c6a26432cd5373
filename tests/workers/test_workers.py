"""Workers: they are heard of, start the runs of their pool, and let them end when they are to end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import pytest
from pydantic import Field

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.job_templates import configured
from prefect._domain.schedules import IntervalSchedule
from prefect._engine.recorders import recorder
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._wire.work_pools import WorkPoolCreate
from prefect.client.orchestration import get_client
from prefect.exceptions import ConfigurationError
from prefect.workers import infrastructure
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker
from tests import recorded
from tests.runner.scenes import cancel, deployed, ended, found, now_as, state_of, triggered, written
from tests.serving import served

CODE = """
@flow(log_prints=True)
def around(seconds=0):
    print("hello from", os.environ.get("GREETING"))
    note("began")
    time.sleep(seconds)
    note("done")
"""


@pytest.fixture(params=["embedded", "server"])
def api(request: pytest.FixtureRequest) -> Iterator[str]:
    """What `PREFECT_API_URL` is for a worker: nothing, or the address of a real server."""
    if request.param == "embedded":
        yield ""
        return
    with served() as address:
        yield address


@contextmanager
def prefect(*arguments: str, api: str = "") -> Iterator[subprocess.Popen[str]]:
    """A command at work in a process of its own, which is ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", *arguments],
        env={**os.environ, "PREFECT_API_URL": api},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def in_pool(**fields: Any) -> UUID:
    return deployed(CODE, work_pool_name="mine", **fields)


def workers() -> list[Any]:
    with get_client(sync_client=True) as client:
        return client.read_workers_for_work_pool("mine")


def infrastructure_told(run: FlowRun) -> tuple[str, str]:
    """The identifier and status that a worker told of a run's infrastructure, once it had told that it started it."""
    submitted, executed = recorded.events("prefect.worker.submitted"), recorded.events("prefect.worker.executed")
    assert [event.event for event in submitted] == ["prefect.worker.submitted-flow-run"]
    assert [event.event for event in executed] == ["prefect.worker.executed-flow-run"]
    assert executed[0].follows == submitted[0].id
    named = {one["prefect.resource.role"]: one for one in executed[0].related}
    names = {role: one["prefect.resource.name"] for role, one in named.items()}
    assert names == {"flow": "around", "deployment": "test", "flow-run": run.name, "work-pool": "mine"}
    told = named["flow-run"]
    return told["prefect.infrastructure.identifier"], told["prefect.infrastructure.status-code"]


def test_a_worker_whose_database_is_away_at_first_is_heard_of_as_soon_as_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "volume"
    place.write_text("not mounted yet")
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", f"sqlite:///{place}/prefect.db")
    worker = ProcessWorker("mine", name="w", heartbeat_interval_seconds=0.05)

    with worker._heartbeats():
        found(lambda: "could not be heard of" in caplog.text, "warning")
        place.unlink()
        place.mkdir()
        with get_client(sync_client=True) as client:
            client.create_work_pool(WorkPoolCreate(name="mine", type="process"))
        online = found(workers, "worker")

    assert [one.name for one in online] == ["w"]


def test_a_worker_is_heard_of_and_starts_the_runs_of_its_pool(api: str) -> None:
    run = triggered(in_pool(job_variables={"env": {"GREETING": "afar"}}))

    with prefect("worker", "start", "--pool", "mine", "--name", "w", api=api) as process:
        assert ended(run).name == "Completed"
        online = found(workers, "worker")
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=30)

    assert [(worker.name, worker.status) for worker in online] == [("w", "ONLINE")]
    assert process.returncode == 0
    assert "Worker 'w' starts the runs of the work pool 'mine'" in told
    assert "hello from afar" in told
    assert "has ended" in told
    assert infrastructure_told(run)[1] == "0"


def test_a_worker_that_is_to_end_lets_its_runs_end(api: str) -> None:
    run = triggered(in_pool(), seconds=2)

    with prefect("worker", "start", "--pool", "mine", api=api) as process:
        written("began")
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=30)

    assert "Draining 1 run" in told
    assert state_of(run).name == "Completed"


def test_a_second_sigterm_ends_the_runs() -> None:
    run = triggered(in_pool(), seconds=60)

    with prefect("worker", "start", "--pool", "mine") as process:
        written("began")
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        found(lambda: "Draining" in process.stdout.readline() if process.stdout else None, "word of draining")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert state_of(run).name == "Crashed"


def test_a_worker_may_run_what_is_due_and_end(api: str) -> None:
    deployment_id = in_pool()
    runs = [triggered(deployment_id) for _ in range(3)]

    with prefect("worker", "start", "-p", "mine", "--run-once", "--limit", "1", api=api) as process:
        assert process.wait(60) == 0

    assert {state_of(run).name for run in runs} == {"Completed"}


def test_without_a_server_a_worker_plans_the_runs_of_schedules() -> None:
    schedule = IntervalSchedule(timedelta(seconds=1), datetime(2020, 1, 1, tzinfo=timezone.utc))
    deployed(CODE, work_pool_name="mine", schedules=[schedule])

    with prefect("worker", "start", "--pool", "mine"):
        assert written("done") == ""


def test_an_agent_starts_the_runs_of_the_default_pool() -> None:
    run = triggered(deployed(CODE, work_pool_name="default-agent-pool"))

    with prefect("agent", "start", "-q", "default", "--run-once") as process:
        assert process.wait(60) == 0

    assert state_of(run).name == "Completed"


def test_a_worker_says_whether_it_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    in_pool()
    port = free_port()
    monkeypatch.setenv("PREFECT_WORKER_WEBSERVER_PORT", str(port))
    monkeypatch.setenv("PREFECT_WORKER_WEBSERVER_HOST", "127.0.0.1")

    with prefect("worker", "start", "-p", "mine", "--with-healthcheck"):
        found(lambda: _answers(f"http://127.0.0.1:{port}/health"), "healthy worker")


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class NotingConfiguration(BaseJobConfiguration):
    image: str = "none"


class NotingWorker(BaseWorker):
    """A worker of the kind that other packages bring: its job writes down what it was told."""

    type = "noting"
    job_configuration = NotingConfiguration

    async def run(
        self, flow_run: Any, configuration: BaseJobConfiguration, task_status: Any = None
    ) -> BaseWorkerResult:
        assert isinstance(configuration, NotingConfiguration)
        self.get_flow_run_logger(flow_run).info("Starting %s.", configuration.image)
        Path("noted").write_text(f"{configuration.image} {configuration.env['PREFECT__FLOW_RUN_ID']}")
        command = [sys.executable, "-m", "prefect", "flow-run", "execute"]
        done = subprocess.run(command, env=configuration.environment, check=False)
        return NotingResult(identifier="x", status_code=done.returncode)


class NotingResult(BaseWorkerResult):
    pass


class FailingWorker(NotingWorker):
    type = "failing"

    async def run(
        self, flow_run: Any, configuration: BaseJobConfiguration, task_status: Any = None
    ) -> BaseWorkerResult:
        raise RuntimeError("no room")


class LeavingWorker(NotingWorker):
    """A worker that starts infrastructure and does not wait for its end, as those for clusters do."""

    type = "leaving"
    command: ClassVar[list[str]] = [sys.executable, "-m", "prefect", "flow-run", "execute"]
    told: ClassVar[list[str]] = []
    processes: ClassVar[dict[str, subprocess.Popen[bytes]]] = {}

    async def setup(self) -> None:
        self.loop = asyncio.get_running_loop()
        await super().setup()
        self.told.append("set up")

    async def teardown(self, *exc_info: Any) -> None:
        await super().teardown(*exc_info)
        self.told.append("torn down")

    async def run(
        self, flow_run: Any, configuration: BaseJobConfiguration, task_status: Any = None
    ) -> BaseWorkerResult:
        assert self.is_setup
        assert asyncio.get_running_loop() is self.loop
        process = subprocess.Popen(self.command, env=configuration.environment)
        self.processes[str(process.pid)] = process
        task_status.started(str(process.pid))
        return NotingResult(identifier=str(process.pid), status_code=0)

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: BaseJobConfiguration, grace_seconds: int = 30
    ) -> None:
        self.told.append(f"killed {type(configuration).__name__}")
        self.processes[infrastructure_pid].terminate()


class NeverBeginningWorker(LeavingWorker):
    type = "never-beginning"
    command: ClassVar[list[str]] = ["true"]


class WaitingWorker(LeavingWorker):
    type = "waiting"
    command: ClassVar[list[str]] = ["sleep", "60"]


@pytest.fixture
def left() -> Iterator[type[LeavingWorker]]:
    LeavingWorker.told.clear()
    yield LeavingWorker
    for process in LeavingWorker.processes.values():
        process.wait()
    LeavingWorker.processes.clear()


def a_run_for(worker: type[BaseWorker], **parameters: Any) -> FlowRun:
    template = worker.get_default_base_job_template()
    template["variables"]["properties"]["image"] = {"type": "string"}
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="mine", type=worker.type, base_job_template=template))
    return triggered(in_pool(job_variables={"image": "alpine"}), **parameters)


def test_a_worker_of_another_kind_says_how_a_run_is_started() -> None:
    run = a_run_for(NotingWorker)

    NotingWorker("mine", limit=1).work(run_once=True)

    assert written("noted") == f"alpine {run.id}"
    assert state_of(run).name == "Completed"
    assert infrastructure_told(run) == ("x", "0")
    assert "Starting alpine." in [line.message for line in recorded.log_lines(run)]


def test_a_worker_need_not_wait_for_the_end_of_what_it_starts(left: type[LeavingWorker]) -> None:
    run = a_run_for(left)

    left("mine").work(run_once=True)

    assert state_of(run).name == "Completed"
    assert left.told == ["set up", "torn down"]


def test_what_a_worker_does_not_wait_for_is_ended_when_its_run_is_cancelled(left: type[LeavingWorker]) -> None:
    run = a_run_for(left, seconds=60)

    def cancel_when_begun() -> None:
        written("began")
        cancel(run)

    cancelling = threading.Thread(target=cancel_when_begun)
    cancelling.start()

    left("mine").work(run_once=True)

    cancelling.join()
    assert left.told == ["set up", "killed NotingConfiguration", "torn down"]
    assert ended(run).name == "Cancelled"


def test_what_was_started_and_has_not_begun_is_cancelled_with_its_infrastructure(left: type[LeavingWorker]) -> None:
    run = a_run_for(WaitingWorker)

    def cancel_when_started() -> None:
        found(lambda: left.processes, "infrastructure")
        cancel(run)

    cancelling = threading.Thread(target=cancel_when_started)
    cancelling.start()
    WaitingWorker("mine").work(run_once=True)

    cancelling.join()
    assert left.told == ["set up", "killed NotingConfiguration", "torn down"]
    assert state_of(now_as(run)).name == "Cancelled"


def test_what_has_not_begun_when_its_worker_leaves_is_believed_in_for_ten_minutes(left: type[LeavingWorker]) -> None:
    run = a_run_for(WaitingWorker)

    def stop_when_started() -> None:
        found(lambda: left.processes, "infrastructure")
        os.kill(os.getpid(), signal.SIGTERM)

    stopping = threading.Thread(target=stop_when_started)
    stopping.start()
    WaitingWorker("mine").work()

    stopping.join()
    assert left.told == ["set up", "torn down"]
    end_abandoned_runs(recorder().db, now=now() + timedelta(minutes=9), new_id=new_id)
    assert state_of(now_as(run)).name == "Pending"
    end_abandoned_runs(recorder().db, now=now() + timedelta(minutes=11), new_id=new_id)
    assert state_of(now_as(run)).name == "Scheduled"
    for process in left.processes.values():
        process.terminate()


def test_what_was_started_and_does_not_begin_is_given_up(
    left: type[LeavingWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run_for(NeverBeginningWorker)
    monkeypatch.setattr(infrastructure, "PATIENCE", 0.0)

    NeverBeginningWorker("mine").work(run_once=True)

    state = state_of(now_as(run))
    assert (state.name, state.message) == ("Crashed", infrastructure.NEVER_BEGUN)


def test_a_program_with_an_event_loop_starts_a_worker() -> None:
    run = a_run_for(NotingWorker)

    asyncio.run(NotingWorker("mine").start(run_once=True))

    assert state_of(run).name == "Completed"


def test_kinds_of_workers_name_what_they_make_by_the_pool_of_the_worker() -> None:
    assert NotingWorker("mine")._work_pool_name == "mine"  # prefect-aws: families of task definitions


def test_a_job_that_cannot_be_started_crashes_its_run() -> None:
    run = a_run_for(FailingWorker)

    FailingWorker("mine").work(run_once=True)

    state = state_of(now_as(run))
    assert state.name == "Crashed"
    assert "no room" in str(state.message)


def test_a_worker_fits_its_pool() -> None:
    with pytest.raises(ConfigurationError, match="prefect work-pool create 'mine'"):
        ProcessWorker("mine", create_pool_if_not_found=False).work(run_once=True)
    a_run_for(NotingWorker)
    with pytest.raises(ConfigurationError, match="'noting'"):
        ProcessWorker("mine").work(run_once=True)
    with pytest.raises(ValueError, match="a/b"):
        ProcessWorker("mine", name="a/b")


def test_a_configuration_is_made_of_a_pools_template_and_job_variables() -> None:
    template = {
        "job_configuration": {"command": "{{ command }}", "env": {"A": "{{ a }}!"}, "working_dir": "{{ folder }}"},
        "variables": {"properties": {"a": {"default": "b"}, "command": {}, "folder": {}}},
    }

    made = asyncio.run(ProcessJobConfiguration.from_template_and_values(template, {"folder": "/tmp"}))

    assert (made.command, made.env, made.working_dir) == (None, {"A": "b!"}, Path("/tmp"))


class ManifestConfiguration(BaseJobConfiguration):
    region: str = "north"
    manifest: dict[str, Any] = Field(json_schema_extra={"template": {"image": "{{ image }}", "at": "{{ region }}"}})


class ManifestVariables(BaseVariables):
    image: str = Field("plain", description="The image.")


class ManifestWorker(BaseWorker):
    type = "manifest"
    job_configuration = ManifestConfiguration
    job_configuration_variables: ClassVar[Any] = ManifestVariables

    async def run(self, flow_run: Any, configuration: Any, task_status: Any = None) -> BaseWorkerResult:
        raise NotImplementedError


class ManifestWorkerOfFields(ManifestWorker):
    type = "manifest-of-fields"
    job_configuration_variables = None


def test_a_field_says_where_variables_go_in_it() -> None:
    template = ManifestWorker.get_default_base_job_template()

    made = asyncio.run(ManifestConfiguration.from_template_and_values(template, {"image": "blue"}))

    assert made.manifest == {"image": "blue"}
    assert template["job_configuration"]["manifest"] == {"image": "{{ image }}", "at": "{{ region }}"}
    assert set(template["variables"]) == {"properties", "type"}
    template["job_configuration"]["manifest"]["image"] = "red"
    assert ManifestWorker.get_default_base_job_template()["job_configuration"]["manifest"]["image"] == "{{ image }}"


def test_the_variables_of_a_worker_that_names_none_are_the_fields_of_its_configuration() -> None:
    variables = ManifestWorkerOfFields.get_default_base_job_template()["variables"]

    assert set(variables["properties"]) == {"command", "env", "labels", "name", "region", "manifest"}
    assert variables["required"] == ["manifest"]
    assert "template" not in variables["properties"]["manifest"]


class BridgedConfiguration(BaseJobConfiguration):
    def _base_environment(self) -> dict[str, str]:  # type: ignore[override]  # as prefect-docker has it
        return {name: value.replace("127.0.0.1", "host") for name, value in super()._base_environment().items()}


def test_a_kind_of_worker_adds_to_what_its_jobs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    configuration = BridgedConfiguration(
        labels={"mine": "x"}, env={"A": "b", "B": None, "PREFECT__FLOW_RUN_ID": "another"}
    )
    run = FlowRun(id=UUID(int=1), flow_id=UUID(int=2), name="a-run", created=datetime.now(timezone.utc))

    configuration.prepare_for_flow_run(run, flow=SimpleNamespace(id=UUID(int=2), name="f"), worker_name="w")

    assert configuration.command == "prefect flow-run execute"
    assert configuration.env["PREFECT_API_URL"] == "http://host:4200/api"
    assert configuration.env["PREFECT__FLOW_RUN_ID"] == str(run.id)
    assert {"A", "PREFECT__FLOW_NAME", "PREFECT__WORKER_NAME"} <= set(configuration.env)
    assert "B" not in configuration.env
    told_of_the_run_alone = BridgedConfiguration()
    told_of_the_run_alone.prepare_for_flow_run(run)
    assert told_of_the_run_alone.env["PREFECT__FLOW_ID"] == str(run.flow_id)
    assert {name.removeprefix("prefect.io/") for name in configuration.labels} == {
        *("mine", "flow-run-id", "flow-run-name", "version", "worker-name", "flow-id", "flow-name"),
    }


def test_what_nobody_gave_is_left_out_of_a_job() -> None:
    said = {"a": "{{ a }}", "b": ["{{ a }}", "x"], "c": "p {{ a }} q", "d": "{{ d }}", "e": None}
    template = {"job_configuration": {"manifest": said}, "variables": {"properties": {"a": {}, "d": {"default": None}}}}

    assert configured(template, {}) == {"manifest": {"b": ["x"], "c": "p  q", "e": None}}
    assert configured(template, {"a": None}) == {"manifest": {"a": None, "b": [None, "x"], "c": "p  q", "e": None}}


def test_types_of_workers_are_known() -> None:
    assert {"process", "noting"} <= set(BaseWorker.get_all_available_worker_types())
    assert BaseWorker.get_worker_class_from_type("process") is ProcessWorker
    assert ProcessWorker.get_default_base_job_template()["variables"]["properties"]["working_dir"]
