"""The HTTP edge: requests come in, operations answer.

Everything under `/api` is one entrance (`Api`): it reads the request, has an operation carried out in a worker thread
(`_api/dispatching.py`), and sends the answer. What guards the doors stands before it, in `guards.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from prefect._api.dispatching import NO_MEMORY, Reply, Request, not_found, reply_to_error
from prefect._api.repeating import ids_for
from prefect._api.routing import Found, Here
from prefect._api.table import all_routes
from prefect._clock import new_id, now
from prefect._domain.metrics import CONTENT_TYPE
from prefect._orchestration.csrf import is_good
from prefect._orchestration.duties.accounts import Account
from prefect._store.database import Database
from prefect.server.bodies import LARGEST_BODY, LARGEST_LOGS, Bodies
from prefect.server.description import openapi
from prefect.server.documents import Documents
from prefect.server.guards import Guard
from prefect.server.lanes import Lanes
from prefect.server.metrics import Metrics
from prefect.server.moved import USUAL, Moved, base_path_of
from prefect.server.pages import docs
from prefect.server.passwords import Passwords
from prefect.server.returning import Returning
from prefect.server.shortage import Shortage, is_of_memory
from prefect.server.sockets import socket_routes
from prefect.server.waiting import Changes
from prefect.server.web_ui import WebUi
from prefect.settings import Settings

LOOK_AGAIN = 5.0
"""Seconds after which a request that waits is asked again, should no change be noticed."""
LONGEST_WAIT = 60.0
"""Seconds that a request may ask to wait for something to come."""
METRICS = ("/metrics", "/api/metrics")
NOTHING = (b"[]", b"null")
"""Answers after which a request that waits is asked again."""
NOTHING_HERE = {"detail": "There is nothing here. The REST API is under /api: does PREFECT_API_URL end with it?"}
NO_TOKEN = Reply(403, b'{"detail":"Invalid CSRF token or client identifier. GET /csrf-token?client=... gives one."}')
NOT_JSON = Reply(415, b'{"exception_message":"A body is JSON: send Content-Type: application/json."}')


class Api:
    """The entrance to the operations, as an ASGI application."""

    def __init__(
        self, db: Database, settings: Settings, changes: Changes, shortage: Shortage, duties: Mapping[str, Account]
    ) -> None:
        self.db = db
        self.shortage = shortage
        self.duties = duties
        self.settings = settings
        self.changes = changes
        self.routes = all_routes()
        self.lanes = Lanes()
        self.bodies = Bodies()
        self.returning = Returning()
        self.metrics = Metrics(db, self.lanes, duties)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # of a path that has none
            await send({"type": "websocket.close", "code": 1008})
            return
        began = time.perf_counter()
        reply = await self._answer_to(HttpRequest(scope, receive))
        waits = b"wait=" in scope["query_string"]
        self.metrics.requests.note(scope["method"], reply.status, time.perf_counter() - began, waits=waits)
        headers = {"content-type": "application/json", **reply.headers} if reply.content else reply.headers
        await Response(reply.content, reply.status, headers)(scope, receive, send)

    async def _answer_to(self, http: HttpRequest) -> Reply:
        try:
            return await self._answer(http)
        except Exception as error:  # noqa: BLE001  # an edge answers, whatever happens
            return reply_to_error(error, Request(http.method, _path_below_api(http.scope)), new_id())

    async def _answer(self, http: HttpRequest) -> Reply:
        path = _path_below_api(http.scope)
        body = await self.bodies.read(http, LARGEST_LOGS if path.startswith("/logs") else LARGEST_BODY)
        if isinstance(body, Reply):
            return body
        try:
            return await self._answer_read(http, path, body)
        finally:
            self.bodies.let_go(body)

    async def _answer_read(self, http: HttpRequest, path: str, body: bytes) -> Reply:
        if body and not _is_json(http.headers):
            return NOT_JSON
        if not await self._brings_its_token(http):
            return NO_TOKEN
        request = Request(http.method, path, dict(http.query_params), body)
        found = self.routes.find(request.method, request.path)
        if not isinstance(found, Found):
            return not_found(request, found)
        if found.route.waits:
            return await self._waited_for(found, request, http)
        return await self._carried_out(found, request, http.headers)

    async def _brings_its_token(self, http: HttpRequest) -> bool:
        """Whether a request that changes something brings its client's token, where the settings ask for one."""
        if not self.settings.server.api.csrf_protection_enabled or http.method in ("GET", "HEAD"):
            return True
        client, token = (http.headers.get(f"prefect-csrf-{name}", "") for name in ("client", "token"))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.lanes.reading.threads, partial(is_good, self.db, client, token, now=now())
        )

    async def tell_metrics(self, http: HttpRequest) -> Response:
        """The figures of this server, for Prometheus."""
        try:
            gathering = asyncio.get_running_loop().run_in_executor(self.lanes.reading.threads, self.metrics.text)
            return PlainTextResponse(await gathering, headers={"content-type": CONTENT_TYPE})
        except Exception as error:  # noqa: BLE001  # an edge answers, whatever happens
            reply = reply_to_error(error, Request(http.method, "/metrics"), new_id())
            return Response(reply.content, reply.status, {"content-type": "application/json", **reply.headers})

    async def ask(self, request: Request) -> Reply:
        """Have an operation carried out for another part of the server."""
        found = self.routes.find(request.method, request.path)
        return await self._carried_out(found, request, {}) if isinstance(found, Found) else not_found(request, found)

    async def _carried_out(self, found: Found, request: Request, headers: Mapping[str, str]) -> Reply:
        return await self._carried_out_here(found, request, self._here(headers))

    def _here(self, headers: Mapping[str, str]) -> Here:
        return Here(self.db, now, ids_for(headers, new_id), self.settings, headers, duties=self.duties)

    async def _carried_out_here(self, found: Found, request: Request, here: Here) -> Reply:
        lane = self.lanes.lane_for(found.route)
        try:
            reply = await lane.carry_out(found, here, request)
        except (MemoryError, RuntimeError) as error:
            if not is_of_memory(error):
                raise
            reply = NO_MEMORY
        if lane is not self.lanes.signs:
            self.shortage.note(reply, len(request.body))
        self.returning.note(request, reply)
        return reply

    async def _waited_for(self, found: Found, request: Request, http: HttpRequest) -> Reply:
        """Ask again whenever something has changed, until there is an answer or the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _wait_asked_for(http)
        while True:
            with self.changes.noticed(soon=found.route.is_urgent) as change:
                here = self._here(http.headers)
                reply = await self._carried_out_here(found, request, here)
                left = deadline - loop.time()
                if reply.content not in NOTHING or left <= 0 or await http.is_disconnected():
                    return reply
                await change.wait(min(left, LOOK_AGAIN, _until(here.ask_again_at)))


class Straight:
    """Hands requests for operations to their entrance; all others find theirs along the routes of an application."""

    def __init__(self, api: Api, others: ASGIApp, beside: Collection[str]) -> None:
        """`beside` are paths below that of the operations which are none."""
        self.api = api
        self.others = others
        self.beside = frozenset(beside)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{USUAL}/") and scope["path"] not in self.beside:
            await self.api({**scope, "root_path": f"{scope.get('root_path', '')}{USUAL}"}, receive, send)
        else:
            await self.others(scope, receive, send)


def _until(moment: datetime | None) -> float:
    """Seconds until a moment; without one, as long as one likes."""
    return max((moment - now()).total_seconds(), 0.0) if moment is not None else LONGEST_WAIT


def _wait_asked_for(http: HttpRequest) -> float:
    try:
        return min(max(float(http.query_params.get("wait", 0)), 0.0), LONGEST_WAIT)
    except ValueError:
        return 0.0


def _path_below_api(scope: Scope) -> str:
    """The path as it was sent, its parts still quoted: what is quoted in a name separates nothing."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("ascii", "replace").partition("?")[0]
    below = scope.get("root_path", "")
    return str(path[len(below) :]) if path.startswith(below) else str(path)


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def nowhere(request: HttpRequest, web_ui: WebUi) -> Response:
    """What is told of a path that leads nowhere: to people a page with the way back, to programs a sentence."""
    if web_ui.absence is None and "text/html" in request.headers.get("accept", ""):
        return web_ui.page(request.scope["path"], status=404)
    return JSONResponse(NOTHING_HERE, 404)


