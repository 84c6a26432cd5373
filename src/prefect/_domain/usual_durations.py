"""How long runs of a kind usually take, so that one of them can be seen beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import NamedTuple

FEWEST = 3
"""Of fewer runs nothing is said to be usual."""
NEARLY_ALL = 0.95


class Usual(NamedTuple):
    """What so many runs took, in seconds: half of them at most `median`, nearly all (95 %) at most `p95`."""

    runs: int
    median: float
    p95: float


def usual_of(seconds: Sequence[float]) -> Usual | None:
    """What is usual among durations; None for too few of them."""
    if len(seconds) < FEWEST:
        return None
    return Usual(len(seconds), median(seconds), sorted(seconds)[ceil(NEARLY_ALL * len(seconds)) - 1])
