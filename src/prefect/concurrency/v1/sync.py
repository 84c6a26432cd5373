"""Slots of the limits of tags in code that waits."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from uuid import UUID

from prefect._engine.slots import Patience
from prefect.concurrency._asking import asked_for_tags
from prefect.concurrency.sync import held_while
from prefect.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError


@contextmanager
def concurrency(
    names: str | Iterable[str], task_run_id: UUID, timeout_seconds: float | None = None
) -> Generator[None, None, None]:
    """Hold a slot of every tag that is named and has a limit while the block lasts, for a task run."""
    asked = asked_for_tags(names, task_run_id)
    if asked is None:
        yield
        return
    yield from held_while(asked, Patience(timeout_seconds), ends=False, warns=False)


__all__ = ["AcquireConcurrencySlotTimeoutError", "ConcurrencySlotAcquisitionError", "concurrency"]
