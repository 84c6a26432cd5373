"""Pausing, suspending and resuming runs, with inputs of every kind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from prefect import flow, pause_flow_run, resume_flow_run, suspend_flow_run, task
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import FlowPauseTimeout, MissingContextError, NotPausedError
from prefect.flow_runs import apause_flow_run, aresume_flow_run, wait_for_flow_run
from prefect.input import RunInput, receive_input, send_input
from prefect.input.actions import read_flow_run_input
from tests import recorded
from tests.runner import scenes
from tests.serving import served, until


class Person(RunInput):
    name: str
    age: int = 30


class Plain(BaseModel):
    number: int


def in_background(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """A flow at work in another thread, and what it came to."""
    came_to: list[Any] = []

    def work() -> None:
        try:
            came_to.append(call())
        except Exception as error:  # noqa: BLE001  # the test looks at it
            came_to.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, came_to


def until_paused() -> Any:
    until(lambda: any(run.state_name == "Paused" for run in recorded.flow_runs()))
    return next(run for run in recorded.flow_runs() if run.state_name == "Paused").id


def resumed(call: Callable[[], Any], given: dict[str, Any] | None = None) -> Any:
    """What a flow comes to that is resumed, once it is paused, with an input."""
    thread, came_to = in_background(call)
    resume_flow_run(until_paused(), given)
    thread.join(20)
    return came_to[0]


def test_a_paused_run_goes_on_when_it_is_resumed() -> None:
    @flow
    def pausing() -> str:
        pause_flow_run(timeout=20)
        return "went on"

    assert resumed(pausing) == "went on"
    assert recorded.history(recorded.the_flow_run()) == ["Pending", "Running", "Paused", "Running", "Completed"]


@pytest.mark.parametrize(
    ("wanted", "given", "gotten"),
    [
        (Person, {"name": "Ada"}, Person(name="Ada", age=30)),
        (int, {"value": 7}, 7),
        (list[str], {"value": ["a", "b"]}, ["a", "b"]),
    ],
)
def test_a_run_is_resumed_with_what_it_waits_for(wanted: Any, given: dict[str, Any], gotten: Any) -> None:
    @flow
    def asking() -> Any:
        return pause_flow_run(wait_for_input=wanted, timeout=20)

    assert resumed(asking, given) == gotten


def test_any_model_may_be_waited_for() -> None:
    @flow
    def asking() -> Any:
        return pause_flow_run(wait_for_input=Plain, timeout=20)

    assert resumed(asking, {"number": 3}).number == 3


def test_what_is_asked_for_can_be_described_and_begun() -> None:
    @flow
    def asking() -> Any:
        return pause_flow_run(wait_for_input=Person.with_initial_data(description="Who?", name="Bob"), timeout=20)

    assert resumed(asking, {}).name == "Bob"
    with get_client(sync_client=True) as client:
        assert client.read_flow_run_input(recorded.the_flow_run().id, "paused-1-description") == '"Who?"'


def test_an_input_that_does_not_fit_leaves_the_run_paused() -> None:
    @flow
    def asking() -> Any:
        return pause_flow_run(wait_for_input=Person, timeout=20)

    thread, came_to = in_background(asking)
    paused = until_paused()

    with pytest.raises(RuntimeError, match="age"):
        resume_flow_run(paused, {"name": "Ada", "age": "old"})
    with pytest.raises(RuntimeError, match="name"):
        resume_flow_run(paused, {})

    resume_flow_run(paused, {"name": "Ada"})
    thread.join(20)
    assert came_to == [Person(name="Ada", age=30)]


def test_a_pause_that_nobody_ends_runs_out() -> None:
    @flow
    def pausing() -> None:
        pause_flow_run(timeout=0.2, poll_interval=0.05)

    with pytest.raises(FlowPauseTimeout):
        pausing()
    assert recorded.the_flow_run().state_name == "Failed"


def test_a_run_pauses_as_often_as_it_is_told_to() -> None:
    @flow
    def twice() -> str:
        pause_flow_run(timeout=20)
        pause_flow_run(timeout=20)
        return "done"

    thread, came_to = in_background(twice)
    resume_flow_run(until_paused())
    until(lambda: recorded.history(recorded.the_flow_run()).count("Paused") == 2)
    resume_flow_run(until_paused())
    thread.join(20)
    assert came_to == ["done"]


def test_a_pause_that_was_passed_is_not_made_again() -> None:
    @flow
    def pausing() -> str:
        pause_flow_run(timeout=20, key="once")
        pause_flow_run(timeout=20, key="once")
        return "done"

    assert resumed(pausing) == "done"
    assert recorded.history(recorded.the_flow_run()).count("Paused") == 1


def test_async_flows_pause_by_both_names() -> None:
    @flow
    async def pausing() -> list[Any]:
        first = await pause_flow_run(wait_for_input=int, timeout=20)
        second = await apause_flow_run(wait_for_input=str, timeout=20)
        return [first, second]

    thread, came_to = in_background(lambda: asyncio.run(pausing()))
    resume_flow_run(until_paused(), {"value": 1})
    until(lambda: recorded.history(recorded.the_flow_run()).count("Paused") == 2)
    resume_flow_run(until_paused(), {"value": "two"})
    thread.join(20)
    assert came_to == [[1, "two"]]


def test_who_is_not_paused_cannot_be_resumed() -> None:
    @flow
    def plain() -> None: ...

    plain()

    with pytest.raises(NotPausedError):
        resume_flow_run(recorded.the_flow_run().id)


def test_outside_of_runs_there_is_nothing_to_pause() -> None:
    with pytest.raises(MissingContextError):
        pause_flow_run()
    with pytest.raises(MissingContextError):
        suspend_flow_run()


def test_only_runs_of_deployments_are_suspended_and_never_tasks() -> None:
    @task
    def suspending() -> None:
        suspend_flow_run()

    @flow
    def in_a_task() -> None:
        suspending()

    @flow
    def of_no_deployment() -> None:
        suspend_flow_run()

    with pytest.raises(RuntimeError, match="Cannot suspend task runs"):
        in_a_task()
    with pytest.raises(RuntimeError, match="deployment"):
        of_no_deployment()


def test_a_suspended_run_leaves_its_process_and_starts_again_with_its_input() -> None:
    code = """
