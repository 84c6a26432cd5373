"""Which addresses of the network belong to everybody, and which to somebody's own ground.

A server that calls addresses on behalf of others must not be made to call its own machine, its neighbours, or the
service by which a cloud tells a machine its secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

IpAddress: TypeAlias = IPv4Address | IPv6Address

TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""IPv6 addresses that lead, by translation, to the IPv4 address in their last 32 bits (RFC 6052, RFC 8215)."""
COMPATIBLE = IPv6Network("::/96")
"""The oldest way to write an IPv4 address as an IPv6 one."""
OF_CLOUDS = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
"""Addresses that look public, at least to older Pythons, and at which a cloud answers its machines."""


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the public internet, however it is written."""
    return all(_is_public(meant) for meant in _meant_by(address))


def _is_public(address: IpAddress) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in OF_CLOUDS)


def _meant_by(address: IpAddress) -> Iterator[IpAddress]:
    """The addresses to which a packet for this one may come."""
    if not isinstance(address, IPv6Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    if address.sixtofour is not None:
        yield address.sixtofour
    if address in COMPATIBLE or any(address in network for network in TRANSLATED):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    yield address


def networks_of(names: Iterable[str]) -> list[str]:
    """Those of some names that are addresses or networks, `10.0.0.0/8`."""
    return [name for name in names if _is_network(name)]


def _is_network(name: str) -> bool:
    try:
        ip_network(name, strict=False)
    except ValueError:
        return False
    return True


def lies_in(address: IpAddress, networks: Iterable[str]) -> bool:
    """Whether an address, or the IPv4 one that it stands for, lies in one of the networks."""
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    return any(plain in ip_network(network, strict=False) for network in networks)


def read_address(text: str) -> IpAddress | None:
    """The address that a text is, without the name of a network interface; None for a name."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
