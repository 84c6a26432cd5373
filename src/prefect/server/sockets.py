"""The websockets of the API.

A client that speaks the subprotocol `prefect` first says who it is:

    -> {"type": "auth", "token": "user:password"}      <- {"type": "auth_success"}

A server without an auth string takes any token, and clients that do not speak the subprotocol.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from prefect._api.dispatching import Reply, Request
from prefect.settings import Settings

SUBPROTOCOL = "prefect"
POLICY_VIOLATION, PROTOCOL_ERROR = 1008, 1002
MOST_TOGETHER = 200
"""How many events are written in one transaction."""
MOST_WAITING = 2_000
"""How many events of a client may wait to be written; it is not read from meanwhile."""

Ask = Callable[[Request], Awaitable[Reply]]
"""Has an operation carried out."""


def socket_routes(ask: Ask, settings: Settings) -> list[WebSocketRoute]:
    """The websockets, for an application whose operations are carried out by `ask`."""

    async def events_in(socket: WebSocket) -> None:
        if await opened(socket, settings.server.api.auth_string):
            await take_events(socket, ask)

    return [WebSocketRoute("/events/in", events_in)]


async def opened(socket: WebSocket, auth_string: str | None) -> bool:
    """Open a socket if its client may come in; whether it may."""
    if SUBPROTOCOL not in socket.scope.get("subprotocols", ()):
        if auth_string is not None:
            await socket.close(PROTOCOL_ERROR)
            return False
        await socket.accept()
        return True
    await socket.accept(subprotocol=SUBPROTOCOL)
    try:
        told = _json(await asyncio.wait_for(socket.receive_text(), 10))
    except (WebSocketDisconnect, asyncio.TimeoutError, KeyError):
        return False
    if not _says_who_it_is(told, auth_string):
        await socket.close(POLICY_VIOLATION, "Auth required")
        return False
    await socket.send_text('{"type":"auth_success"}')
    return True


def _says_who_it_is(told: Any, auth_string: str | None) -> bool:
    if not isinstance(told, dict) or told.get("type") != "auth":
        return False
    if auth_string is None:
        return True
    return hmac.compare_digest(str(told.get("token") or "").encode(), auth_string.encode())


async def take_events(socket: WebSocket, ask: Ask) -> None:
    """Write the events that a client sends, in their order, as many together as have come."""
    waiting: asyncio.Queue[Any] = asyncio.Queue(MOST_WAITING)
    writing = asyncio.create_task(_write(waiting, ask))
    try:
        while True:
            await waiting.put(_json(await socket.receive_text()))
    except (WebSocketDisconnect, KeyError):
        pass
    finally:
        await waiting.put(None)
        await writing


async def _write(waiting: asyncio.Queue[Any], ask: Ask) -> None:
    """Write what waits until nothing more comes; one event that cannot be written does not keep others back."""
    more = True
    while more:
        events = [await waiting.get()]
        while not waiting.empty() and len(events) < MOST_TOGETHER:
            events.append(waiting.get_nowait())
        more = events[-1] is not None
        known = [event for event in events if isinstance(event, dict)]
        if not known:
            continue
        reply = await ask(_events(known))
        while reply.status == 503:
            await asyncio.sleep(0.1)
            reply = await ask(_events(known))
        if reply.status >= 400 and len(known) > 1:
            for event in known:
                await ask(_events([event]))


def _events(events: list[Any]) -> Request:
    return Request("POST", "/events", {}, orjson.dumps(events))


def _json(text: str) -> Any:
    """What a message says; None for one that is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