from prefect import suspend_flow_run

@task(persist_result=True)
def costly():
    note("costly")
    return 40

@flow(persist_result=True)
def around():
    held = costly()
    more = suspend_flow_run(wait_for_input=int, timeout=None)
    note("sum", str(held + more))
"""
    deployment = scenes.deployed(code)
    run = scenes.triggered(deployment)

    with scenes.running(deployment):
        scenes.found(lambda: scenes.state_of(run).name == "Suspended", "suspension")
        resume_flow_run(run.id, {"value": 2})
        assert scenes.ended(run).is_completed()

    assert scenes.written("sum") == "42"
    assert len(scenes.written("costly").splitlines()) <= 1
    assert recorded.history(run) == [
        *("Scheduled", "Pending", "Running", "Suspended"),
        *("Resuming", "Pending", "Running", "Completed"),
    ]


def test_a_run_that_is_suspended_from_outside_leaves_at_its_next_task_and_goes_on_there() -> None:
    code = """
import time

@task(persist_result=True)
def step(number):
    note(f"step-{number}", "once")
    time.sleep(0.1)

@flow(persist_result=True)
def around():
    for number in range(40):
        step(number)
"""
    deployment = scenes.deployed(code)
    run = scenes.triggered(deployment)

    with scenes.running(deployment):
        assert scenes.written("step-1") == "once"
        suspend_flow_run(flow_run_id=run.id)
        left = "This run was suspended; it leaves its process, and goes on when it is resumed."
        scenes.found(lambda: left in recorded.messages(run), "the run's leave of its process")
        assert scenes.state_of(run).name == "Suspended"
        resume_flow_run(run.id)
        assert scenes.ended(run).is_completed()

    assert [scenes.written(f"step-{number}") for number in range(40)] == ["once"] * 40
    assert recorded.history(run) == [
        *("Scheduled", "Pending", "Running", "Suspended"),
        *("Resuming", "Pending", "Running", "Completed"),
    ]


def until_told(run_id: Any, message: str) -> None:
    until(lambda: message in recorded.messages(next(run for run in recorded.flow_runs() if run.id == run_id)))


WAITS = "This run was paused; it waits here until it is resumed."


@task
def step(number: int) -> int:
    return number


@pytest.fixture
def paused_from_outside() -> Callable[..., None]:
    """What pauses a run from another thread and waits, in the run, until its process has noticed."""

    def paused(timeout: float = 20) -> None:
        context = FlowRunContext.get()
        assert context is not None
        pausing = threading.Thread(
            target=pause_flow_run, kwargs={"flow_run_id": context.flow_run.id, "timeout": timeout}
        )
        pausing.start()
        pausing.join()
        until(lambda: context.flow_run.id in context.recorder.halted)

    return paused


def test_a_run_that_is_paused_from_outside_waits_at_its_next_task(paused_from_outside: Callable[..., None]) -> None:
    @flow
    def around() -> int:
        paused_from_outside()
        return step(1) + step.submit(2).result()

    thread, came_to = in_background(around)
    run_id = until_paused()
    until_told(run_id, WAITS)
    assert [run.state_name for run in recorded.task_runs()] == ["Pending"]
    resume_flow_run(run_id)
    thread.join(20)

    assert came_to == [3]
    assert recorded.history(recorded.the_flow_run()) == ["Pending", "Running", "Paused", "Running", "Completed"]


def test_an_async_run_that_is_paused_from_outside_leaves_its_loop_free(
    paused_from_outside: Callable[..., None],
) -> None:
    @task
    async def astep() -> int:
        return 1

    @flow
    async def around() -> tuple[int, bool]:
        await asyncio.to_thread(paused_from_outside)
        waiting = asyncio.ensure_future(astep())
        await asyncio.to_thread(until_told, until_paused(), WAITS)
        await aresume_flow_run(until_paused())
        return await waiting, waiting.done()

    assert asyncio.run(around()) == (1, True)


def test_a_submitted_task_and_a_subflow_wait_too(paused_from_outside: Callable[..., None]) -> None:
    @flow
    def inner() -> int:
        return 2

    @flow
    def submitting() -> int:
        paused_from_outside()
        future = step.submit(1)
        return inner() + future.result()

    thread, came_to = in_background(submitting)
    run_id = until_paused()
    until_told(run_id, WAITS)
    assert len(recorded.flow_runs()) == 1
    resume_flow_run(run_id)
    thread.join(20)

    assert came_to == [3]


def test_a_pause_from_outside_that_nobody_ends_runs_out(paused_from_outside: Callable[..., None]) -> None:
    @flow
    def around() -> int:
        paused_from_outside(timeout=1.5)
        return step(1)

    with pytest.raises(FlowPauseTimeout, match="never resumed"):
        around()
    assert recorded.the_flow_run().state_name == "Failed"


def test_a_run_that_a_server_keeps_is_paused_over_http(
    paused_from_outside: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    @flow
    def around() -> int:
        paused_from_outside()
        return step(1)

    with served() as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        thread, came_to = in_background(around)
        with get_client(sync_client=True) as client:
            until(lambda: [run.state_name for run in client.read_flow_runs()] == ["Paused"])
            (run,) = client.read_flow_runs()
            until(lambda: WAITS in [log.message for log in client.read_logs()])
            resume_flow_run(run.id)
        thread.join(20)
        monkeypatch.delenv("PREFECT_API_URL")

    assert came_to == [1]


def test_a_deployed_run_that_waits_for_its_next_try_is_not_taken_for_a_suspended_one() -> None:
    code = """
