"""Cache policies: when a task's function is not called because its result is known."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, task
from prefect.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    NONE,
    RUN_ID,
    TASK_SOURCE,
    CachePolicy,
)
from prefect.exceptions import ConfigurationError
from prefect.filesystems import LocalFileSystem
from prefect.locking.memory import MemoryLockManager
from prefect.settings import temporary_settings
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import Task, task_input_hash
from prefect.transactions import IsolationLevel
from tests.recorded import history, messages, task_runs, the_flow_run


def counted(**options: Any) -> tuple[Task[..., Any], list[Any]]:
    """A task that remembers what it was called with."""
    calls: list[Any] = []

    @task(**options)
    def remember(x: Any, y: Any = None) -> Any:
        calls.append(x)
        return x

    return remember, calls


def test_a_known_result_is_not_computed_again_in_any_run() -> None:
    remember, calls = counted(cache_policy=INPUTS)

    @flow
    def twice() -> Any:
        return remember(1, return_state=True), remember(1)

    states = [twice(return_state=True), twice(return_state=True)]

    assert calls == [1]
    assert [state.name for state in states] == ["Completed", "Completed"]
    assert [run.state_name for run in task_runs()] == ["Completed", "Cached", "Cached", "Cached"]
    assert history(task_runs()[1]) == ["Pending", "Running", "Cached"]
    assert remember(2) == 2
    assert remember(2) == 2
    assert calls == [1, 2]


def test_without_persistence_nothing_is_cached() -> None:
    remember, calls = counted()
    remember(1)
    remember(1)

    assert calls == [1, 1]


def test_the_default_policy_caches_within_a_flow_run_where_results_are_kept() -> None:
    remember, calls = counted(persist_result=True)

    @flow
    def thrice() -> None:
        remember(1)
        remember(1)
        remember(2)

    thrice()
    thrice()

    assert calls == [1, 2, 1, 2]


def test_the_source_of_the_function_is_part_of_the_key() -> None:
    @task(name="same", cache_policy=INPUTS + TASK_SOURCE)
    def first(x: int) -> str:
        return "first"

    @task(name="same", cache_policy=INPUTS + TASK_SOURCE)
    def second(x: int) -> str:
        return "second"

    assert (first(1), second(1)) == ("first", "second")


def test_the_parameters_of_the_flow_may_be_the_key() -> None:
    remember, calls = counted(cache_policy=FLOW_PARAMETERS)

    @flow
    def give(number: int) -> Any:
        return remember(time.monotonic())

    assert give(1) == give(1)
    assert give(2) != give(1)
    assert len(calls) == 2


def test_the_id_of_the_run_may_be_the_key() -> None:
    remember, calls = counted(cache_policy=RUN_ID)

    @flow
    def both() -> None:
        remember(1)
        remember(2)

    both()
    both()

    assert calls == [1, 1]


def test_an_argument_can_be_left_out_of_the_key() -> None:
    remember, calls = counted(cache_policy=INPUTS - "y")
    remember(1, y=1)
    remember(1, y=2)
    remember(2, y=2)

    assert calls == [1, 2]


def test_an_argument_can_be_left_out_of_a_sum() -> None:
    remember, calls = counted(cache_policy=(INPUTS + TASK_SOURCE) - "y")
    remember(1, y=1)
    remember(1, y=2)

    assert calls == [1]


def test_what_cannot_be_left_out_is_told() -> None:
    with pytest.raises(TypeError, match="INPUTS"):
        _ = TASK_SOURCE - "x"
    with pytest.raises(TypeError):
        _ = INPUTS - 1  # type: ignore[operator]


@pytest.mark.parametrize("policy", [NO_CACHE, NONE])
def test_no_cache_computes_always(policy: CachePolicy) -> None:
    remember, calls = counted(cache_policy=policy)
    remember(1)
    remember(1)

    assert calls == [1, 1]
    assert NO_CACHE + INPUTS == INPUTS + NO_CACHE


def test_a_function_may_make_the_key() -> None:
    remember, calls = counted(cache_key_fn=lambda context, parameters: f"{context.task.name}-{parameters['x'] % 2}")
    remember(1)
    remember(3)
    remember(2)

    assert calls == [1, 2]


def test_a_policy_may_be_made_of_a_function() -> None:
    def by_parity(context: Any, parameters: dict[str, Any]) -> str:
        return f"parity-{parameters['x'] % 2}"

    remember, calls = counted(cache_policy=CachePolicy.from_cache_key_fn(by_parity) + INPUTS - "x")
    remember(1)
    remember(3)

    assert calls == [1]


def test_the_older_input_hash_is_a_key() -> None:
    remember, calls = counted(cache_key_fn=task_input_hash)
    remember({"a": [1]})
    remember({"a": [1]})
    remember({"a": [2]})

    assert len(calls) == 2


def test_a_function_is_preferred_to_a_policy_and_that_is_told(caplog: pytest.LogCaptureFixture) -> None:
    remember, calls = counted(cache_key_fn=lambda context, parameters: "one", cache_policy=INPUTS)
    remember(1)
    remember(2)

    assert calls == [1]
    assert "cache_key_fn" in caplog.text


def test_without_persistence_a_policy_does_nothing_and_that_is_told(caplog: pytest.LogCaptureFixture) -> None:
    remember, calls = counted(cache_policy=INPUTS, persist_result=False)
    remember(1)
    remember(1)

    assert calls == [1, 1]
    assert "persist_result" in caplog.text


def test_a_cached_result_expires() -> None:
    remember, calls = counted(cache_policy=INPUTS, cache_expiration=timedelta(seconds=0))
    remember(1)
    remember(1)
    lasting, kept = counted(cache_policy=INPUTS, cache_expiration=timedelta(hours=1))
    lasting(2)
    lasting(2)

    assert calls == [1, 1]
    assert kept == [2]


def test_a_refresh_computes_again_and_replaces_what_is_kept() -> None:
    values = iter(range(10))

    @task(cache_policy=INPUTS)
    def following(x: int) -> int:
        return next(values)

    assert [following(1), following(1)] == [0, 0]
    assert following.with_options(refresh_cache=True)(1) == 1
    assert following(1) == 1
    with temporary_settings({"PREFECT_TASKS_REFRESH_CACHE": True}):
        assert following(1) == 2
        assert following.with_options(refresh_cache=False)(1) == 2


def test_settings_turn_caching_off() -> None:
    remember, calls = counted(cache_policy=INPUTS)
    with temporary_settings({"PREFECT_TASKS_DISABLE_CACHING": True}):
        remember(1)
        remember(1)

    assert calls == [1, 1]


def test_hooks_are_called_for_a_cached_run_too() -> None:
    told: list[str] = []
    remember, calls = counted(
        cache_policy=INPUTS,
        on_running=[lambda task, run, state: told.append("running")],
        on_completion=[lambda task, run, state: told.append(state.name)],
    )
    remember(1)
    remember(1)

    assert calls == [1]
    assert told == ["running", "Completed", "running", "Cached"]


def test_a_failure_is_not_cached() -> None:
    tries: list[int] = []

    @task(cache_policy=INPUTS)
    def shaky(x: int) -> str:
        tries.append(x)
        if len(tries) == 1:
            raise ValueError("once")
        return "well"

    assert shaky(1, return_state=True).is_failed()
    assert shaky(1) == "well"


def test_a_key_that_cannot_be_made_is_told_and_the_task_runs() -> None:
    import threading

    remember, calls = counted(cache_policy=INPUTS)
    lock = threading.Lock()

    @flow
    def around() -> None:
        remember(lock)
        remember(lock)

    around()

    assert calls == [lock, lock]
    assert any("cache key" in line for line in messages(the_flow_run()))


def test_keys_may_be_kept_in_a_folder_of_their_own(tmp_path: Path) -> None:
    remember, calls = counted(cache_policy=INPUTS.configure(key_storage=tmp_path / "keys"))
    remember(1)
    remember(1)

    assert calls == [1]
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_keys_may_be_kept_in_a_file_system(tmp_path: Path) -> None:
    remember, calls = counted(cache_policy=INPUTS, result_storage=LocalFileSystem(basepath=str(tmp_path / "own")))
    remember(1)
    remember(1)

    assert calls == [1]
    assert len(list((tmp_path / "own").iterdir())) == 1


def test_runs_that_share_a_key_are_serialized_by_a_lock() -> None:
    running: list[int] = []
    policy = INPUTS.configure(isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=MemoryLockManager())

    @task(cache_policy=policy)
    def slow(x: int) -> int:
        running.append(x)
        time.sleep(0.05)
        return x

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
    def at_once() -> list[int]:
        return [future.result() for future in [slow.submit(1) for _ in range(8)]]

    assert at_once() == [1] * 8
    assert running == [1]


def test_serializable_needs_locks() -> None:
    remember, _ = counted(cache_policy=INPUTS.configure(isolation_level=IsolationLevel.SERIALIZABLE))

    with pytest.raises(ConfigurationError, match="lock"):
        remember(1)


def test_policies_that_disagree_are_not_added(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key storages"):
        _ = INPUTS.configure(key_storage=tmp_path / "a") + TASK_SOURCE.configure(key_storage=tmp_path / "b")


def test_a_policy_of_the_users_own() -> None:
    class ByX(CachePolicy):
        def compute_key(self, task_ctx: Any, inputs: Any, flow_parameters: Any, **kwargs: Any) -> str | None:
            return f"x={inputs['x']}"

    remember, calls = counted(cache_policy=ByX())
    remember(1, y=1)
    remember(1, y=2)

    assert calls == [1]


def test_a_key_names_the_file_of_the_result(home: Path) -> None:
    remember, calls = counted(result_storage_key="{parameters[x]}-{task_run.task_name}.json", result_serializer="json")
    remember(1)
    remember(1)

    assert calls == [1]
    assert [file.name for file in (home / "storage").iterdir()] == ["1-remember.json"]


def test_an_async_task_is_cached_too() -> None:
    import asyncio

    calls: list[int] = []

    @task(cache_policy=INPUTS)
    async def remember(x: int) -> int:
        calls.append(x)
        return x

    async def main() -> list[int]:
        return [await remember(1), await remember(1)]

    assert asyncio.run(main()) == [1, 1]
    assert calls == [1]


def test_a_flow_run_that_is_run_again_does_not_repeat_what_its_tasks_completed() -> None:
    remember, calls = counted(persist_result=True)
    fails = [True, False]

    @flow(retries=1)
    def shaky() -> str:
        remember("a")
        remember("b")
        if fails.pop(0):
            raise ValueError("after both")
        return "well"

    assert shaky() == "well"
    assert calls == ["a", "b"]


def test_default_is_the_sum_that_it_says() -> None:
    assert DEFAULT == INPUTS + TASK_SOURCE + RUN_ID


def test_a_generator_task_that_is_called_yields_each_time_and_one_that_is_submitted_is_cached() -> None:
    begun: list[int] = []

    @task(cache_policy=INPUTS, persist_result=True)
    def count(n: int) -> Any:
        begun.append(n)
        yield from range(n)
        return "counted"

    @flow
    def counts() -> list[list[int]]:
        return [list(count(3)), list(count(3)), count.submit(3).result(), count.submit(3).result(), list(count(3))]

    assert counts() == [[0, 1, 2]] * 5
    assert begun == [3] * 4


def test_a_generator_task_whose_result_has_a_key_yields_each_time() -> None:
    @task(persist_result=True, result_storage_key="counted")
    def count(n: int) -> Any:
        yield from range(n)

    @flow
    def counts() -> list[list[int]]:
        return [list(count(2)), list(count(2))]

    assert counts() == [[0, 1], [0, 1]]


def test_an_async_generator_task_yields_each_time() -> None:
    @task(cache_policy=INPUTS, persist_result=True)
    async def count(n: int) -> Any:
        for number in range(n):
            yield number

    @flow
    async def counts() -> list[list[int]]:
        return [[number async for number in count(2)], [number async for number in count(2)]]

    assert asyncio.run(counts()) == [[0, 1], [0, 1]]
