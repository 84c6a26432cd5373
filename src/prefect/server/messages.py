"""What clients say on websockets, and waiting for what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from prefect._api.dispatching import Reply, Request
from prefect.server.waiting import Change

PROTOCOL_ERROR, POLICY_VIOLATION = 1002, 1008
"""The codes with which a socket is closed: of a client that says something else, and of one that may not come in."""

Ask = Callable[[Request], Awaitable[Reply]]
"""Has an operation carried out."""


def kind(said: Any) -> Any:
    """Which message it is."""
    return said.get("type") if isinstance(said, dict) else None


async def said(socket: WebSocket, seconds: float | None = 10) -> Any:
    """What a client says next; None where it says nothing in time, or leaves."""
    try:
        return json(await asyncio.wait_for(socket.receive_text(), seconds))
    except (WebSocketDisconnect, asyncio.TimeoutError, KeyError):
        return None


async def change_or_leave(change: Change, leaving: asyncio.Task[Any], seconds: float) -> None:
    """Return when something has changed, the client has left, or the time is over."""
    waiting = asyncio.create_task(change.wait(seconds))
    await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def until_it_leaves(socket: WebSocket) -> None:
    """Return when a client has left."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError):
        return


def json(text: str) -> Any:
    """What a message says; None for one that is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
