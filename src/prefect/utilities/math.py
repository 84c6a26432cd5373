"""Random intervals, for loops that are not to beat together."""

from __future__ import annotations

from math import exp, log
from random import uniform


def poisson_interval(average_interval: float, lower: float = 0, upper: float = 1) -> float:
    """Seconds until the next of events that come at random; `lower` and `upper` bound the chance, from 0 to 1."""
    return -log(max(1 - uniform(lower, upper), 1e-10)) * average_interval


def exponential_cdf(x: float, average_interval: float) -> float:
    """The chance that the next of events that come at random comes within so many seconds."""
    return 1 - exp(-x / average_interval)


def lower_clamp_multiple(k: float) -> float:
    """By which multiple of the average an interval is bounded below that is bounded by `1 + k` above."""
    if k > 50:
        return 0.0
    return log(max(2**k / (2**k - 1), 1e-10), 2)


def clamped_poisson_interval(average_interval: float, clamping_factor: float = 0.3) -> float:
    """A random interval that is at most `1 + clamping_factor` times the average, and not much shorter than it."""
    if clamping_factor <= 0:
        raise ValueError(f"clamping_factor is more than 0; it is {clamping_factor}.")
    upper = average_interval * (1 + clamping_factor)
    lower = max(0.0, average_interval * (1 - clamping_factor))
    return bounded_poisson_interval(lower, upper)


def bounded_poisson_interval(lower_bound: float, upper_bound: float) -> float:
    """A random interval between two bounds."""
    average = (lower_bound + upper_bound) / 2
    low, high = exponential_cdf(lower_bound, average), exponential_cdf(upper_bound, average)
    return min(max(poisson_interval(average, low, high), lower_bound), upper_bound)
