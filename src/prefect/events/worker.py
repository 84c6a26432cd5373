"""Telling of events from code that waits for nothing, through a client of one's choice.

worker = EventsWorker.instance()
worker.send(Event(event="order.shipped", resource={"prefect.resource.id": "order.4711"}))
worker.drain()

`emit_event` needs none of it: what it tells is journaled. A test that wants to see what its program tells sets a
client: `EventsWorker.set_client_override(AssertingEventsClient)`.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Hashable
from contextlib import AsyncExitStack
from queue import Queue
from typing import Any, ClassVar

from typing_extensions import Self

from prefect._domain import events as domain
from prefect._engine.telling import around_here, tell_instead
from prefect._wire.events import Event, ReceivedEvent, RelatedResource
from prefect.events.clients import EventsClient, PrefectEventsClient
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread

logger = logging.getLogger("prefect.events")


class EventsWorker:
    """Delivers events one after another, in a thread of its own; what goes wrong with one is logged."""

    _instances: ClassVar[dict[Hashable, EventsWorker]] = {}
    _making: ClassVar[threading.Lock] = threading.Lock()
    _chosen: ClassVar[tuple[type[EventsClient], tuple[tuple[str, Any], ...]] | None] = None

    def __init__(self, client_type: type[EventsClient], client_options: tuple[tuple[str, Any], ...]) -> None:
        self.client_type = client_type
        self.client_options = dict(client_options)
        self._events: Queue[Event | None] = Queue()
        self._thread: threading.Thread | None = None
        self._client: EventsClient | None = None
        self._changing = threading.Lock()

    @classmethod
    def instance(cls, client_type: type[EventsClient] | None = None) -> Self:
        """The one for a kind of client, or for the one that was set, or else for what records where runs are."""
        kind, options = (client_type, ()) if client_type is not None else cls._chosen or (PrefectEventsClient, ())
        key = (cls, os.getpid(), kind, options, _place())
        with cls._making:
            made = cls._instances.setdefault(key, cls(kind, options))
        assert isinstance(made, cls)
        return made

    @classmethod
    def set_client_override(cls, client_type: type[EventsClient] | None, **client_kwargs: Any) -> None:
        """Have all that this process tells of go through another kind of client; None ends that."""
        cls._chosen = None if client_type is None else (client_type, tuple(client_kwargs.items()))
        tell_instead(None if client_type is None else cls._take)

    @classmethod
    def _take(cls, event: domain.Event) -> None:
        cls.instance().send(ReceivedEvent.telling(event))

    def send(self, item: Event) -> None:
        """Deliver an event soon, with what runs here as related resources."""
        self._relate(item)
        with self._changing:
            self._events.put(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="prefect-events-worker", daemon=True)
                self._thread.start()
                atexit.register(self.drain)

    async def attach_related_resources_from_context(self, event: Event) -> None:
        """Add what the code that runs here belongs to, as far as the event does not name it."""
        self._relate(event)

    def wait_until_empty(self) -> None:
        """Return when all events so far were delivered, or given up."""
        self._events.join()

    def drain(self, at_exit: bool = False) -> bool:
        """Deliver all events, and end; who sends another begins anew."""
        with self._changing:
            ending, self._thread = self._thread, None
            if ending is not None:
                self._events.put(None)
        if ending is not None:
            ending.join()
            atexit.unregister(self.drain)
        return True

    def _relate(self, event: Event) -> None:
        known = {one.id for one in event.involved_resources}
        event.related = [*event.related, *map(RelatedResource, around_here(known))]

    def _work(self) -> None:
        asyncio.run(self._deliver())

    async def _deliver(self) -> None:
        async with AsyncExitStack() as entered:
            while (event := await in_thread(self._events.get)) is not None:
                try:
                    if self._client is None:
                        self._client = await entered.enter_async_context(self.client_type(**self.client_options))
                    await self._client.emit(event)
                except Exception as error:  # noqa: BLE001  # an event must not end those that come after it
                    logger.error("The event %s (%s) could not be delivered: %s", event.event, event.id, error)
                finally:
                    self._events.task_done()
            self._client = None
            self._events.task_done()


class ProcessPoolForwardingEventsClient(EventsClient):
    """Puts its events on a queue, as pairs with `item_type`, for a process that delivers them."""

    def __init__(self, event_queue: Any, item_type: str = "event") -> None:
        self._queue, self._item_type = event_queue, item_type

    async def _emit(self, event: Event) -> None:
        await in_thread(self._queue.put, (self._item_type, event))


def _place() -> str:
    settings = get_current_settings()
    return str(settings.api.url or settings.server.database.connection_url)


def should_emit_events() -> bool:
    """Whether events are recorded: always, where runs are."""
    return True


def emit_events_to_cloud() -> bool:
    """Whether a hosted service gets them: never."""
    return False


def should_emit_events_to_running_server() -> bool:
    """Whether a server records them."""
    return bool(get_current_settings().api.url)


def should_emit_events_to_ephemeral_server() -> bool:
    """Whether they are recorded with no server: in the local database."""
    return not should_emit_events_to_running_server()


__all__ = [
    "EventsWorker",
    "ProcessPoolForwardingEventsClient",
    "emit_events_to_cloud",
    "should_emit_events",
    "should_emit_events_to_ephemeral_server",
    "should_emit_events_to_running_server",
]
