"""Runs that others carry out: contexts on their way to another process, futures of flow runs, the public runner."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import weakref
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect import flow, tags, task
from prefect._clock import new_id, now
from prefect._engine.recorders import recorder
from prefect._orchestration import deployments
from prefect.assets import materialize
from prefect.client.schemas.objects import RunInput, TaskRunResult
from prefect.context import FlowRunContext, hydrated_context, serialize_context
from prefect.exceptions import MissingResult
from prefect.flow_engine import run_flow, run_flow_sync
from prefect.futures import PrefectFlowRunFuture, PrefectWrappedFuture
from prefect.runner import Runner
from prefect.runner.runner import Runner as SameRunner
from prefect.runner.storage import GitCredentials
from prefect.states import State
from prefect.task_engine import run_task, run_task_sync
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from tests.recorded import events, flow_runs, task_runs, the_flow_run, the_task_run
from tests.runner.scenes import now_as, triggered

ELSEWHERE = """
import pickle, sys
from pathlib import Path
from uuid import UUID
from prefect import get_run_logger, task
from prefect.task_engine import run_task_sync

@task(tags=["own"])
def work(x):
    get_run_logger().info("at work")
    return x + 1

context, run_id = pickle.loads(Path("parcel").read_bytes())
print(run_task_sync(work, task_run_id=run_id, parameters={"x": 1}, context=context, return_type="state").result())
"""


def test_a_task_is_carried_out_in_another_process_as_a_task_of_this_flow() -> None:
    run_id = uuid4()

    @flow(log_prints=True)
    def calls() -> str:
        with tags("outer"):
            Path("parcel").write_bytes(pickle.dumps((serialize_context(), run_id)))
        told = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=True)
        return told.stdout.strip()

    assert calls() == "2"
    run = the_task_run()
    assert (run.id, run.flow_run_id, run.tags) == (run_id, the_flow_run().id, ["outer", "own"])


def test_contexts_hold_again_inside_of_a_block() -> None:
    @flow
    def told() -> tuple[dict[str, object], object]:
        context = FlowRunContext.get()
        assert context is not None
        return serialize_context(), context.flow_run.id

    context, run_id = told()

    assert FlowRunContext.get() is None
    with hydrated_context(context):
        inside = FlowRunContext.get()
        assert inside is not None
        assert inside.flow_run.id == run_id
    assert FlowRunContext.get() is None


@task
def double(x: int) -> int:
    return 2 * x


def test_a_task_is_carried_out_with_the_runs_that_its_inputs_came_from() -> None:
    source = uuid4()

    assert run_task_sync(double, parameters={"x": 4}, dependencies={"x": {TaskRunResult(id=source)}}) == 8
    assert the_task_run().task_inputs == {"x": [{"input_type": "task_run", "id": str(source)}]}
    assert run_task(double, parameters={"x": 4}, return_type="state").is_completed()


def test_a_flow_is_carried_out_by_a_call() -> None:
    @flow
    async def add_one(x: int = 2) -> int:
        return x + 1

    assert run_flow_sync(add_one) == 3
    assert asyncio.run(run_flow(add_one, parameters={"x": 3}, return_type="state")).result() == 4


def test_a_run_of_a_task_is_recorded_for_whoever_carries_it_out() -> None:
    run = asyncio.run(double.create_run(parameters={"x": 1}))

    assert [(found.id, found.state_type) for found in task_runs()] == [(run.id, "PENDING")]


def test_a_future_gives_what_a_flow_run_came_to() -> None:
    @flow(persist_result=True)
    def add_one(x: int) -> int:
        return x + 1

    add_one(1)
    future: PrefectFlowRunFuture[int] = PrefectFlowRunFuture(the_flow_run().id)

    assert future.result(timeout=5) == 2
    assert asyncio.run(future.aresult()) == 2
    assert pickle.loads(pickle.dumps(future)) == future


def test_a_future_says_that_a_result_was_not_kept_or_is_not_there_yet() -> None:
    @flow
    def nothing() -> int:
        return 1

    nothing()
    deployment = deployments.apply(recorder().db, "nothing", "x", [], now=now(), new_id=new_id)
    waiting: PrefectFlowRunFuture[int] = PrefectFlowRunFuture(triggered(deployment.id).id)

    ended: PrefectFlowRunFuture[int] = PrefectFlowRunFuture(next(run.id for run in flow_runs() if run.end_time))
    with pytest.raises(MissingResult, match="not kept"):
        ended.result()
    with pytest.raises(TimeoutError, match=r"0\.01 seconds"):
        waiting.result(timeout=0.01)


def test_the_runner_is_one_class_under_both_names() -> None:
    assert SameRunner is Runner
    with pytest.raises(RuntimeError, match="not yet started"):
        Runner().stop()


SERVED = """
from pathlib import Path
from prefect import flow

@flow
def note(text: str = "none"):
    Path("noted").write_text(text)

