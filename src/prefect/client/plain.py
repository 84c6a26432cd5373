"""The API as plain HTTP, for what programs ask of it themselves: `client._client.get("/admin/version")`.

The clients are those of httpx; their requests go the way of the client that they belong to, which may be no network.
"""

from __future__ import annotations

from prefect._api.dispatching import Reply, Request
from prefect.client.operations import message_of
from prefect.client.transports import Transport
from prefect.exceptions import PrefectHTTPStatusError
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.lean_httpx import httpx

BASE = "http://api"
"""Stands before the paths, since httpx wants an address."""


def plain_client(transport: Transport) -> httpx.Client:
    """A client that gives answers as they are, and raises `PrefectHTTPStatusError` for those that tell of an error."""
    return httpx.Client(base_url=BASE, transport=_Through(transport), event_hooks={"response": [_require_success]})


def plain_async_client(transport: Transport) -> httpx.AsyncClient:
    """As `plain_client`, awaited."""
    through = _ThroughInThread(transport)
    return httpx.AsyncClient(base_url=BASE, transport=through, event_hooks={"response": [_arequire_success]})


class _Through(httpx.BaseTransport):
    """Sends requests on a way of ours."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _response(self._transport.send(_asked(request, request.read())))


class _ThroughInThread(httpx.AsyncBaseTransport):
    """Sends requests on a way of ours, in a worker thread."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return _response(await in_thread(self._transport.send, _asked(request, await request.aread())))


def _asked(request: httpx.Request, body: bytes) -> Request:
    path = request.url.raw_path.decode().partition("?")[0]
    query = {name: request.url.params.get_list(name) for name in request.url.params}
    single = {name: values[0] if len(values) == 1 else values for name, values in query.items()}
    return Request(request.method, path, single, body)


def _response(reply: Reply) -> httpx.Response:
    headers = {"content-type": "application/json", **reply.headers}
    return httpx.Response(reply.status, content=reply.content, headers=headers)


def _require_success(response: httpx.Response) -> None:
    response.read()
    _raise_for(response)


async def _arequire_success(response: httpx.Response) -> None:
    await response.aread()
    _raise_for(response)


def _raise_for(response: httpx.Response) -> None:
    if response.is_error:
        reason = message_of(response.content)
        request, status = response.request, response.status_code
        told = f"{request.method} {request.url.path} was answered with {status}: {reason}"
        raise PrefectHTTPStatusError(told, status=status, reason=reason, response=response)


__all__ = ["plain_async_client", "plain_client"]
