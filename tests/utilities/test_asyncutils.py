"""Names that are called in code that waits, and awaited in async code."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from prefect import flow, task
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.deployments.steps import run_shell_script
from prefect.filesystems import LocalFileSystem, NullFileSystem
from prefect.states import Completed, Failed, State, get_state_exception
from prefect.utilities.asyncutils import at_once, dispatched
from prefect.variables import Variable


@dispatched
def place(name: str) -> str:
    """Where the work was done: in a coroutine's thread there is a loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return f"{name} beside the loop"
    return f"{name} in the loop"


def test_in_code_that_waits_the_work_is_done_at_once() -> None:
    assert place("a") == "a beside the loop"


def test_in_async_code_it_is_awaited_and_the_loop_goes_on() -> None:
    async def program() -> Any:
        return await place("a")

    assert asyncio.run(program()) == "a beside the loop"


def test_a_sync_function_in_async_code_hands_the_coroutine_on() -> None:
    def helper() -> Any:
        return place("a")

    async def program() -> Any:
        return await asyncio.gather(*(helper() for _ in range(2)), asyncio.create_task(helper()))

    assert asyncio.run(program()) == ["a beside the loop"] * 3


def test_another_thread_of_async_code_is_code_that_waits() -> None:
    @flow
    async def program() -> Any:
        return await asyncio.to_thread(place, "a")

    assert asyncio.run(program()) == "a beside the loop"


def test_a_sync_task_in_an_async_flow_does_not_await() -> None:
    @task
    def waits() -> Any:
        return place("a")

    @flow
    async def program() -> Any:
        return waits(), waits.submit().result()

    assert asyncio.run(program()) == ("a in the loop", "a beside the loop")


def test_a_sync_generator_flow_in_async_code_does_not_await() -> None:
    @flow
    def waits() -> Any:
        yield place("a")

    async def program() -> Any:
        return list(waits())

    assert asyncio.run(program()) == ["a in the loop"]


def test_an_async_task_in_a_sync_flow_awaits() -> None:
    @task
    async def awaits() -> Any:
        return await place("a")

    @flow
    def program() -> Any:
        return asyncio.run(awaits()), awaits.submit().result()

    assert program() == ("a beside the loop", "a beside the loop")


def test_a_loop_that_a_sync_flow_starts_runs_async_code() -> None:
    @flow
    def program() -> Any:
        async def inner() -> Any:
            return await place("a")

        return asyncio.run(inner())

    assert program() == "a beside the loop"


def test_a_sync_hook_of_an_async_flow_does_not_await() -> None:
    seen: list[Any] = []

    @flow(on_completion=[lambda flow, run, state: seen.append(place("a"))])
    async def program() -> None: ...

    asyncio.run(program())

    assert [type(value) for value in seen] == [str]


def test_it_can_be_told_which_of_the_two_is_wished() -> None:
    async def program() -> Any:
        return place("a", _sync=True)  # type: ignore[call-arg]  # the types do not tell of it

    assert asyncio.run(program()) == "a in the loop"
    assert asyncio.run(place("a", _sync=False)) == "a beside the loop"  # type: ignore[call-arg]  # same
    assert asyncio.run(place.aio("a")) == "a beside the loop"  # type: ignore[attr-defined]  # same


def test_what_is_done_at_once_is_sync_code_all_the_way_down() -> None:
    @dispatched
    def outer() -> Any:
        return place("a")

    async def program() -> Any:
        return outer(_sync=True), at_once(place, "b")  # type: ignore[call-arg]  # same

    assert asyncio.run(program()) == ("a in the loop", "b in the loop")


def test_a_coroutine_that_nobody_awaits_is_told_of_by_its_name() -> None:
    async def program() -> None:
        Variable.get("answer")
        gc.collect()

    with pytest.warns(RuntimeWarning, match=r"coroutine 'Variable\.get' was never awaited"):
        asyncio.run(program())


def test_the_signature_is_that_of_the_function() -> None:
    assert list(inspect.signature(Variable.get).parameters) == ["name", "default"]
    assert list(inspect.signature(LocalFileSystem.write_path).parameters) == ["self", "path", "content"]
    assert "Keep the block" in str(Block.save.__doc__)


def test_variables_are_awaited() -> None:
    @flow
    async def program() -> list[Any]:
        await Variable.set("answer", 42)
        return [await Variable.get("answer"), await Variable.unset("answer"), await Variable.get("answer", 1)]

    assert asyncio.run(program()) == [42, True, 1]


def test_blocks_are_awaited() -> None:
    @flow
    async def program() -> list[Any]:
        saved = await Secret(value=SecretStr("x")).save("mine")
        loaded = await Secret.load("mine")
        again = await Secret.load_from_ref(saved)
        await Secret.delete("mine")
        await Secret.register_type_and_schema()
        return [loaded.get(), again.get()]

    assert asyncio.run(program()) == ["x", "x"]


def test_file_systems_are_awaited(tmp_path: Path) -> None:
    files, (source, target) = LocalFileSystem(basepath=str(tmp_path)), (tmp_path / "a", tmp_path / "b")

    @flow
    async def program() -> list[Any]:
        await files.write_path("a/x", b"1")
        await files.get_directory("a", str(target))
        await files.put_directory(str(source), "c")
        return [await files.read_path("b/x"), await files.read_path("c/x"), await NullFileSystem().read_path("x")]

    assert asyncio.run(program()) == [b"1", b"1", None]


def test_states_are_awaited() -> None:
    @task
    async def one() -> int:
        return 1

    @flow
    async def program() -> list[Any]:
        state: State = await one(return_state=True)
        failure: State = Failed(data=ValueError("no"))
        told = await get_state_exception(failure)
        return [await state.result(), await Completed(data=2).result(), str(told)]

    assert asyncio.run(program()) == [1, 2, "no"]


def test_results_that_are_kept_in_a_block_are_read_and_written_in_async_flows(tmp_path: Path) -> None:
    calls: list[int] = []

    @task(persist_result=True, result_storage=LocalFileSystem(basepath=str(tmp_path)))
    async def counted(x: int) -> int:
        calls.append(x)
        return x

    @flow
    async def program() -> list[int]:
        return [await counted(1), await counted(1), counted.submit(1).result()]

    assert asyncio.run(program()) == [1, 1, 1]
    assert calls == [1]


def test_steps_are_awaited(capfd: pytest.CaptureFixture[str]) -> None:
    async def program() -> Any:
        return await run_shell_script("echo hello")

    assert asyncio.run(program())["stdout"] == "hello"


@pytest.mark.parametrize("call", [Variable.get, Block.load, Block.save, State.result, LocalFileSystem.read_path])
def test_the_async_body_stands_beside_the_name(call: Callable[..., Any]) -> None:
    assert inspect.iscoroutinefunction(call.aio)  # type: ignore[attr-defined]  # the types do not tell of it
    assert not inspect.iscoroutinefunction(call)
