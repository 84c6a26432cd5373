"""Async code that goes on together, and threads that it sends what waits to."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import anyio
import pytest

from prefect.utilities.asyncutils import (
    GatherIncomplete,
    LazySemaphore,
    add_event_loop_shutdown_callback,
    call_with_mark,
    create_gather_task_group,
    create_task,
    get_thread_limiter,
    in_async_main_thread,
    in_async_worker_thread,
    mark_as_worker_thread,
    run_async_from_worker_thread,
    run_async_in_new_loop,
    run_sync_in_worker_thread,
    sync,
)


async def doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def thread_of_loop() -> int:
    return threading.get_ident()


def test_a_group_tells_results_once_it_has_ended() -> None:
    async def program() -> list[Any]:
        async with create_gather_task_group() as group:
            keys = [group.start_soon(doubled, number) for number in (1, 2)]
            with pytest.raises(GatherIncomplete, match="has not ended"):
                group.get_result(keys[0])
            with pytest.raises(RuntimeError, match="use `start_soon`"):
                await group.start(doubled, 3)
        with pytest.raises(KeyError):
            group.get_result(uuid4())
        return [group.get_result(key) for key in keys]

    assert asyncio.run(program()) == [2, 4]


def test_a_group_that_is_cancelled_has_no_result_of_what_it_left() -> None:
    async def program() -> None:
        async with create_gather_task_group() as group:
            key = group.start_soon(anyio.sleep_forever)
            group.cancel_scope.cancel()
        with pytest.raises(GatherIncomplete):
            group.get_result(key)

    asyncio.run(program())


def test_a_bound_is_asked_for_by_the_first_and_holds_for_all() -> None:
    asked: list[str] = []
    most, inside = 0, 0

    def how_many() -> int:
        asked.append("how many?")
        return 2

    async def program() -> None:
        bound = LazySemaphore(how_many)
        assert asked == []

        async def work() -> None:
            nonlocal most, inside
            async with bound as semaphore:
                assert isinstance(semaphore, asyncio.Semaphore)
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(work() for _ in range(5)))

    asyncio.run(program())
    assert (asked, most) == (["how many?"], 2)


def test_a_task_that_nobody_holds_goes_on() -> None:
    async def program() -> int:
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            await asyncio.sleep(0)
            done.set_result(await doubled(4))

        create_task(work())
        gc.collect()
        return await done

    assert asyncio.run(program()) == 8


def test_a_loop_calls_back_when_it_is_shut_down() -> None:
    called: list[bool] = []

    async def at_end() -> None:
        await asyncio.sleep(0)
        called.append(in_async_main_thread())

    async def program() -> list[bool]:
        await add_event_loop_shutdown_callback(at_end)
        gc.collect()
        return list(called)

    assert asyncio.run(program()) == []
    assert called == [True]


def test_code_in_a_thread_asks_the_loop_that_sent_it_there() -> None:
    def waits() -> tuple[bool, bool, int, int, int]:
        here = in_async_worker_thread(), in_async_main_thread()
        return (*here, threading.get_ident(), run_async_from_worker_thread(thread_of_loop), sync(thread_of_loop))

    async def program() -> tuple[Any, ...]:
        return (threading.get_ident(), get_thread_limiter().total_tokens, *await run_sync_in_worker_thread(waits))

    loop, most, is_worker, is_main, thread, asked, asked_again = asyncio.run(program())
    assert (is_worker, is_main, most) == (True, False, 250)
    assert loop == asked == asked_again != thread


def test_an_async_function_is_awaited_wherever_code_waits() -> None:
    async def within_a_loop() -> int:
        return sync(doubled, 5)

    assert sync(doubled, 3) == run_async_in_new_loop(doubled, 3) == 6
    assert asyncio.run(within_a_loop()) == 10
    with pytest.raises(RuntimeError):
        run_async_from_worker_thread(doubled, 1)


def test_a_thread_is_marked_by_hand_or_by_a_call() -> None:
    def marked() -> tuple[bool, bool]:
        mark_as_worker_thread()
        return in_async_worker_thread(), in_async_main_thread()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(marked).result() == (True, False)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(call_with_mark, in_async_worker_thread).result()
    assert not in_async_worker_thread()
