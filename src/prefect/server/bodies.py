"""The bodies of requests: none is too large or comes too slowly, and together they are not more than can be held."""

from __future__ import annotations

from time import monotonic

from anyio import fail_after
from starlette.requests import ClientDisconnect, Request

from prefect._api.dispatching import NO_MEMORY, Reply, busy

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of a request."""
LARGEST_LOGS = 20 * 1024 * 1024
"""Bytes of a request that brings logs."""
MOST_HELD = 256 * 1024 * 1024
"""Bytes of all requests under way together."""
SLOWEST_BODY = 20.0
"""Seconds that a body may take however small it is; each `SLOWEST_RATE` bytes of it may take one more."""
SLOWEST_RATE = 16 * 1024
TOO_LARGE = Reply(413, b'{"exception_message":"The body is too large; send it in parts."}')
TOO_SLOW = Reply(
    408,
    b'{"exception_message":"The body came too slowly; send it again, in smaller parts if need be."}',
    {"connection": "close"},
)
GONE = Reply(499)


class Bodies:
    """Reads bodies, and knows how much of them is held."""

    def __init__(self) -> None:
        self.held = 0

    async def read(self, http: Request, most: int) -> bytes | Reply:
        """A body, which is held until it is let go; or the answer to one that is not wanted."""
        size = int(http.headers.get("content-length") or 0)
        if not size and "transfer-encoding" not in http.headers:
            return b""
        if size > most:
            return TOO_LARGE
        parts: list[bytes] = []
        try:
            refusal = await self._refusal_of(http, most, parts)
            body = b"".join(parts)
        except MemoryError:
            refusal = NO_MEMORY
        if refusal is not None:
            self.held -= sum(map(len, parts))
        return refusal or body

    def let_go(self, body: bytes) -> None:
        """Say that a body is not held any more."""
        self.held -= len(body)

    async def _refusal_of(self, http: Request, most: int, parts: list[bytes]) -> Reply | None:
        """Read the parts of a body; what is answered before all of them have come, or None."""
        size, stream, began = 0, http.stream(), monotonic()
        try:
            while True:
                with fail_after(_time_left(size, monotonic() - began)):
                    part = await anext(stream, b"")
                if not part:
                    return None
                parts.append(part)
                size += len(part)
                self.held += len(part)
                if size > most:
                    return TOO_LARGE
                if self.held > MOST_HELD:
                    return busy("too much waits to be written")
        except ClientDisconnect:
            return GONE
        except TimeoutError:
            return TOO_SLOW


def _time_left(size: int, seconds: float) -> float:
    """Seconds in which the next part of a body has to come, of which so much came in so many seconds."""
    return SLOWEST_BODY + size / SLOWEST_RATE - seconds


__all__ = ["LARGEST_BODY", "LARGEST_LOGS", "Bodies"]
