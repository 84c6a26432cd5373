"""Async functions that are tried again: prefect-azure, prefect-redis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from random import random
from typing import Any, ParamSpec, TypeVar

from prefect.logging.loggers import get_logger

P = ParamSpec("P")
T = TypeVar("T")
logger = get_logger("retries")


def exponential_backoff_with_jitter(attempt: int, base_delay: float, max_delay: float) -> float:
    """Seconds to wait after a try: doubled each time, at most `max_delay`, and somewhat at random."""
    longest = float(min(max_delay, base_delay * 2**attempt))
    return longest / 2 + random() * longest / 2


def retry_async_fn(
    max_attempts: int = 3,
    backoff_strategy: Callable[[int, float, float], float] = exponential_backoff_with_jitter,
    base_delay: float = 1,
    max_delay: float = 10,
    retry_on_exceptions: tuple[type[Exception], ...] = (Exception,),
    operation_name: str | None = None,
    **_: Any,
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Try an async function several times, until it raises nothing of `retry_on_exceptions`; the last is raised."""

    def decorated(fn: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        name = operation_name or fn.__name__

        @wraps(fn)
        async def tried(*args: P.args, **kwargs: P.kwargs) -> T:
            for attempt in range(max_attempts - 1):
                try:
                    return await fn(*args, **kwargs)
                except retry_on_exceptions as error:
                    delay = backoff_strategy(attempt, base_delay, max_delay)
                    logger.warning("%s failed: %r. It is tried again in %.1f s.", name, error, delay)
                    await asyncio.sleep(delay)
            return await fn(*args, **kwargs)

        return tried

    return decorated
