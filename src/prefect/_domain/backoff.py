"""How long to wait before the next try."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log

MOST_DELAYS = 50


def delay_for(retry_delay: float | Sequence[float] | None, attempt: int) -> float:
    """Seconds to wait after try number `attempt` (1 is the first); a list's last delay is repeated."""
    if retry_delay is None:
        return 0.0
    if isinstance(retry_delay, (int, float)):
        return float(retry_delay)
    if not retry_delay:
        return 0.0
    return float(retry_delay[min(max(attempt, 1), len(retry_delay)) - 1])


def jittered(delay: float, factor: float, *, random: Callable[[], float]) -> float:
    """A delay that varies around `delay`, at most `delay * (1 + factor)` and at least `delay / (1 + factor)`.

    The interval of a Poisson process with that mean, clamped: it is drawn by inverting the exponential distribution
    (Devroye, Non-Uniform Random Variate Generation, 1986, section II.2). `random` gives a number from 0 to 1.
    """
    drawn = -delay * log(max(1.0 - random(), 1e-12))
    return min(max(drawn, delay / (1 + factor)), delay * (1 + factor))


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """A function that gives a task's delays: `backoff_factor`, twice that, four times that, and so on (seconds)."""

    def delays(retries: int) -> list[float]:
        return [backoff_factor * 2**number for number in range(min(retries, MOST_DELAYS))]

    return delays