@task
def step():
    note("steps", "step")

@flow(retries=1, retry_delay_seconds=1.5)
def around():
    step()
    if len(open("steps").readlines()) < 2:
        raise ValueError("not yet")
"""
    deployment = scenes.deployed(code)
    run = scenes.triggered(deployment)

    with scenes.running(deployment):
        assert scenes.ended(run).is_completed()

    assert scenes.written("steps").split() == ["step", "step"]


def test_runs_send_each_other_inputs() -> None:
    @flow
    def listening() -> list[Any]:
        heard = []
        for greeting in receive_input(str, timeout=20):
            heard.append(greeting)
            if len(heard) == 2:
                return heard
        return heard

    thread, came_to = in_background(listening)
    until(lambda: bool(recorded.flow_runs()))
    listener = recorded.the_flow_run().id
    send_input("hello", listener)
    send_input("goodbye", listener)
    thread.join(20)

    assert came_to == [["hello", "goodbye"]]


def test_an_answer_goes_to_whoever_sent() -> None:
    @flow
    def asking(whom: Any) -> Any:
        Person(name="Ada").send_to(whom)
        return next(iter(receive_input(Plain, timeout=20))).number

    @flow
    def answering() -> None:
        for person in Person.receive(timeout=20):
            person.respond(Plain(number=len(person.name)))
            return

    first, _ = in_background(answering)
    until(lambda: bool(recorded.flow_runs()))
    assert asking(recorded.the_flow_run().id) == 3
    first.join(20)


def test_one_waits_for_a_run_to_end() -> None:
    @flow
    def plain() -> None: ...

    plain()

    ended = asyncio.run(wait_for_flow_run(recorded.the_flow_run().id, timeout=5))
    assert ended.state.is_completed()


def test_an_input_that_nobody_gave_is_none() -> None:
    @flow
    def asks() -> Any:
        return read_flow_run_input("nothing")

    assert asks() is None
