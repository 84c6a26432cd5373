"""The process pool: functions called in other processes, their runs recorded by this one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from pydantic import SecretStr

from prefect import flow, get_run_logger, tags, task
from prefect.cache_policies import INPUTS
from prefect.context import TaskRunContext
from prefect.exceptions import SKIP, InfrastructureError, SerializationError
from prefect.runtime import flow_run as runtime_flow_run
from prefect.runtime import task_run as runtime_task_run
from prefect.task_runners import ProcessPoolTaskRunner
from tests.recorded import history, messages, task_runs, the_flow_run, the_task_run


@task
def where(x: int = 0) -> int:
    return os.getpid()


@task
def double(x: int) -> int:
    return 2 * x


@task(log_prints=True)
def tells() -> dict[str, Any]:
    get_run_logger().info("from another process")
    print("printed there")
    return {
        "task": runtime_task_run.name,
        "flow": runtime_flow_run.flow_name,
        "parameters": runtime_flow_run.parameters,
        "tags": sorted(runtime_task_run.tags),
    }


class Scale:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    @task
    def weigh(self, x: int) -> Any:
        context = TaskRunContext.get()
        seen = context.parameters if context else {}
        return self.factor * x, [(name, getattr(value, "factor", value)) for name, value in seen.items()]


@task
def fails(token: SecretStr) -> None:
    get_run_logger().info("told %s", token.get_secret_value())
    raise KeyError(token.get_secret_value())


@task(retries=2)
def dies_once(folder: str) -> str:
    marker = os.path.join(folder, "died")
    if not os.path.exists(marker):
        with open(marker, "w"):
            pass
        os._exit(1)
    return "at the second try"


@task
def dies() -> None:
    os._exit(1)


@task(timeout_seconds=0.3)
def sleeps() -> None:
    time.sleep(30)


@task
def gives(value: Any) -> Any:
    return threading.Lock() if value == "lock" else value


@task
async def awaits(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


@task
def counts(n: int) -> Generator[int, None, None]:
    yield from range(n)


@task
async def acounts(n: int) -> AsyncGenerator[int, None]:
    for number in range(n):
        yield number


@task
def skips() -> None:
    raise SKIP("not today")


@task
def submits(x: int) -> int:
    return int(double.submit(x).result())


@task(cache_policy=INPUTS)
def cached(x: int) -> int:
    return os.getpid()


STARTED: list[str] = []


@task
def started_with() -> list[str]:
    return STARTED


def in_processes(fn: Any, *args: Any, **options: Any) -> Any:
    """The state of a task that is submitted to a pool of processes."""

    @flow(name="around", task_runner=ProcessPoolTaskRunner(max_workers=2, **options))
    def around(x: int = 7) -> Any:
        with tags("tagged"):
            future = fn.submit(*args)
        future.wait()
        return [future.state]

    return around(return_state=True).result(raise_on_failure=False)[0]


def test_functions_run_in_other_processes_side_by_side() -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def around() -> tuple[list[int], int]:
        pids = where.map(range(4)).result()
        return pids, double.submit(double.submit(2)).result()

    pids, eight = around()

    assert os.getpid() not in pids
    assert len(set(pids)) <= 2
    assert eight == 8
    assert {run.state_name for run in task_runs()} == {"Completed"}
    assert history(task_runs()[0]) == ["Pending", "Running", "Completed"]


def test_a_task_finds_its_run_its_flow_and_its_logger_there() -> None:
    state = in_processes(tells)

    assert state.result() == {
        "task": the_task_run().name,
        "flow": "around",
        "parameters": {"x": 7},
        "tags": ["tagged"],
    }
    assert [line for line in messages(the_flow_run()) if "there" in line or "another" in line] == [
        "from another process",
        "printed there",
    ]


def test_an_exception_travels_back_and_the_secrets_of_its_task_are_read_nowhere() -> None:
    state = in_processes(fails, SecretStr("SEKRIT-there"))

    assert isinstance(state.result(raise_on_failure=False), KeyError)
    assert state.message == "Task run encountered an exception KeyError: '********'"
    assert "told ********" in messages(the_flow_run())
    assert not [line for line in messages(the_flow_run()) if "SEKRIT" in line]


def test_a_process_that_dies_fails_its_task_and_says_so() -> None:
    state = in_processes(dies)

    assert state.is_failed()
    with pytest.raises(InfrastructureError, match="process in which the task 'dies' ran has died"):
        state.result()


def test_a_task_whose_process_died_is_tried_again_in_another(tmp_path: Any) -> None:
    assert in_processes(dies_once, str(tmp_path)).result() == "at the second try"


def test_a_timeout_ends_the_waiting() -> None:
    started = time.monotonic()
    state = in_processes(sleeps)

    assert state.name == "TimedOut"
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("value", "named"),
    [(threading.Lock(), "The argument 'value' of the task 'gives'"), ("lock", "The result of the task 'gives'")],
)
def test_what_does_not_pickle_is_named(value: Any, named: str) -> None:
    state = in_processes(gives, value)

    with pytest.raises(SerializationError, match=named):
        state.result()


@pytest.mark.parametrize(
    ("fn", "argument", "expected"), [(awaits, 1, 2), (counts, 3, [0, 1, 2]), (acounts, 3, [0, 1, 2]), (submits, 2, 4)]
)
def test_every_kind_of_task_runs_there(fn: Any, argument: Any, expected: Any) -> None:
    assert in_processes(fn, argument).result() == expected


def test_skip_is_understood() -> None:
    state = in_processes(skips)

    assert (state.name, state.message) == ("Skipped", "not today")


def test_a_cached_result_needs_no_process() -> None:
    first, second = in_processes(cached, 1), in_processes(cached, 1)

    assert second.name == "Cached"
    assert first.result() == second.result() != os.getpid()


def test_an_initializer_is_called_in_each_process() -> None:
    assert in_processes(started_with, initializer=_start, initargs=("ready",)).result() == ["ready"]


def test_a_method_finds_its_instance_there() -> None:
    state = in_processes(Scale(3).weigh, 4)

    assert state.result() == (12, [("self", 3), ("x", 4)])


def _start(word: str) -> None:
    STARTED.append(word)


def test_a_main_program_that_is_no_file_is_told_of() -> None:
    program = """
from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner
@task
def one():
    return 1
@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def around():
    return one.submit().result()
around()
"""

    ended = subprocess.run([sys.executable], input=program, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert "read from <stdin>, which is no file" in ended.stderr.splitlines()[-1]
