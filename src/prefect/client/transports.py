"""How a client's requests reach the operations: inside this process, or over HTTP.

Embedded, a request is carried out here on the local database. With `PREFECT_API_URL` it goes to a server, and is tried
again while the server is away or says that it is busy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from prefect._api.dispatching import Reply, Request, dispatch
from prefect._api.repeating import HEADER
from prefect._api.routing import Here
from prefect._api.table import routes_for
from prefect._clock import new_id, now
from prefect._domain.addresses import without_password
from prefect._domain.version import VERSION
from prefect._interrupting import uninterrupted
from prefect._store.database import Database
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import Settings, get_current_settings

if TYPE_CHECKING:
    import ssl

    import httpx

API_VERSION = "0.8.4"
"""The version of the REST API that we speak."""
BUSY = frozenset({408, 429, 502, 503, 504, 507})
"""Answers after which a request is tried again."""
REMOVED = Reply(204)
"""What one is told who asks again for the removal of what is not there any more."""
LONGEST_DELAY = 60.0
LOOK_EVERY = 0.5
"""Seconds between two looks whether the sender has given up."""
SOON = 10.0
"""Seconds without an answer after which a request that is patiently repeated is sent again on another connection: this
one may lead nowhere any more, without anybody having been told."""
FIRST_PATIENCE = 0.5
"""Seconds for which one tries to reach a server that has not answered this process yet."""
SHORT_PATIENCE = 2.0
"""Seconds of patience of which nobody need be told."""
_answered: set[str] = set()
"""The servers that have answered this process: they are there, and come back."""
_random = Random()
logger = logging.getLogger("prefect.client")


class Transport(Protocol):
    """Carries a request to the operations and brings the answer."""

    def send(self, request: Request) -> Reply: ...
    def close(self) -> None: ...


class LocalTransport:
    """Carries requests out in this process, on a database."""

    def __init__(self, db: Database) -> None:
        self.db = db

    @uninterrupted
    def send(self, request: Request) -> Reply:
        here = Here(self.db, now, new_id, get_current_settings())
        return dispatch(routes_for(request.path), here, request)

    def close(self) -> None:
        """The database belongs to whoever opened it."""


class HttpTransport:
    """Carries requests to a server; one whose answer was lost is sent again under its key (`_api/repeating.py`)."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        patience: float | None = None,
        gives_up: Callable[[], bool] = lambda: False,
        *,
        timeout: float | None = None,
        beside: HttpTransport | None = None,
    ) -> None:
        """With `patience`, requests are sent again for so many seconds, however often, unless the sender `gives_up`.

        `timeout` is how many seconds an answer is waited for; without it, as many as the settings say. One that is
        `beside` another shares its connections, and is closed with it.
        """
        self.url = url.rstrip("/")
        self._gives_up = gives_up
        self.delays = Delays(settings, patience)
        self._timeout = _longest(settings, patience, timeout)
        self._http: httpx.Client = http_client(self.url, settings, self._timeout) if beside is None else beside._http
        self._brings_tokens: bool = settings.client.csrf_support_enabled
        self._client = str(new_id())
        self._token: dict[str, str] = {}
        self._said_so = False

    def send(self, request: Request) -> Reply:
        """The server's answer. Raises `ServerUnreachable` where it cannot be reached in time."""
        from prefect.utilities.lean_httpx import httpx

        delays, key, is_repeated, since = iter(self.delays), str(new_id()), False, time.monotonic()
        while True:
            try:
                reply = self._sent(request, key)
            except (httpx.TransportError, OSError) as error:
                delay, is_repeated, waited = next(delays, None), True, time.monotonic() - since
                is_over = isinstance(error, httpx.ConnectError) and self._was_never_there(waited)
                if delay is None or is_over or self._gives_up():
                    raise ServerUnreachable(self.url, error) from error
                self._say_that_it_waits(error, waited)
            else:
                _answered.add(self.url)
                if is_repeated and request.method == "DELETE" and reply.status == 404:
                    return REMOVED
                if reply.status not in self.delays.codes:
                    return reply
                delay = next(delays, None)
                if delay is None or self._gives_up():
                    return reply
                delay = max(delay, asked_to_wait(reply.headers))
            self._pause(delay)

    def _was_never_there(self, waited: float) -> bool:
        """Whether to take an address at which nobody listens for a wrong one; whoever is to be patient never does."""
        return self.delays.patience is None and waited > FIRST_PATIENCE and self.url not in _answered

    def _say_that_it_waits(self, error: Exception, waited: float) -> None:
        """Tell once of a server that has never answered this process, and for which it is patient."""
        is_patient = (self.delays.patience or 0) > SHORT_PATIENCE
        if self._said_so or not is_patient or waited <= FIRST_PATIENCE or self.url in _answered:
            return
        self._said_so = True
        logger.warning("%s It is asked again for %g seconds.", ServerUnreachable(self.url, error), self.delays.patience)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._gives_up():
            time.sleep(min(left, LOOK_EVERY))

    def _sent(self, request: Request, key: str) -> Reply:
        reply = self._sent_once(request, key)
        if reply.status == 403 and b"CSRF" in reply.content and self._takes_token():
            return self._sent_once(request, key)
        return reply

    def _takes_token(self) -> bool:
        """Get a token from a server that asks for one; whether there was one to be had."""
        if not self._brings_tokens:
            return False
        answer = self._http.get("csrf-token", params={"client": self._client})
        if answer.status_code == 200:
            self._token = {"prefect-csrf-client": self._client, "prefect-csrf-token": answer.json()["token"]}
        return answer.status_code == 200

    def _sent_once(self, request: Request, key: str) -> Reply:
        headers = {"content-type": "application/json", **self._token} if request.body else dict(self._token)
        if request.method == "POST":
            headers[HEADER] = key
        answer = self._http.request(
            request.method,
            request.path.lstrip("/"),
            params=_plain_query(request.query),
            content=request.body or None,
            headers=headers,
            timeout=self._timeout,
        )
        return Reply(answer.status_code, answer.content, answer.headers)

    def close(self) -> None:
        self._http.close()


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds after which a server wants to be asked again; a moment in words says no number."""
    asked = headers.get("retry-after", "")
    return min(float(asked), LONGEST_DELAY) if asked.isdecimal() else 0.0


class Delays:
    """Seconds to wait before each further try; no more of them when the tries, or the time for them, are used up.

    With `patience`, a request is tried again for so many seconds, however often.
    """

    def __init__(self, settings: Settings, patience: float | None = None) -> None:
        self.tries = settings.client.max_retries
        self.jitter = settings.client.retry_jitter_factor
        self.codes = BUSY | {int(code) for code in settings.client.retry_extra_codes}
        self.patience = patience

    def __iter__(self) -> Iterator[float]:
        started, count = time.monotonic(), 0
        while self._go_on(count, time.monotonic() - started):
            delay = min(0.1 * 2**count, 5.0) if self.patience is not None else 2.0**count
            yield delay * (1 + self.jitter * _random.random())
            count += 1

    def _go_on(self, count: int, waited: float) -> bool:
        return count < self.tries if self.patience is None else waited < self.patience


class ServerUnreachable(PrefectHTTPStatusError):
    """A server does not answer."""

    def __init__(self, url: str, error: Exception) -> None:
        reason = str(error).rstrip(".") or type(error).__name__
        super().__init__(
            f"The server at {without_password(url)} cannot be reached: {reason}. "
            "Is it running (prefect server start), and is PREFECT_API_URL right?"
        )
        self.url = url


def _longest(settings: Settings, patience: float | None, timeout: float | None) -> float:
    """Seconds that an answer is waited for."""
    most: float = settings.api.request_timeout
    return min(most, timeout if timeout is not None else most if patience is None else SOON)


def http_client(url: str, settings: Settings, timeout: float) -> httpx.Client:
    """A client for a server, which has connected to nothing yet."""
    from prefect.utilities.lean_httpx import httpx

    return httpx.Client(**{**http_options(url, settings), "timeout": timeout})


def http_options(url: str, settings: Settings) -> dict[str, Any]:
    """The options of an HTTP client for a server."""
    from prefect.utilities.lean_httpx import httpx

    api = settings.api
    headers = {
        "x-prefect-api-version": API_VERSION,
        "user-agent": f"prefect/{VERSION} (API {API_VERSION})",
        **settings.client.custom_headers,
    }
    user, _, password = (api.auth_string or "").partition(":")
    if api.key and not api.auth_string:
        headers["authorization"] = f"Bearer {api.key}"
    return {
        "base_url": f"{url}/",
        "headers": headers,
        "auth": httpx.BasicAuth(user, password) if api.auth_string else None,
        "timeout": httpx.Timeout(api.request_timeout),
        "verify": _verified(url, settings),
        "limits": httpx.Limits(max_connections=16, max_keepalive_connections=16),
    }


def _verified(url: str, settings: Settings) -> Any:
    """What httpx is told of certificates; without TLS nothing, since reading those to trust takes 30 ms."""
    if not url.startswith("https:") or settings.api.tls_insecure_skip_verify:
        return _trusting_all()
    return settings.api.ssl_cert_file or True


@cache
def _trusting_all() -> ssl.SSLContext:
    """A context for clients that check no certificate; httpx makes one for each of its clients, which takes 2 ms."""
    from prefect.utilities.lean_httpx import httpx

    return httpx.create_ssl_context(verify=False)


def _plain_query(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def body_of(value: Any) -> bytes:
    """A body as JSON."""
    return orjson.dumps(value, default=str)
