"""Slots of concurrency limits in code that waits.

with concurrency("database", occupy=1):
    ...

rate_limit("api")
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from prefect._domain.concurrency import Mode
from prefect._engine.slots import Asked, Patience, slots_of_this_process
from prefect.concurrency._asking import Interruption, asked_for, held, warn_of_unknown
from prefect.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError


@contextmanager
def concurrency(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    max_retries: int | None = None,
    lease_duration: float = 300,
    strict: bool = False,
    holder: Any = None,
    raise_on_lease_renewal_failure: bool | None = None,
) -> Generator[None, None, None]:
    """Hold slots of every limit that is named while the block lasts.

    Those who wait get them in order of arrival, all of the limits or none. Names that are no limit's bound nothing,
    unless it is `strict`. The slots end with a lease of `lease_duration` seconds that is renewed as long as the block
    lasts; should it be lost, one is warned, or with `strict` or `raise_on_lease_renewal_failure` the block is ended.

    Raises `AcquireConcurrencySlotTimeoutError` after `timeout_seconds`, and `ConcurrencySlotAcquisitionError` when
    `max_retries` are used up or for what will never be had.
    """
    asked = asked_for(names, occupy, lease_seconds=lease_duration, strict=strict, holder=holder)
    if asked is None:
        yield
        return
    ends = strict if raise_on_lease_renewal_failure is None else raise_on_lease_renewal_failure
    yield from held_while(asked, Patience(timeout_seconds, max_retries), ends=ends)


def held_while(asked: Asked, patience: Patience, *, ends: bool, warns: bool = True) -> Generator[None, None, None]:
    """Hold what is asked for until one goes on; with `ends`, the thread is interrupted where it is lost."""
    slots = slots_of_this_process()
    answer = slots.take(asked, patience)
    if warns:
        warn_of_unknown(answer)
    if not answer.bounded:
        yield
        return
    with Interruption() as interruption:
        slots.hold(held(asked, interruption.begin if ends else None))
        try:
            yield
        finally:
            slots.give(asked.lease_id)


def rate_limit(
    names: str | Iterable[str], occupy: int = 1, timeout_seconds: float | None = None, strict: bool = False
) -> None:
    """Return when slots of every limit are free, and take them; they end by themselves, at the pace of the limit.

    Raises what `concurrency` and `ConcurrencySlotAcquisitionError` for a limit without a pace.
    """
    asked = asked_for(names, occupy, Mode.RATE_LIMIT, strict=strict)
    if asked is not None:
        warn_of_unknown(slots_of_this_process().take(asked, Patience(timeout_seconds)))


__all__ = [
    "AcquireConcurrencySlotTimeoutError",
    "ConcurrencySlotAcquisitionError",
    "concurrency",
    "rate_limit",
]
