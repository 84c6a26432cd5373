"""The websockets of the API.

A client that speaks the subprotocol `prefect` first says who it is:

    -> {"type": "auth", "token": "user:password"}      <- {"type": "auth_success"}

A server without an auth string takes any token, and clients that do not speak the subprotocol.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import orjson
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from prefect._api.dispatching import Request
from prefect.server.following import send_events
from prefect.server.messages import (
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    Ask,
    change_or_leave,
    json,
    kind,
    said,
    until_it_leaves,
)
from prefect.server.passwords import Passwords
from prefect.server.waiting import Changes
from prefect.settings import Settings

SUBPROTOCOL = "prefect"
MOST_TOGETHER = 200
"""How many events are written in one transaction, and how many lines are read in one go."""
FIRST_LINES, BYTES_TOGETHER = 5, 64 * 1024
"""How many lines are read the first time; about how many bytes of lines are read in one go for one client."""
BACKFILL = timedelta(minutes=15)
"""How old the lines are that a client is sent first."""
BETWEEN_CHANGES, LONGEST_SILENCE = 0.25, 10.0
"""Seconds between two words of changes, at least and at most."""
LOOK_AGAIN = 5.0
"""Seconds after which is looked for runs again, should no change be noticed."""
MOST_WAITING = 2_000
"""How many events of a client may wait to be written; it is not read from meanwhile."""

END = object()
"""Stands after the last event of a client."""


def socket_routes(ask: Ask, changes: Changes, passwords: Passwords, settings: Settings) -> list[WebSocketRoute]:
    """The websockets, for an application whose operations are carried out by `ask`."""

    async def events_in(socket: WebSocket) -> None:
        if await opened(socket, passwords):
            await take_events(socket, ask)

    async def events_out(socket: WebSocket) -> None:
        if await opened(socket, passwords):
            await send_events(socket, ask, changes, is_on=settings.server.events.stream_out_enabled)

    async def logs_out(socket: WebSocket) -> None:
        if await opened(socket, passwords):
            await send_logs(socket, ask, changes)

    async def changes_out(socket: WebSocket) -> None:
        if await opened(socket, passwords):
            await tell_changes(socket, changes)

    async def task_runs_out(socket: WebSocket) -> None:
        if await opened(socket, passwords):
            await offer_task_runs(socket, ask, changes)

    return [
        WebSocketRoute("/task_runs/subscriptions/scheduled", task_runs_out),
        WebSocketRoute("/events/in", events_in),
        WebSocketRoute("/events/out", events_out),
        WebSocketRoute("/logs/out", logs_out),
        WebSocketRoute("/changes/out", changes_out),
    ]


async def opened(socket: WebSocket, passwords: Passwords) -> bool:
    """Open a socket if its client may come in; whether it may."""
    if SUBPROTOCOL not in socket.scope.get("subprotocols", ()):
        if passwords.are_asked_for:
            await socket.close(PROTOCOL_ERROR)
            return False
        await socket.accept()
        return True
    await socket.accept(subprotocol=SUBPROTOCOL)
    try:
        if not _says_who_it_is(await said(socket), passwords, socket.client.host if socket.client else ""):
            await socket.close(POLICY_VIOLATION, "Auth required")
            return False
        await socket.send_text('{"type":"auth_success"}')
    except (WebSocketDisconnect, RuntimeError):
        return False
    return True


def _says_who_it_is(told: Any, passwords: Passwords, address: str) -> bool:
    """Whether a client may come in; one whose address has to wait may not, whatever it says."""
    if not isinstance(told, dict) or told.get("type") != "auth" or passwords.seconds_to_wait(address):
        return False
    return passwords.are_right(str(told.get("token") or "").encode(), address)


async def take_events(socket: WebSocket, ask: Ask) -> None:
    """Write the events that a client sends, in their order, as many together as have come."""
    waiting: asyncio.Queue[Any] = asyncio.Queue(MOST_WAITING)
    writing = asyncio.create_task(_write(waiting, ask))
    try:
        while True:
            await waiting.put(json(await socket.receive_text()))
    except (WebSocketDisconnect, KeyError):
        pass
    finally:
        await waiting.put(END)
        await writing


async def _write(waiting: asyncio.Queue[Any], ask: Ask) -> None:
    """Write what waits until nothing more comes; one event that cannot be written does not keep others back."""
    more = True
    while more:
        events = [await waiting.get()]
        while not waiting.empty() and len(events) < MOST_TOGETHER:
            events.append(waiting.get_nowait())
        more = events[-1] is not END
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


async def send_logs(socket: WebSocket, ask: Ask, changes: Changes) -> None:
    """Send a client the log lines that it asks for, those of the last minutes first, then others as they come.

    It asks with `{"type": "filter", "filter": {...}}`; each line is `{"type": "log", "log": {...}}`.
    """
    asked = await said(socket)
    if not isinstance(asked, dict) or asked.get("type") != "filter" or not isinstance(asked.get("filter", {}), dict):
        await socket.close(PROTOCOL_ERROR, "Expected 'filter' message")
        return
    leaving = asyncio.create_task(until_it_leaves(socket))
    try:
        await _send_lines(socket, ask, changes, Lines(asked.get("filter") or {}), leaving)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        leaving.cancel()


async def tell_changes(socket: WebSocket, changes: Changes) -> None:
    """Tell a client whenever something was recorded, so that it asks again: `{"type": "change"}`."""
    leaving = asyncio.create_task(until_it_leaves(socket))
    try:
        while not leaving.done():
            with changes.noticed() as change:
                await socket.send_text('{"type":"change"}')
                await asyncio.sleep(BETWEEN_CHANGES)
                await change_or_leave(change, leaving, LONGEST_SILENCE)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        leaving.cancel()


async def offer_task_runs(socket: WebSocket, ask: Ask, changes: Changes) -> None:
    """Give a task worker the background task runs that it can carry out, one by one.

    It says which with `{"type": "subscribe", "keys": [...], "client_id": "..."}`, and `{"type": "ack"}` for each run;
    the next comes after that. With `{"type": "quit"}` it goes.
    """
    worker = Subscriber.of(await said(socket))
    if worker is None:
        await socket.close(PROTOCOL_ERROR, "Expected 'subscribe' message with keys and a client_id")
        return
    word = asyncio.create_task(said(socket, None))
    try:
        while not word.done():
            with changes.noticed() as change:
                run = await worker.next_run(ask)
                if run is None:
                    await change_or_leave(change, word, LOOK_AGAIN)
                    continue
                await socket.send_text(orjson.dumps(run).decode())
                if kind(await word) != "ack":
                    break
                worker.has_begun(run)
                word = asyncio.create_task(said(socket, None))
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        word.cancel()
        await ask(Request("DELETE", f"/engine/task_workers/{quote(worker.id, safe='')}"))


class Subscriber:
    """A task worker at the other end of a socket: which tasks it knows, and which runs it has."""

    def __init__(self, id: str, task_keys: list[str]) -> None:
        self.id = id
        self._task_keys = task_keys
        self._known: deque[str] = deque(maxlen=MOST_WAITING)

    @classmethod
    def of(cls, said: Any) -> Subscriber | None:
        """The worker that a message names; None for another message."""
        if kind(said) != "subscribe" or not isinstance(said.get("keys"), list) or not said.get("client_id"):
            return None
        return cls(str(said["client_id"]), [str(key) for key in said["keys"]])

    async def next_run(self, ask: Ask) -> Any:
        """The next run, which is this worker's from now on; None where there is none."""
        body = {"worker": self.id, "task_keys": self._task_keys, "known": list(self._known), "limit": 1}
        reply = await ask(Request("POST", "/engine/task_runs/take", {}, orjson.dumps(body)))
        taken = orjson.loads(reply.content) if reply.status == 200 else []
        if not taken:
            return None
        told = await ask(Request("GET", f"/task_runs/{taken[0]['id']}"))
        return orjson.loads(told.content) if told.status == 200 else None

    def has_begun(self, run: Any) -> None:
        """It said that it has a run."""
        self._known.append(run["id"])


