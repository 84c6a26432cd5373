"""Ways of httpx that reach public addresses alone, for packages that call what others have written down.

    httpx.Client(transport=SSRFProtectedHTTPTransport())

What counts is the address that is connected to: a name is resolved once, and what it was then is called.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

from prefect._domain.public_addresses import is_public
from prefect.blocks._guard import sent_to
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.lean_httpx import httpx


class SSRFProtectedHTTPTransport(httpx.HTTPTransport):
    """As `httpx.HTTPTransport`; raises `httpx.ConnectError` for an address that is not public."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(sent_to(_public_address(request), request))


class SSRFProtectedAsyncHTTPTransport(httpx.AsyncHTTPTransport):
    """As `httpx.AsyncHTTPTransport`; raises `httpx.ConnectError` for an address that is not public."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await super().handle_async_request(sent_to(await in_thread(_public_address, request), request))


def _public_address(request: httpx.Request) -> str:
    """The address at which the host of a request is called. Raises `httpx.ConnectError` unless all of it are public."""
    host = request.url.host
    try:
        found = [str(told[4][0]) for told in socket.getaddrinfo(host, request.url.port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise _refused(host, "It could not be resolved.", request) from error
    for address in found:
        if not is_public(ip_address(address.partition("%")[0])):
            raise _refused(host, f"It resolves to the private address {address}.", request)
    return found[0]


def _refused(host: str, why: str, request: httpx.Request) -> httpx.ConnectError:
    return httpx.ConnectError(f"Refusing to connect to {host!r}: {why}", request=request)


__all__ = ["SSRFProtectedAsyncHTTPTransport", "SSRFProtectedHTTPTransport"]
