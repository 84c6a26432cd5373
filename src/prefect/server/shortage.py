"""A server without memory: it asks its clients to come again, and ends when it cannot even do what is small.

One that lived on and did nothing would look well to whoever watches it; one that ends is started again.
"""

from __future__ import annotations

from collections.abc import Callable

from prefect._api.dispatching import NO_MEMORY, Reply

SMALL = 64 * 1024
"""Bytes of a request for which there should always be memory."""
MOST = 20
"""How many small requests in a row fail until the server is given up."""


def is_of_memory(error: Exception) -> bool:
    """Whether an error says that there is no memory: for a value, or for the stack of a thread."""
    return isinstance(error, MemoryError) or "can't start new thread" in str(error)


class Shortage:
    """Counts the small requests that failed for lack of memory since the last one that did not."""

    def __init__(self, give_up: Callable[[], None]) -> None:
        self._give_up = give_up
        self._failed = 0

    def note(self, reply: Reply, size: int) -> None:
        """Take note of an answer to a request of so many bytes."""
        if reply is not NO_MEMORY:
            self._failed = 0
        elif size <= SMALL:
            self._failed += 1
            if self._failed >= MOST:
                self._give_up()