async def _send_lines(socket: WebSocket, ask: Ask, changes: Changes, lines: Lines, leaving: asyncio.Task[None]) -> None:
    while not leaving.done():
        with changes.noticed() as change:
            reply = await ask(lines.request())
            if reply.status != 200:
                await socket.close(POLICY_VIOLATION, reply.content.decode(errors="replace")[:120])
                return
            for line in lines.fresh(reply.content):
                await socket.send_text(orjson.dumps({"type": "log", "log": line}).decode())
            if not lines.is_behind:
                await change_or_leave(change, leaving, 5.0)


class Lines:
    """Which lines a client asked for, and which it has been sent."""

    def __init__(self, filter: dict[str, Any]) -> None:
        self._filter = filter
        self._since = (datetime.now(timezone.utc) - BACKFILL).isoformat()
        self._passed = 0
        self._sent: deque[str] = deque(maxlen=10 * MOST_TOGETHER)
        self._together = FIRST_LINES
        self.is_behind = True
        """Whether there may be more lines at once."""

    def request(self) -> Request:
        """The request for the next lines; some of them may have been sent already."""
        wanted = {**self._filter, "timestamp": {**(self._filter.get("timestamp") or {}), "after_": self._since}}
        body = {"logs": wanted, "sort": "TIMESTAMP_ASC", "limit": self._together, "offset": self._passed}
        return Request("POST", "/logs/filter", {}, orjson.dumps(body))

    def fresh(self, content: bytes) -> list[dict[str, Any]]:
        """Those lines of an answer that have not been sent; they count as sent now."""
        found: list[dict[str, Any]] = orjson.loads(content)
        known = set(self._sent)
        fresh = [line for line in found if line["id"] not in known]
        self._sent.extend(line["id"] for line in fresh)
        self.is_behind = len(found) == self._together
        last = found[-1]["timestamp"] if found else self._since
        if last != self._since:
            self._since, self._passed = last, 0
        elif self.is_behind:  # all of them were logged in one moment, and there may be more of it
            self._passed += len(found)
        if found:
            self._together = min(max(BYTES_TOGETHER * len(found) // len(content), 1), MOST_TOGETHER)
        return fresh


def _events(events: list[Any]) -> Request:
    return Request("POST", "/events", {}, orjson.dumps(events))
