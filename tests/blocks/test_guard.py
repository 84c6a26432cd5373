"""What is private, however it is written, is not called on behalf of others."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from prefect.blocks._guard import PublicTransport, public_addresses

KNOWN = {
    "example.com": ["93.184.216.34"],
    "six.example.com": ["2606:2800:220:1::1"],
    "inside.example.com": ["10.1.2.3"],
    "both.example.com": ["93.184.216.34", "127.0.0.1"],
    "nowhere.example.com": [],
    "localhost": ["127.0.0.1", "::1"],
    "metadata.google.internal": ["169.254.169.254"],
    # as inet_aton reads them
    "2130706433": ["127.0.0.1"],
    "0x7f000001": ["127.0.0.1"],
    "0177.0.0.1": ["127.0.0.1"],
    "127.1": ["127.0.0.1"],
    "0": ["0.0.0.0"],
    "2852039166": ["169.254.169.254"],
}


class Resolver:
    """Resolves names as it was told, and writes down which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in KNOWN:
            return KNOWN[host]
        if host[0].isdigit() or ":" in host:
            return [host]
        raise OSError("not known")


REFUSED = [
    "http://localhost/",
    "http://localhost:4200/api",
    "http://LOCALHOST/",
    "http://127.0.0.1/",
    "http://127.8.8.8/",
    "http://127.1/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://metadata.google.internal/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@localhost/",
    "http://inside.example.com/",
    "http://both.example.com/",
    "http://nowhere.example.com/",
    "http://unknown.example.com/",
    "http:///nothing",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "",
]
ALLOWED = [
    ("http://example.com/", ["93.184.216.34"]),
    ("https://example.com:8443/x?y#z", ["93.184.216.34"]),
    ("http://user:password@example.com/", ["93.184.216.34"]),
    ("http://127.0.0.1@example.com/", ["93.184.216.34"]),
    ("http://six.example.com/", ["2606:2800:220:1::1"]),
    ("http://8.8.8.8/", ["8.8.8.8"]),
    ("http://[::ffff:8.8.8.8]/", ["::ffff:8.8.8.8"]),
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_public_is_refused(url: str) -> None:
    resolver = Resolver()

    with pytest.raises(ValueError, match=r"private address|no address of a public host|no host"):
        public_addresses(url, resolver)

    assert len(resolver.asked) <= 1


@pytest.mark.parametrize(("url", "addresses"), ALLOWED)
def test_a_public_name_is_resolved_once(url: str, addresses: list[str]) -> None:
    resolver = Resolver()

    assert public_addresses(url, resolver) == addresses
    assert len(resolver.asked) == 1


@contextmanager
def socket_that_listens() -> Iterator[int]:
    """The port of a socket of this machine that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def confined(program: str, private_hosts: list[str]) -> str:
    """What a program prints that is confined."""
    text = f"""
import socket, subprocess
from prefect.blocks._guard import confine_this_process
refused = confine_this_process({private_hosts!r})
try:
    {textwrap.indent(textwrap.dedent(program), "    ").strip()}
except PermissionError as error:
    print("refused:", error, refused == [str(error)])
else:
    print("done", refused)
"""
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_a_confined_process_connects_to_no_private_address(host: str) -> None:
    with socket_that_listens() as port:
        told = confined(f"socket.create_connection(({host!r}, {port}))", [])

    assert told.startswith("refused: ")
    assert "PREFECT_SERVER_NOTIFICATIONS_PRIVATE_HOSTS" in told
    assert told.endswith("True\n")


@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.0/8", "localhost"])
def test_a_confined_process_connects_to_what_it_is_let(named: str) -> None:
    with socket_that_listens() as port:
        assert confined(f"socket.create_connection(('127.0.0.1', {port}))", [named]) == "done []\n"


@pytest.mark.parametrize(
    "program",
    [
        "subprocess.run(['true'])",
        "__import__('os').system('true')",
        "socket.socket(socket.AF_UNIX).connect('/run/some.sock')",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    ],
)
def test_a_confined_process_has_no_other_way_out(program: str) -> None:
    assert confined(program, []).startswith("refused: ")


def test_who_is_redirected_is_still_asked_for_by_name() -> None:
    seen: list[tuple[str, str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
        return httpx.Response(302, headers={"location": "/there"}) if len(seen) == 1 else httpx.Response(200)

    transport = PublicTransport(resolve=lambda host, port: ["93.184.215.14"])
    transport.inner = httpx.MockTransport(answer)  # type: ignore[assignment]  # the wire
    with httpx.Client(transport=transport, follow_redirects=True) as client:
        told = client.get("https://example.com/here")

    assert seen == 2 * [("93.184.215.14", "example.com", "example.com")]
    assert str(told.url) == "https://example.com/there"
