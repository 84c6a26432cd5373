"""Giving memory back to the system after much of it was used for a moment.

What a large request needed stays with the process otherwise: SQLite keeps pages and values with the connection that
carried it, and the C library keeps what was freed for what may come.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from functools import lru_cache

from prefect._api.dispatching import Reply, Request

LARGE = 256 * 1024
"""Bytes of a request or an answer after which memory is given back."""
AFTER = 1.0
"""Seconds after the last large one at which that is done; it takes a moment."""


def is_large(request: Request, reply: Reply) -> bool:
    """Whether carrying out a request took so much that it is worth giving back."""
    return max(len(request.body), len(reply.content)) >= LARGE


class Returning:
    """Gives memory back some time after the last large request; for the thread of the loop."""

    def __init__(self) -> None:
        self._planned: asyncio.TimerHandle | None = None

    def note(self, request: Request, reply: Reply) -> None:
        """Take note of an answer."""
        if is_large(request, reply):
            self.cancel()
            self._planned = asyncio.get_running_loop().call_later(AFTER, give_back)

    def cancel(self) -> None:
        """Plan nothing any more."""
        if self._planned is not None:
            self._planned.cancel()


def give_back() -> None:
    """Have the C library give back what is free, in a thread of its own."""
    trim = _trim()
    if trim is not None:
        threading.Thread(target=trim, args=(0,), name="prefect-trim", daemon=True).start()


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], int] | None:
    """`malloc_trim` of the GNU C library; elsewhere None, and memory goes back when the library sees fit."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
