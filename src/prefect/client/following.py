"""Following what is recorded: events and log lines, as soon as they are there, from a server or the database itself.

    async with Subscription(EventsFollowed(transport, filter)) as events:
        async for event in events: ...

A server is asked by requests that wait for something to come, so whatever lets requests through lets this through.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from typing_extensions import Self

from prefect._api.dispatching import Request
from prefect._clock import now
from prefect._store.watching import Watch
from prefect._wire.event_filters import EventFilter
from prefect._wire.event_queries import Follow, Followed
from prefect._wire.events import ReceivedEvent
from prefect._wire.filters import LogFilter
from prefect._wire.logs import FollowLogs
from prefect._wire.objects import Log
from prefect.client.operations import content_of
from prefect.client.transports import LocalTransport, Transport
from prefect.utilities.asyncutils import in_thread

WAIT = 5.0
"""Seconds that one question waits for its answer."""
BACKFILL = timedelta(minutes=15)
"""How old the log lines are at most that are given first."""
STRAGGLERS = timedelta(seconds=5)
"""How much later than a line one may be recorded that was written before it."""
MOST_KNOWN = 5_000
"""How many lines are remembered, so that they are given once."""
T = TypeVar("T")
Given = TypeVar("Given", covariant=True)


class News:
    """Has questions answered as soon as there is something to answer; for one thread."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._watch = Watch(transport.db) if isinstance(transport, LocalTransport) else None

    def ask(self, path: str, body: Any, seconds: float) -> Any:
        """The answer, or None where there was nothing to answer in so many seconds."""
        request = Request("POST", path, {"wait": seconds}, body.model_dump_json(exclude_none=True).encode())
        deadline = time.monotonic() + seconds
        while True:
            answer = content_of(request, self._transport.send(request))
            left = deadline - time.monotonic()
            if answer is not None or self._watch is None or left <= 0:
                return answer
            self._watch.wait(left)

    def close(self) -> None:
        self._transport.close()
        if self._watch is not None:
            self._watch.close()


class Source(Protocol[Given]):
    """What gives things as they are recorded."""

    def next(self, seconds: float) -> Sequence[Given]:
        """The next of them, as soon as there are any; none after so many seconds."""

    def close(self) -> None: ...


class EventsFollowed:
    """Events as they are recorded, those of the last minutes first."""

    def __init__(self, transport: Transport, filter: EventFilter | None, *, backfill: bool = True) -> None:
        self._news = News(transport)
        self._body = Follow(filter=filter or EventFilter(), backfill=backfill)

    def next(self, seconds: float) -> list[ReceivedEvent]:
        answer = self._news.ask("/engine/events/follow", self._body, seconds)
        if answer is None:
            return []
        followed = Followed.model_validate(answer)
        self._body.cursor = followed.cursor
        return followed.events

    def close(self) -> None:
        self._news.close()


class LogsFollowed:
    """Log lines as they are recorded, those of the last minutes first, each once."""

    def __init__(self, transport: Transport, filter: LogFilter | None) -> None:
        self._news = News(transport)
        self._filter = filter or LogFilter()
        self._latest = now() - BACKFILL + STRAGGLERS
        self._given: deque[tuple[datetime, UUID]] = deque()

    def next(self, seconds: float) -> list[Log]:
        since = self._latest - STRAGGLERS
        while self._given and (self._given[0][0] < since or len(self._given) > MOST_KNOWN):
            since = max(since, self._given.popleft()[0])
        body = FollowLogs(logs=self._filter, since=since, known=[id for _, id in self._given])
        lines = [Log.model_validate(line) for line in self._news.ask("/engine/logs/follow", body, seconds) or ()]
        self._given.extend((line.timestamp, line.id) for line in lines)
        self._latest = max([self._latest, *(line.timestamp for line in lines)])
        return lines

    def close(self) -> None:
        self._news.close()


class Subscription(Generic[T]):
    """What some sources give, in async code, as it comes; a thread asks each of them."""

    def __init__(self, *sources: Callable[[], Source[T]]) -> None:
        self._open = sources
        self._ended = threading.Event()

    async def begin(self) -> None:
        """Follow from now on: what is recorded when this has returned will be given."""
        self._loop = asyncio.get_running_loop()
        self._given: asyncio.Queue[T | Exception] = asyncio.Queue()
        self._sources = [await in_thread(open) for open in self._open]
        for source in self._sources:
            self._hand_on(await in_thread(source.next, 0))
            threading.Thread(target=self._follow, args=[source], name="prefect-follower", daemon=True).start()

    def _follow(self, source: Source[T]) -> None:
        try:
            while not self._ended.is_set():
                found = source.next(WAIT)
                if found and not self._ended.is_set():
                    self._loop.call_soon_threadsafe(self._hand_on, found)
        except Exception as error:  # noqa: BLE001  # whoever waits for what comes is told
            if not self._ended.is_set():
                self._loop.call_soon_threadsafe(self._given.put_nowait, error)
        finally:
            source.close()

    def _hand_on(self, found: Sequence[T]) -> None:
        for one in found:
            self._given.put_nowait(one)

    async def next(self, seconds: float | None = None) -> T:
        """What comes next. Raises `TimeoutError` after so many seconds, and what a source raised."""
        waiting = self._given
        found = await asyncio.wait_for(waiting.get(), seconds) if waiting.empty() else waiting.get_nowait()
        if isinstance(found, Exception):
            raise found
        return found

    def end(self) -> None:
        """Follow no more."""
        self._ended.set()

    async def __aenter__(self) -> Self:
        await self.begin()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await self.next()
