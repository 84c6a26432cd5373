"""The doors: who may talk to the server at all.

A browser that shows some other site's page must not reach the API: requests carry the `Host` they were meant for, which
a rebound name gives away, and the `Origin` of the page that sent them. Programs send no `Origin` and a `Host` from
`PREFECT_API_URL`, so they notice nothing. With an auth string every route asks for it but the two that tell whether the
server lives.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prefect.server.passwords import Passwords
from prefect.server.web_ui import WebUi
from prefect.settings import Settings

PUBLIC = frozenset({"/api/health", "/api/ready"})
"""Routes that ask nobody for anything."""
METHODS = "GET, POST, PUT, PATCH, DELETE"
HEADERS = "authorization, content-type, x-prefect-api-version"
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


class Guard:
    """Stands before an application and lets in who may come."""

    def __init__(self, app: ASGIApp, settings: Settings, web_ui: WebUi, passwords: Passwords) -> None:
        self.app = app
        self.passwords = passwords
        self.web_ui = web_ui
        api = settings.server.api
        self.hosts = {host.lower() for host in api.allowed_hosts}
        self.methods = _all_or(api.cors_allowed_methods, METHODS)
        self.allowed_headers = _all_or(api.cors_allowed_headers, HEADERS)
        self.security = {**SECURITY_HEADERS, "content-security-policy": _policy(web_ui.api_url)}
        self.origins = {origin.lower().rstrip("/") for origin in api.cors_allowed_origins if origin != "*"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None and self._is_for_pages(scope):
            answer = self.web_ui.answer(scope["path"], Headers(scope=scope).get("accept-encoding", ""))
            await answer(scope, receive, _with_headers(send, self.security))
        elif refused is None:
            await self.app(scope, receive, _with_headers(send, {**self.security, **self._cors(scope)}))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._host_is_ours(headers.getlist("host")):
            return _told(
                421, "This server does not answer to that Host. Set PREFECT_SERVER_API_ALLOWED_HOSTS to add it."
            )
        if self._is_for_pages(scope):
            return None
        if not self._origin_is_ours(headers):
            return _told(403, "Other sites' pages may not use this API. See PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS.")
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and "origin" in headers:
            return _preflight(headers["origin"], self.methods, self.allowed_headers)
        if scope["type"] == "http" and scope["path"] not in PUBLIC and self.passwords.are_asked_for:
            return self._refusal_of_strangers(headers, address_of(scope))
        return None

    def _refusal_of_strangers(self, headers: Headers, address: str) -> Response | None:
        wait = math.ceil(self.passwords.seconds_to_wait(address))
        if wait:
            message = f"There were too many wrong passwords from your address; try again in {wait} s."
            return _told(429, message, {"retry-after": str(wait)})
        if not self.passwords.are_right(credentials(headers.get("authorization", "")), address):
            return _told(401, "Unauthorized", {"www-authenticate": _challenge(headers)})
        return None

    def _is_for_pages(self, scope: Scope) -> bool:
        """Pages hold nothing but programs: links on other sites may lead to them, and they ask who somebody is."""
        return scope["type"] == "http" and self.web_ui.shows(scope["method"], scope["path"])

    def _host_is_ours(self, hosts: list[str]) -> bool:
        """Loopback names, addresses, names without a dot, and those that the settings name."""
        if len(hosts) != 1:
            return False
        name = _host_name(hosts[0])
        return bool(name) and (
            _is_address(name) or "." not in name or name.endswith(".localhost") or name in self.hosts
        )

    def _origin_is_ours(self, headers: Headers) -> bool:
        origins = headers.getlist("origin")
        if not origins:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        return len(origins) == 1 and self._is_known_origin(origins[0].lower(), headers["host"].lower())

    def _is_known_origin(self, origin: str, host: str) -> bool:
        return origin.rstrip("/") in self.origins or urlsplit(origin).netloc == host

    def _cors(self, scope: Scope) -> dict[str, str]:
        origin = Headers(scope=scope).get("origin")
        if origin is None or origin.lower().rstrip("/") not in self.origins:
            return {}
        return {"access-control-allow-origin": origin, "vary": "Origin"}


def credentials(header: str) -> bytes:
    """What a header of basic authentication carries; nothing where it is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def address_of(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _challenge(headers: Headers) -> str:
    """How one may say who one is. To a page's own requests it has another name, or the browser would ask the user."""
    is_from_page = headers.get("sec-fetch-mode", "navigate") != "navigate"
    return f'{"X-Basic" if is_from_page else "Basic"} realm="prefect"'


@lru_cache(maxsize=1024)
def _host_name(host: str) -> str:
    """A host without its port, in lower case; empty for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


@lru_cache(maxsize=1024)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _preflight(origin: str, methods: str, headers: str) -> Response:
    return Response(
        status_code=204,
        headers={
            "access-control-allow-origin": origin,
            "access-control-allow-methods": methods,
            "access-control-allow-headers": headers,
            "vary": "Origin",
        },
    )


def _told(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"exception_message": message}, status, headers)


def _all_or(said: Sequence[str], all_of_them: str) -> str:
    """What the settings allow to other sites' pages, as a header lists it; `*` allows all that the API knows."""
    return all_of_them if "*" in said else ", ".join(said)


def _policy(api_url: str | None) -> str:
    """Where pages may ask: the server that they come from, and the API where that is elsewhere."""
    policy, address = SECURITY_HEADERS["content-security-policy"], urlsplit(api_url or "")
    if not address.netloc:
        return policy
    return policy.replace("connect-src 'self'", f"connect-src 'self' {address.scheme}://{address.netloc}")


def _with_headers(send: Send, more: Mapping[str, str]) -> Send:
    """What sends an answer with more headers, but for those that it has already."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            names = {name for name, _ in headers}
            message["headers"] = [*headers, *(pair for pair in _raw(more) if pair[0] not in names)]
        await send(message)

    return sent


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def listens_beyond_this_machine(host: str) -> bool:
    """Whether others than this machine's own programs can reach an address."""
    if host.lower() == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


__all__ = ["Guard", "listens_beyond_this_machine"]
