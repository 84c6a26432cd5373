"""Counts of what this process has done, for those who keep what they read from before."""

from __future__ import annotations


class Tally:
    """A number that only grows."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1


LIMITS = Tally()
"""How often this process has made, changed or removed concurrency limits."""
