"""The threads that carry operations out.

What reads does not wait behind what writes, for others may hold the database for long; and whether the server lives is
told however much there is to do. Where too many wait already, one is told to come again.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from prefect._api.dispatching import Reply, Request, busy, carry_out
from prefect._api.routing import Found, Here, Route
from prefect._api.table import SIGNS_OF_LIFE
from prefect.server.returning import is_large

READERS, WRITERS = 8, 12
"""How many threads read, and how many write."""
MOST_WAITING = 2_000
"""How many requests a lane has at once, at work or waiting."""


class Lane:
    """Some threads, and how many requests they have."""

    def __init__(self, name: str, threads: int) -> None:
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=f"prefect-{name}")
        self.has = 0

    async def carry_out(self, found: Found, here: Here, request: Request) -> Reply:
        """Carry a request out as soon as there is a thread."""
        if self.has >= MOST_WAITING:
            return busy("too many requests wait")
        self.has += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, _carried_out, found, here, request)
        finally:
            self.has -= 1

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)


def _carried_out(found: Found, here: Here, request: Request) -> Reply:
    """Carry a request out; a connection that carried much goes, for it would keep it."""
    reply = carry_out(found, here, request)
    if is_large(request, reply):
        here.db.let_go()
    return reply


class Lanes:
    """The lanes of a server."""

    def __init__(self) -> None:
        self.signs, self.reading, self.writing = Lane("signs", 1), Lane("reading", READERS), Lane("writing", WRITERS)

    def lane_for(self, route: Route) -> Lane:
        if route.path in SIGNS_OF_LIFE:
            return self.signs
        return self.reading if route.only_reads else self.writing

    def close(self) -> None:
        for lane in (self.signs, self.reading, self.writing):
            lane.close()