@flow
def other():
    Path("noted").write_text("other")
"""


def test_a_runner_runs_what_is_due_and_stops() -> None:
    Path("served.py").write_text(SERVED)
    program = """
from prefect.runner import Runner
from served import note
runner = Runner(pause_on_shutdown=False)
id = runner.add_flow(note, "here")
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    client.create_flow_run_from_deployment(id, parameters={"text": "ran"})
runner.start(run_once=True)
"""

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True)

    assert Path("noted").read_text() == "ran"


def test_a_runner_carries_a_recorded_run_out_with_the_flow_that_is_named() -> None:
    Path("served.py").write_text(SERVED)
    deployed = deployments.apply(
        recorder().db, "note", "x", [], now=now(), new_id=new_id, path=str(Path.cwd()), entrypoint="served.py:note"
    )
    run = triggered(deployed.id)

    process = asyncio.run(Runner().execute_flow_run(run.id, entrypoint="served.py:other"))

    assert process.returncode == 0
    assert now_as(run).state_type == "COMPLETED"
    assert Path("noted").read_text() == "other"


def test_credentials_of_git_are_a_typed_dict() -> None:
    assert GitCredentials(username="me", access_token="t") == {"username": "me", "access_token": "t"}


def test_a_task_elsewhere_finds_the_task_runner_of_its_flow() -> None:
    @flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
    def told() -> dict[str, object]:
        return serialize_context()

    with hydrated_context(told()):
        context = FlowRunContext.get()
        assert context is not None
        assert context.task_runner.max_workers == 3


def test_the_assets_that_an_input_was_made_of_travel_with_the_context() -> None:
    @materialize("s3://shop/raw")
    def extract() -> int:
        return 1

    @materialize("s3://shop/sums")
    def load(x: int) -> int:
        return x

    first, second = uuid4(), uuid4()

    @flow
    def pipeline() -> None:
        carried = [
            serialize_context({"task": made, "task_run_id": id, "task_inputs": {"x": given}})
            for made, id, given in ((extract, first, set()), (load, second, {TaskRunResult(id=first)}))
        ]
        run_task_sync(extract, task_run_id=first, context=carried[0])
        sources: dict[str, set[RunInput]] = {"x": {TaskRunResult(id=first)}}
        run_task_sync(load, task_run_id=second, parameters={"x": 1}, dependencies=sources, context=carried[1])

    pipeline()

    told = [(event.event, event.resource["prefect.resource.id"]) for event in events("prefect.asset.")]
    assert told == [
        ("prefect.asset.materialization.succeeded", "s3://shop/raw"),
        ("prefect.asset.referenced", "s3://shop/raw"),
        ("prefect.asset.materialization.succeeded", "s3://shop/sums"),
    ]


class FutureOfCluster(PrefectWrappedFuture[int, "Future[State]"]):
    """As the futures of prefect-dask, which let errors of their cluster go."""

    def wait(self, timeout: float | None = None) -> None:
        with suppress(ConnectionError):
            self._final_state = self.wrapped_future.result(timeout)


def failed_by_its_cluster(task_run_id: UUID) -> FutureOfCluster:
    wrapped: Future[State] = Future()
    wrapped.set_exception(ConnectionError("the worker died"))
    return FutureOfCluster(task_run_id, wrapped)


def test_a_run_whose_process_has_gone_without_telling_its_end_is_crashed() -> None:
    run = asyncio.run(double.create_run(parameters={"x": 1}))

    future = failed_by_its_cluster(run.id)

    assert future.state.is_crashed()
    assert the_task_run().state_type == "CRASHED"


def test_a_run_ended_as_its_process_recorded_it_before_it_went() -> None:
    run_id = uuid4()
    run_task_sync(double, task_run_id=run_id, parameters={"x": 1})
    recorder().flush()

    assert failed_by_its_cluster(run_id).state.is_completed()


class ForgetfulCluster(ThreadPoolTaskRunner):
    """As clusters do, it drops work whose future nobody has."""

    hold = TaskRunner.hold

    def __init__(self) -> None:
        super().__init__()
        self.futures: list[weakref.ref[Any]] = []

    def duplicate(self) -> ForgetfulCluster:
        return type(self)()

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        future = super().submit(*args, **kwargs)
        self.futures.append(weakref.ref(future))
        return future

    def finish(self, *, failed: bool) -> None:
        assert all(future() is not None for future in self.futures)
        gate.set()
        TaskRunner.finish(self, failed=failed)
        assert not self._unfinished


gate = Event()


def test_a_task_runner_holds_what_was_submitted_until_it_has_ended() -> None:
    @task
    def waits() -> None:
        gate.wait()

    @flow(task_runner=ForgetfulCluster())
    def leaves() -> str:
        waits.submit()
        waits.submit()
        return "left"

    assert leaves() == "left"
    assert [run.state_type for run in task_runs()] == ["COMPLETED"] * 2
