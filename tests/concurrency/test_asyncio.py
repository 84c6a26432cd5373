from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest

from prefect._clock import now
from prefect._orchestration import taking_slots
from prefect._store.database import Database
from prefect.concurrency.asyncio import concurrency, rate_limit
from prefect.concurrency.v1.asyncio import concurrency as of_tags
from prefect.exceptions import AcquireConcurrencySlotTimeoutError
from tests.concurrency.limits import a_limit, active, holders, in_a_loop, waiting


async def held_until(happened: asyncio.Event) -> None:
    async with concurrency("x"):
        await happened.wait()


@in_a_loop
async def test_many_who_wait_need_no_thread_each(db: Database) -> None:
    a_limit(db)
    inside, most = 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with concurrency("x"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(60)))

    assert most == 1
    assert (active(db), waiting(db)) == (0, 0)


@in_a_loop
async def test_who_waits_too_long_is_told(db: Database) -> None:
    a_limit(db)

    async with concurrency("x"):
        with pytest.raises(AcquireConcurrencySlotTimeoutError):
            async with concurrency("x", timeout_seconds=0.05):
                pytest.fail("There is no slot.")

    assert (active(db), waiting(db)) == (0, 0)


@in_a_loop
async def test_who_is_cancelled_while_waiting_leaves_the_line(db: Database) -> None:
    a_limit(db)
    happened = asyncio.Event()

    async with concurrency("x"):
        work = asyncio.ensure_future(held_until(happened))
        while not waiting(db):
            await asyncio.sleep(0.01)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    assert (active(db), waiting(db)) == (0, 0)


@in_a_loop
async def test_who_is_cancelled_gives_its_slots_back(db: Database) -> None:
    a_limit(db)
    work = asyncio.ensure_future(held_until(asyncio.Event()))
    while not active(db):
        await asyncio.sleep(0.01)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert active(db) == 0


@in_a_loop
async def test_a_strict_block_is_cancelled_when_its_slots_are_lost(db: Database) -> None:
    a_limit(db)

    async def work() -> None:
        async with concurrency("x", lease_duration=1, strict=True):
            [held] = holders(db)
            taking_slots.end(db, held.lease_id, now=now(), new_id=uuid4)
            await asyncio.sleep(10)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(work())


@in_a_loop
async def test_a_pace_is_kept(db: Database) -> None:
    a_limit(db, limit=1, slot_decay_per_second=20)
    began = time.monotonic()

    for _ in range(3):
        await rate_limit("x")

    assert time.monotonic() - began >= 0.09


@in_a_loop
async def test_a_task_run_holds_slots_of_its_tags(db: Database) -> None:
    a_limit(db, "tag:a")
    run = uuid4()

    async with of_tags(["a", "none"], run):
        [held] = holders(db, "tag:a")

    assert held.holder_id == run
    assert active(db, "tag:a") == 0
