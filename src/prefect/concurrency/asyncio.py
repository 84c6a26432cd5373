"""Slots of concurrency limits in async code.

async with concurrency("database", occupy=1):
    ...

await rate_limit("api")
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from prefect._domain.concurrency import Mode
from prefect._engine.slots import Asked, Patience, slots_of_this_process
from prefect.concurrency._asking import asked_for, held, warn_of_unknown
from prefect.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError


@asynccontextmanager
async def concurrency(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    max_retries: int | None = None,
    lease_duration: float = 300,
    strict: bool = False,
    holder: Any = None,
    raise_on_lease_renewal_failure: bool | None = None,
) -> AsyncGenerator[None, None]:
    """Hold slots of every limit that is named while the block lasts.

    As `prefect.concurrency.sync.concurrency`; where the slots are lost and the block is to end, its task is cancelled.
    """
    asked = asked_for(names, occupy, lease_seconds=lease_duration, strict=strict, holder=holder)
    if asked is None:
        yield
        return
    ends = strict if raise_on_lease_renewal_failure is None else raise_on_lease_renewal_failure
    async with held_while(asked, Patience(timeout_seconds, max_retries), ends=ends):
        yield


@asynccontextmanager
async def held_while(asked: Asked, patience: Patience, *, ends: bool, warns: bool = True) -> AsyncGenerator[None, None]:
    """Hold what is asked for while the block lasts; with `ends`, its task is cancelled where it is lost."""
    slots = slots_of_this_process()
    answer = await slots.atake(asked, patience)
    if warns:
        warn_of_unknown(answer)
    if not answer.bounded:
        yield
        return
    slots.hold(held(asked, _cancelling_this_task() if ends else None))
    try:
        yield
    finally:
        await slots.in_thread(slots.give, asked.lease_id)


def _cancelling_this_task() -> Callable[[], None]:
    """Cancels the task that runs now, from another thread."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def cancel() -> None:
        loop.call_soon_threadsafe(task.cancel)

    return cancel


async def rate_limit(
    names: str | Iterable[str], occupy: int = 1, timeout_seconds: float | None = None, strict: bool = False
) -> None:
    """Return when slots of every limit are free, and take them; they end by themselves, at the pace of the limit."""
    asked = asked_for(names, occupy, Mode.RATE_LIMIT, strict=strict)
    if asked is not None:
        warn_of_unknown(await slots_of_this_process().atake(asked, Patience(timeout_seconds)))


__all__ = [
    "AcquireConcurrencySlotTimeoutError",
    "ConcurrencySlotAcquisitionError",
    "concurrency",
    "rate_limit",
]
