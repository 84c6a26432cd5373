"""Slots of the limits of tags in async code."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from prefect._engine.slots import Patience
from prefect.concurrency._asking import asked_for_tags
from prefect.concurrency.asyncio import held_while
from prefect.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError


@asynccontextmanager
async def concurrency(
    names: str | Iterable[str], task_run_id: UUID, timeout_seconds: float | None = None
) -> AsyncGenerator[None, None]:
    """Hold a slot of every tag that is named and has a limit while the block lasts, for a task run."""
    asked = asked_for_tags(names, task_run_id)
    if asked is None:
        yield
        return
    async with held_while(asked, Patience(timeout_seconds), ends=False, warns=False):
        yield


__all__ = ["AcquireConcurrencySlotTimeoutError", "ConcurrencySlotAcquisitionError", "concurrency"]
