"""`/events/out`: clients follow events, those of the last minutes first, then all as they come.

-> {"type": "filter", "filter": {...}, "backfill": true}      <- {"type": "event", "event": {...}}
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from prefect._api.dispatching import Request
from prefect.server.messages import POLICY_VIOLATION, PROTOCOL_ERROR, Ask, change_or_leave, kind, said, until_it_leaves
from prefect.server.waiting import Changes

LOOK_AGAIN = 5.0
"""Seconds after which is looked for events again, should no change be noticed."""


async def send_events(socket: WebSocket, ask: Ask, changes: Changes, *, is_on: bool) -> None:
    """Send a client the events that it asks for until it leaves."""
    asked = await said(socket)
    if not is_on:
        await socket.close(POLICY_VIOLATION, "Events are not followed here: PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED")
        return
    if kind(asked) != "filter" or not isinstance(asked.get("filter") or {}, dict):
        await socket.close(PROTOCOL_ERROR, "Expected 'filter' message")
        return
    leaving = asyncio.create_task(until_it_leaves(socket))
    try:
        await _send_on(socket, ask, changes, _wanted(asked), leaving)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        leaving.cancel()


def _wanted(asked: dict[str, Any]) -> dict[str, Any]:
    return {"filter": asked.get("filter") or {}, "backfill": asked.get("backfill", True) is not False}


async def _send_on(
    socket: WebSocket, ask: Ask, changes: Changes, wanted: dict[str, Any], leaving: asyncio.Task[None]
) -> None:
    while not leaving.done():
        with changes.noticed() as change:
            reply = await ask(Request("POST", "/engine/events/filter", {}, orjson.dumps(wanted)))
            if reply.status == 503:
                await change_or_leave(change, leaving, 1.0)
                continue
            if reply.status != 200:
                await socket.close(POLICY_VIOLATION, reply.content.decode(errors="replace")[:120])
                return
            followed = orjson.loads(reply.content)
            for event in followed["events"]:
                await socket.send_text(orjson.dumps({"type": "event", "event": event}).decode())
            wanted["cursor"] = followed["cursor"]
            if not followed["is_behind"]:
                await change_or_leave(change, leaving, LOOK_AGAIN)
