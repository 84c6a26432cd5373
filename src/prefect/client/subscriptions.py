"""What a server hands out one by one over a websocket, such as the background task runs that wait.

    async for task_run in Subscription(TaskRun, "/task_runs/subscriptions/scheduled", ["my_task-3f2a"]):
        ...

What has been given counts as taken when the next is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import orjson
from pydantic import TypeAdapter
from typing_extensions import Self
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from prefect._clock import new_id
from prefect._domain.addresses import as_websocket
from prefect.exceptions import ConfigurationError
from prefect.settings import get_current_settings

T = TypeVar("T")
POLICY_VIOLATION = 1008
LONGEST_DELAY = 10.0
"""Seconds between two tries to reach a server, at most."""


class Subscription(Generic[T]):
    """An endless async iterator over what the server has for some keys; it connects again where a server was away."""

    def __init__(
        self,
        model: type[T],
        path: str,
        keys: Iterable[str],
        client_id: str | None = None,
        base_url: str | None = None,
    ) -> None:
        """`base_url` is the address of an API, without which it is that of the settings.

        Raises `ConfigurationError` where there is neither: without a server there is nobody to hand out anything.
        """
        settings = get_current_settings()
        address = base_url or str(settings.api.url or "")
        if not address:
            raise ConfigurationError("A subscription needs a server: name it by PREFECT_API_URL, or give base_url.")
        self.model = model
        self.keys = list(keys)
        self.client_id = client_id or str(new_id())
        self._url = f"{as_websocket(address)}{path}"
        self._adapter: TypeAdapter[T] = TypeAdapter(model)
        self._token = settings.api.auth_string or settings.api.key
        self._socket: ClientConnection | None = None
        self._has_given = False

    @property
    def websocket(self) -> ClientConnection:
        """The open socket. Raises `RuntimeError` before the first is asked for."""
        if self._socket is None:
            raise RuntimeError("Subscription is not connected.")
        return self._socket

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """The next. Raises `ConnectionClosed` where the server lets this program not in."""
        delay = 0.1
        while True:
            try:
                return await self._next()
            except (ConnectionClosed, OSError) as error:
                self._socket, self._has_given = None, False
                if isinstance(error, ConnectionClosed) and error.rcvd and error.rcvd.code == POLICY_VIOLATION:
                    raise
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY)

    async def aclose(self) -> None:
        """Take no more; what was given last and not followed by another is handed out again."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def _next(self) -> T:
        socket = self._socket or await self._opened()
        if self._has_given:
            await self._say({"type": "ack"})
            self._has_given = False
        given = self._adapter.validate_json(await socket.recv())
        self._has_given = True
        return given

    async def _opened(self) -> ClientConnection:
        self._socket = await connect(self._url, subprotocols=[Subprotocol("prefect")])
        token = self._token.get_secret_value() if hasattr(self._token, "get_secret_value") else self._token
        await self._say({"type": "auth", "token": token})
        await self._socket.recv()
        await self._say({"type": "subscribe", "keys": self.keys, "client_id": self.client_id})
        return self._socket

    async def _say(self, message: dict[str, Any]) -> None:
        await self.websocket.send(orjson.dumps(message).decode())


__all__ = ["Subscription"]