def create_app(
    db: Database,
    settings: Settings,
    web_ui: WebUi,
    *,
    give_up: Callable[[], None] = lambda: None,
    duties: Mapping[str, Account] | None = None,
) -> ASGIApp:
    """The whole application over a database, with the accounts of the duties that its process carries out.

    `give_up` is called when there is no memory for anything any more.
    """
    changes = Changes(db)
    api = Api(db, settings, changes, Shortage(give_up), duties or {})
    passwords = Passwords(settings.server.api.auth_string)
    documents = Documents()

    @asynccontextmanager
    async def living(app: Starlette) -> AsyncIterator[None]:
        await api.ask(Request("POST", "/block_types/install_system_block_types"))
        with changes.watched():
            yield
        api.returning.cancel()
        api.lanes.close()

    beside = [
        Route("/openapi.json", lambda request: JSONResponse(openapi())),
        Route("/api/openapi.json", lambda request: JSONResponse(openapi())),
        *(Route(path, api.tell_metrics) for path in METRICS if settings.server.metrics_enabled),
        Route("/docs", lambda request: HTMLResponse(docs(beside_documents=documents.are_there))),
        *([Route("/docs/{path:path}", documents.answer)] if documents.are_there else []),
    ]
    others = Starlette(
        routes=[
            *beside,
            Mount(USUAL, routes=[*socket_routes(api.ask, changes, passwords, settings), Mount("/", app=api)]),
        ],
        lifespan=living,
        exception_handlers={404: lambda request, error: nowhere(request, web_ui)},
    )
    guarded = Guard(Straight(api, others, [route.path for route in beside]), settings, web_ui, passwords)
    base = base_path_of(settings.server.api.base_path)
    return guarded if base == USUAL else Moved(guarded, base)
