"""Keeps what is sent on behalf of others away from private ground.

A program may call what it likes. A server that sends a notification calls an address that somebody else has written
down, so it calls public addresses alone, and those that its settings name. What counts is the address that is
connected to, not the one that is written: names, redirects and odd spellings all come down to it.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from prefect._domain.public_addresses import IpAddress, is_public, lies_in, networks_of, read_address
from prefect.utilities.lean_httpx import httpx

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a name, as texts. Raises `OSError` where it has none."""

SETTING = "PREFECT_SERVER_NOTIFICATIONS_PRIVATE_HOSTS"
CONNECTING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
STARTING: Final = frozenset({"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"})


def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as the machine resolves it."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def public_addresses(url: str, resolve: Resolve = looked_up) -> list[str]:
    """The addresses behind an `http` URL. Raises `ValueError` unless all of them are public."""
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{shown!r} is no address of a public host: only http:// and https:// ones are.")
    host = parts.hostname
    try:
        found = resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    except (OSError, UnicodeError) as error:
        raise ValueError(f"There is no host {host!r}: {error}.") from error
    for text in found:
        address = read_address(text)
        if address is None or not is_public(address):
            raise ValueError(f"{shown!r} leads to the private address {text}. Private addresses are not called here.")
    if not found:
        raise ValueError(f"There is no host {host!r}.")
    return list(found)


def sent_to(address: str, request: httpx.Request) -> httpx.Request:
    """The same request, sent to an address; the server is asked by its name, and so is one that it redirects to."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={"sni_hostname": request.url.host, **request.extensions},
    )


class PublicTransport(httpx.BaseTransport):
    """Sends to public addresses alone: a name is resolved once, and what it was then is connected to."""

    def __init__(self, resolve: Resolve = looked_up, **options: Any) -> None:
        self.resolve = resolve
        self.inner = httpx.HTTPTransport(**options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        addresses = public_addresses(str(request.url), self.resolve)
        return self.inner.handle_request(sent_to(addresses[0], request))

    def close(self) -> None:
        self.inner.close()


def confine_this_process(private_hosts: Iterable[str] = ()) -> list[str]:
    """From now on this process connects to public addresses alone, and starts no other process. There is no way back.

    `private_hosts` are further names, addresses and networks that it may connect to; so is the proxy that the
    environment names, which then is the one to say where calls may go. What is refused is told in the list that is
    returned, for libraries keep it to themselves.
    """
    refused: list[str] = []
    named = list(private_hosts)
    networks = [*networks_of(named), *_networks_of_names(name for name in named if not networks_of([name]))]
    networks += _networks_of_names(_proxies())

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        reason = "A notification starts no process." if event in STARTING else None
        if event in CONNECTING:
            reason = _objection(arguments[1], networks)
        if reason is not None:
            refused.append(reason)
            raise PermissionError(reason)

    sys.addaudithook(watch)
    return refused


def _objection(target: Any, networks: Sequence[str]) -> str | None:
    """Why something may not be connected to, or None where it may."""
    if target is None:  # of a socket that is connected already
        return None
    address = read_address(str(target[0])) if isinstance(target, tuple) else None
    if address is not None and (is_public(address) or lies_in(address, networks)):
        return None
    return (
        f"Automations send nothing to the private address {address or repr(target)}. Set {SETTING} to the hosts or "
        "networks to which they may."
    )


def _networks_of_names(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            yield from (str(ipaddress.ip_address(text.partition("%")[0])) for text in looked_up(name, 0))
        except (OSError, UnicodeError):
            continue


def _proxies() -> Iterator[str]:
    for scheme, url in getproxies().items():
        host = urlsplit(url if "://" in url else f"//{url}").hostname
        if scheme != "no" and host:
            yield host


__all__ = [
    "SETTING",
    "IpAddress",
    "PublicTransport",
    "confine_this_process",
    "looked_up",
    "public_addresses",
    "sent_to",
]
