"""Background tasks: handed over in one process, carried out in another; with the local database, and with a server."""

from __future__ import annotations

import asyncio
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from prefect import flow, tags, task, unmapped
from prefect._clock import new_id, now
from prefect._engine.recorders import close_recorders, recorder
from prefect._orchestration.task_workers import end_lost_tasks
from prefect.client.orchestration import get_client
from prefect.exceptions import UpstreamTaskError
from prefect.futures import PrefectDistributedFuture
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import PrefectTaskRunner
from prefect.task_worker import TaskWorker
from tests.serving import served, until

PROGRAM = """
import os, sys, time
from prefect import task

@task
def slow(name):
    open(f"{name}.{os.getpid()}", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.02)
    return os.getpid()

if __name__ == "__main__":
    if sys.argv[1] == "serve":
        slow.serve()
    else:
        print(slow.delay(sys.argv[2]).task_run_id)
"""


@task
def double(number: int) -> int:
    return 2 * number


@task(retries=1)
def fails() -> None:
    raise ValueError("no")


@pytest.fixture(params=["local", "server"])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Background tasks of the local database, and of a server."""
    if request.param == "local":
        yield
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield
        close_recorders()


@contextmanager
def working(*tasks: Any, **options: Any) -> Iterator[TaskWorker]:
    """A worker inside the block."""
    worker = TaskWorker(*tasks, **options)
    thread = threading.Thread(target=worker.start)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def test_a_task_is_handed_over_and_carried_out(anywhere: None) -> None:
    with tags("urgent"):
        future = double.delay(4)
    assert (future.state.name, future.is_done()) == ("Scheduled", False)

    with working(double):
        assert future.result(timeout=20) == 8

    with get_client(sync_client=True) as client:
        run = client.read_task_run(future.task_run_id)
        states = [state.name for state in client.read_task_run_states(future.task_run_id)]
    assert states == ["Scheduled", "Pending", "Running", "Completed"]
    assert (run.flow_run_id, run.tags, run.task_key) == (None, ["urgent"], double.task_key)


def test_a_future_is_known_in_other_processes_and_in_async_code(anywhere: None) -> None:
    future: PrefectDistributedFuture[int] = pickle.loads(pickle.dumps(double.apply_async(kwargs={"number": 1})))
    called: list[Any] = []
    future.add_done_callback(called.append)
    with pytest.raises(TimeoutError):
        future.result(timeout=0.05)

    with working(double):
        assert asyncio.run(future.result_async(timeout=20)) == 2
        until(lambda: called == [future])


def test_a_task_that_fails_is_tried_again_and_its_error_told(anywhere: None) -> None:
    future = fails.delay()

    with working(fails), pytest.raises(ValueError, match="no"):
        future.result(timeout=20)

    with get_client(sync_client=True) as client:
        assert client.read_task_run(future.task_run_id).run_count == 2


def test_many_are_mapped_and_a_worker_keeps_to_its_limit(anywhere: None) -> None:
    at_work, most, lock, three = 0, 0, threading.Lock(), threading.Barrier(3, timeout=20)

    @task
    def counted(number: int, plus: int) -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        three.wait()
        with lock:
            at_work -= 1
        return number + plus

    futures = counted.map(range(9), unmapped(100), deferred=True)

    with working(counted, limit=3):
        assert futures.result(timeout=20) == [*range(100, 109)]
    assert most == 3


def test_a_flow_hands_its_tasks_over_with_the_runner_for_that(anywhere: None) -> None:
    @flow(task_runner=PrefectTaskRunner())
    def doubles() -> list[int]:
        first = double.submit(1)
        return [first.result(), double.submit(first).result()]

    with working(double):
        assert doubles() == [2, 4]


def test_what_a_task_waits_for_has_ended_before_it_is_handed_over() -> None:
    @flow
    def caller() -> Any:
        return double.delay(double.submit(1)).task_run_id

    @flow
    def hindered() -> Any:
        return double.delay(fails.with_options(retries=0).submit())

    run_id = caller()
    with get_client(sync_client=True) as client:
        inputs = client.read_task_run(run_id).task_inputs
    assert set(inputs) == {"number", "__parents__"}
    with pytest.raises(UpstreamTaskError):
        hindered()


def test_one_run_goes_to_one_worker(anywhere: None) -> None:
    carried_out: list[int] = []

    @task
    def noted(number: int) -> None:
        carried_out.append(number)

    futures = noted.map(range(40), deferred=True)
    with working(noted, limit=4), working(noted, limit=4):
        futures.wait(timeout=30)

    assert sorted(carried_out) == [*range(40)]


def test_workers_are_told_of() -> None:
    with served() as address, httpx.Client(base_url=address) as http, temporary_settings({PREFECT_API_URL: address}):
        with working(double):
            double.delay(1).wait(timeout=20)
            (told,) = http.post("/task_workers/filter", json={}).json()
            others = {"task_worker_filter": {"task_keys": ["another-task"]}}
            assert http.post("/task_workers/filter", json=others).json() == []
        assert http.post("/task_workers/filter", json={}).json() == []
        close_recorders()
    assert told["task_keys"] == [double.task_key]


@pytest.mark.parametrize(
    ("tasks", "options", "error"),
    [((), {}, "at least one task"), ((len,), {}, "Decorate the function"), ((double,), {"limit": 0}, "1 or more")],
)
def test_what_cannot_be_a_worker_is_told(tasks: tuple[Any, ...], options: dict[str, Any], error: str) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        TaskWorker(*tasks, **options)


# -- processes that end ------------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts the program; whatever was started is ended with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "2")
    Path("program.py").write_text(PROGRAM)
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "program.py", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_run_whose_worker_was_killed_is_crashed_and_others_go_on(program: Any) -> None:
    first, second = (program("delay", name).communicate()[0].strip() for name in ("a", "b"))
    killed = program("serve")
    until(lambda: len(list(Path().glob("[ab].*"))) == 2)
    killed.kill()
    killed.wait()
    third = program("delay", "c").communicate()[0].strip()

    until(lambda: bool(end_lost_tasks(recorder().db, now=now(), new_id=new_id)), seconds=10)
    Path("go").touch()
    program("serve")

    def states() -> list[str | None]:
        with get_client(sync_client=True) as client:
            return [client.read_task_run(id).state_name for id in (first, second, third)]

    until(lambda: states() == ["Crashed", "Crashed", "Completed"], seconds=20)


def test_a_worker_that_is_told_to_end_brings_its_runs_to_their_ends(program: Any) -> None:
    run_id = program("delay", "a").communicate()[0].strip()
    worker = program("serve")
    until(lambda: any(Path().glob("a.*")))

    worker.send_signal(signal.SIGTERM)
    Path("go").touch()
    assert worker.wait(timeout=20) == 0

    with get_client(sync_client=True) as client:
        assert client.read_task_run(run_id).state_name == "Completed"


def test_a_worker_that_is_told_twice_leaves_its_runs_behind(program: Any) -> None:
    run_id = program("delay", "a").communicate()[0].strip()
    worker = program("serve")
    until(lambda: any(Path().glob("a.*")))

    worker.send_signal(signal.SIGTERM)
    assert any("Bringing 1 runs to an end" in line for line in iter(worker.stderr.readline, ""))
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=20)

    with get_client(sync_client=True) as client:
        assert client.read_task_run(run_id).state_name == "Crashed"
