"""Telling a server, or the database itself, of events, and following those that come.

async with get_events_client() as client:
    await client.emit(Event(event="order.shipped", resource={"prefect.resource.id": "order.1"}))

async with get_events_subscriber(filter=EventFilter(event=EventNameFilter(prefix=["order."]))) as events:
    async for event in events:
        ...
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from typing_extensions import Self

from prefect._domain.addresses import as_websocket
from prefect._wire.event_filters import EventFilter
from prefect._wire.events import Event, ReceivedEvent
from prefect.client.following import EventsFollowed, Subscription
from prefect.client.operations import content_of, post
from prefect.client.orchestration import way_to
from prefect.client.transports import Transport
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread


def http_to_ws(url: str) -> str:
    """The address of an API by `http` as one by `ws`, without a slash at its end."""
    return as_websocket(url)


def events_in_socket_from_api_url(url: str) -> str:
    """Where a server takes events by a websocket."""
    return f"{as_websocket(url)}/events/in"


def events_out_socket_from_api_url(url: str) -> str:
    """Where a server hands events out by a websocket."""
    return f"{as_websocket(url)}/events/out"


class EventsClient(ABC):
    """Tells of events while it is entered with `async with`."""

    _is_entered = False

    @property
    def client_name(self) -> str:
        return type(self).__name__

    async def emit(self, event: Event) -> None:
        """Tell of an event; it is recorded when this returns. Raises `TypeError` outside of `async with`."""
        if not self._is_entered:
            raise TypeError("Events may only be emitted while this client is used as a context manager: async with.")
        await self._emit(event)

    @abstractmethod
    async def _emit(self, event: Event) -> None: ...

    async def __aenter__(self) -> Self:
        self._is_entered = True
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._is_entered = False


class NullEventsClient(EventsClient):
    """Lets every event go."""

    async def _emit(self, event: Event) -> None:
        return


class _Noting(EventsClient):
    """Remembers the events of its client, and the clients that there were, for tests."""

    last: ClassVar[Any] = None
    all: ClassVar[list[Any]] = []
    events: list[Event]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs
        type(self).last = self
        type(self).all.append(self)

    @classmethod
    def reset(cls) -> None:
        """Forget all clients, and with them their events."""
        cls.last = None
        cls.all.clear()

    def pop_events(self) -> list[Event]:
        """The events so far, which are forgotten."""
        events, self.events = self.events, []
        return events

    async def _emit(self, event: Event) -> None:
        self.events.append(event)

    async def __aenter__(self) -> Self:
        self.events = []
        return await super().__aenter__()


class AssertingEventsClient(_Noting):
    """Keeps its events in `events` and tells nobody, for tests."""

    all: ClassVar[list[AssertingEventsClient]] = []


class PrefectEventsClient(EventsClient):
    """Tells the server that the settings name, or `api_url`; without one it writes to the local database.

    The other arguments are taken for older programs: an event is recorded when `emit` returns, and a request is sent
    again while the server is away.
    """

    def __init__(
        self,
        api_url: str | None = None,
        reconnection_attempts: int = 10,
        checkpoint_every: int = 700,
        checkpoint_interval: float = 30.0,
    ) -> None:
        self._api_url = api_url
        self._api_key: str | None = None
        self._transport: Transport | None = None

    async def _emit(self, event: Event) -> None:
        assert self._transport is not None
        told = post("/events", [event.model_dump(mode="json", exclude_none=True)])
        content_of(told, await in_thread(self._transport.send, told))

    async def __aenter__(self) -> Self:
        self._transport = await in_thread(way_to, self._api_url, self._api_key)
        return await super().__aenter__()

    async def __aexit__(self, *exc_info: object) -> None:
        await super().__aexit__(*exc_info)
        if self._transport is not None:
            self._transport.close()


class PrefectCloudEventsClient(PrefectEventsClient):
    """Tells a server that lets programs in by a key, which is given or said in the settings.

    Raises `ValueError` without an address and a key.
    """

    def __init__(
        self,
        api_url: str | None = None,
        api_key: str | None = None,
        reconnection_attempts: int = 10,
        checkpoint_every: int = 700,
        checkpoint_interval: float = 30.0,
    ) -> None:
        url, key = _with_key(api_url, api_key)
        super().__init__(url, reconnection_attempts, checkpoint_every, checkpoint_interval)
        self._api_key = key


def _with_key(api_url: str | None, api_key: str | None) -> tuple[str, str]:
    """An address and a key, as given or as the settings say. Raises `ValueError` without either."""
    settings = get_current_settings()
    told = settings.api.key
    url = api_url or str(settings.api.url or "")
    key = api_key or (told.get_secret_value() if hasattr(told, "get_secret_value") else told)
    if not url or not key:
        raise ValueError(
            "api_url and api_key must be given, or said in the settings by PREFECT_API_URL and PREFECT_API_KEY. For a "
            "server that asks for no key there are get_events_client() and get_events_subscriber()."
        )
    return url, key


class AssertingPassthroughEventsClient(_Noting, PrefectEventsClient):
    """Keeps its events in `events`, and records them, too, for tests."""

    all: ClassVar[list[AssertingPassthroughEventsClient]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _Noting.__init__(self, *args, **kwargs)
        PrefectEventsClient.__init__(self, *args, **kwargs)

    async def _emit(self, event: Event) -> None:
        await _Noting._emit(self, event)
        await PrefectEventsClient._emit(self, event)


def get_events_client(
    reconnection_attempts: int = 10, checkpoint_every: int = 700, checkpoint_interval: float = 30.0
) -> EventsClient:
    """A client that tells of events where runs are recorded: to a server, or in the local database."""
    return PrefectEventsClient(None, reconnection_attempts, checkpoint_every, checkpoint_interval)


class PrefectEventSubscriber(Subscription[ReceivedEvent]):
    """Gives the events that are meant as they are recorded, those of the last 15 minutes first.

    It follows the server that the settings name, or `api_url`; without one the local database. Requests are sent again
    while the server is away, so that no event is missed; the last two arguments are taken for older programs.
    """

    def __init__(
        self,
        api_url: str | None = None,
        filter: EventFilter | None = None,
        reconnection_attempts: int = 10,
        reconnect_on_clean_close: bool = False,
    ) -> None:
        self._api_key: str | None = None
        super().__init__(lambda: EventsFollowed(way_to(api_url, self._api_key), filter))

    @property
    def client_name(self) -> str:
        return type(self).__name__


class PrefectCloudEventSubscriber(PrefectEventSubscriber):
    """Follows a server that lets programs in by a key, which is given or said in the settings.

    Raises `ValueError` without an address and a key.
    """

    def __init__(
        self,
        api_url: str | None = None,
        api_key: str | None = None,
        filter: EventFilter | None = None,
        reconnection_attempts: int = 10,
        reconnect_on_clean_close: bool = False,
    ) -> None:
        url, key = _with_key(api_url, api_key)
        super().__init__(url, filter, reconnection_attempts, reconnect_on_clean_close)
        self._api_key = key


class PrefectCloudAccountEventSubscriber(PrefectCloudEventSubscriber):
    """The same: where events of many workspaces come together, they come from one server."""


def get_events_subscriber(
    filter: EventFilter | None = None, reconnection_attempts: int = 10, reconnect_on_clean_close: bool = False
) -> PrefectEventSubscriber:
    """Follows the events that are meant where runs are recorded: those of a server, or in the local database."""
    return PrefectEventSubscriber(None, filter, reconnection_attempts, reconnect_on_clean_close)


__all__ = [
    "AssertingEventsClient",
    "AssertingPassthroughEventsClient",
    "EventsClient",
    "NullEventsClient",
    "PrefectCloudAccountEventSubscriber",
    "PrefectCloudEventSubscriber",
    "PrefectCloudEventsClient",
    "PrefectEventSubscriber",
    "PrefectEventsClient",
    "events_in_socket_from_api_url",
    "events_out_socket_from_api_url",
    "get_events_client",
    "get_events_subscriber",
    "http_to_ws",
]
