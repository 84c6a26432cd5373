"""Addresses of servers and databases, and the passwords in them."""

from __future__ import annotations

import re

MASK = "********"
OF_A_USER = re.compile(r"(://[^:/@]*:)(.+)(@)")
IN_A_QUERY = re.compile(r"([?&](?:password|sslpassword|token)=)([^&#]+)()")


def without_password(address: str) -> str:
    """The address as it may be shown."""
    shown = OF_A_USER.sub(rf"\1{MASK}\3", address)
    return IN_A_QUERY.sub(rf"\1{MASK}\3", shown)


def as_websocket(address: str) -> str:
    """The address of an API by `http` as one by `ws`, without a slash at its end."""
    return re.sub(r"^http", "ws", address).rstrip("/")


def passwords_in(address: str) -> list[str]:
    """The passwords that the address holds, as they are written in it."""
    return [found.group(2) for pattern in (OF_A_USER, IN_A_QUERY) for found in pattern.finditer(address)]
