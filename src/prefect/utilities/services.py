"""Loops that go on through single failures and give up after many in a row."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from prefect.exceptions import PrefectHTTPStatusError
from prefect.utilities.math import clamped_poisson_interval


async def critical_service_loop(
    workload: Callable[..., Awaitable[Any]],
    interval: float,
    memory: int = 10,
    consecutive: int = 3,
    backoff: int = 1,
    printer: Callable[..., None] = print,
    run_once: bool = False,
    jitter_range: float | None = None,
) -> None:
    """Carry a workload out again and again, `interval` seconds between, through failures to reach the server.

    After `consecutive` failures in a row it waits longer, doubled each time, and after `backoff` such rounds it raises
    the last one; of the last `memory` it tells. Errors of another kind are raised at once.
    """
    failures: deque[BaseException] = deque(maxlen=memory)
    in_a_row, rounds = 0, 0
    while True:
        try:
            await workload()
            in_a_row = rounds = 0
        except Exception as error:
            if not _may_be_over_soon(error):
                raise
            failures.append(error)
            in_a_row += 1
            if in_a_row >= consecutive:
                in_a_row, rounds = 0, rounds + 1
                _tell(failures, printer)
                if rounds >= backoff:
                    raise
        if run_once:
            return
        pause = interval * 2**rounds
        await asyncio.sleep(clamped_poisson_interval(pause, jitter_range) if jitter_range else pause)


def _may_be_over_soon(error: Exception) -> bool:
    """Whether a failure says that the server is away or has a fault of its own."""
    if isinstance(error, PrefectHTTPStatusError):
        return error.status is not None and error.status >= 500
    return isinstance(error, (ConnectionError, TimeoutError)) or type(error).__module__.startswith("httpx")


def _tell(failures: deque[BaseException], printer: Callable[..., None]) -> None:
    printer(f"The last {len(failures)} tries failed; the latest:")
    printer("".join(traceback.format_exception(failures[-1])))
