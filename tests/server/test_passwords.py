"""Passwords are not to be guessed: after some wrong ones an address has to wait, and nobody else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from prefect import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.server.passwords import FREE, MOST_ADDRESSES, REMEMBERED, Passwords
from prefect.settings import temporary_settings
from tests.serving import served

RIGHT = b"admin:right"


@pytest.fixture
def url() -> Iterator[str]:
    """A server that asks who one is."""
    with temporary_settings({"PREFECT_SERVER_API_AUTH_STRING": RIGHT.decode()}), served() as address:
        yield address


@contextmanager
def somebody_at(url: str, address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address=address)) as client:
        yield client


def asked(http: httpx.Client, password: str) -> httpx.Response:
    return http.get("/admin/version", auth=("admin", password))


def test_who_guesses_a_hundred_times_has_to_wait_and_others_have_not(url: str) -> None:
    with somebody_at(url, "127.0.0.2") as guesser, somebody_at(url, "127.0.0.1") as user:
        assert asked(guesser, "right").status_code == 200
        answers = [asked(guesser, f"guess {number}") for number in range(100)]
        too_late = asked(guesser, "right")
        others = asked(user, "right")
        lives = guesser.get("/health")

    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) == {401, 429}
    assert counted[401] <= FREE + 3
    assert too_late.status_code == 429
    assert int(too_late.headers["retry-after"]) >= 1
    assert "try again in" in too_late.json()["exception_message"]
    assert others.status_code == lives.status_code == 200


@pytest.mark.parametrize(
    ("said", "told"),
    [(None, "Say it in PREFECT_API_AUTH_STRING=user:password"), ("admin:wrong", "is not the user:password")],
)
def test_who_is_refused_hears_what_to_set(url: str, said: str | None, told: str) -> None:
    settings = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": said}

    with (
        temporary_settings(settings),
        get_client(sync_client=True) as client,
        pytest.raises(PrefectHTTPStatusError) as why,
    ):
        client.read_flows()

    assert told in str(why.value)
    assert "wrong" not in str(why.value)


def test_sockets_count_too(url: str) -> None:
    for number in range(FREE):
        with pytest.raises(ConnectionClosed):
            said_at(url, f"admin:guess {number}")

    with pytest.raises(ConnectionClosed):
        said_at(url, RIGHT.decode())
    assert httpx.get(f"{url}/admin/version", auth=("admin", "right")).status_code == 429


def said_at(url: str, token: str) -> object:
    """What a server answers to somebody who says who they are at a websocket."""
    with connect(f"{url.replace('http', 'ws', 1)}/changes/out", subprotocols=[Subprotocol("prefect")]) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        return socket.recv(5)


def test_a_program_whose_password_is_old_keeps_nobody_waiting(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        statuses = {asked(http, "of last year").status_code for _ in range(100)}
        assert statuses == {401}
        assert asked(http, "right").status_code == 200
        assert http.get("/admin/version").status_code == 401


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def guess(passwords: Passwords, address: str, count: int) -> None:
    for number in range(count):
        assert not passwords.are_right(f"{address} {number}".encode(), address)


def test_each_further_guess_costs_more_time_and_in_the_end_all_is_forgotten() -> None:
    clock = Clock()
    passwords = Passwords(RIGHT.decode(), clock)

    guess(passwords, "10.0.0.1", FREE - 1)
    assert passwords.seconds_to_wait("10.0.0.1") == 0
    waits = []
    for number in range(8):
        passwords.are_right(f"further {number}".encode(), "10.0.0.1")
        waits.append(passwords.seconds_to_wait("10.0.0.1"))
        clock.now += waits[-1]

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert passwords.are_right(RIGHT, "10.0.0.1")
    clock.now += REMEMBERED + 1
    guess(passwords, "10.0.0.1", 1)
    assert passwords.seconds_to_wait("10.0.0.1") == 0


def test_what_is_remembered_is_bounded() -> None:
    passwords = Passwords(RIGHT.decode())

    for number in range(MOST_ADDRESSES + 500):
        passwords.are_right(b"wrong", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")

    assert passwords.addresses == MOST_ADDRESSES


def test_addresses_of_one_network_wait_together() -> None:
    passwords = Passwords(RIGHT.decode())

    for number in range(FREE):
        passwords.are_right(f"guess {number}".encode(), f"2001:db8::{number}")

    assert passwords.seconds_to_wait("2001:db8::ffff") > 0
    assert passwords.seconds_to_wait("2001:db8:0:1::1") == 0


@pytest.mark.parametrize(("proxies", "is_believed"), [("", False), ("127.0.0.9", False), ("127.0.0.0/29", True)])
def test_only_a_proxy_that_is_named_is_believed_who_it_speaks_for(proxies: str, is_believed: bool) -> None:
    told = {"PREFECT_SERVER_API_AUTH_STRING": RIGHT.decode(), "PREFECT_SERVER_API_TRUSTED_PROXIES": proxies}
    with temporary_settings(told), served() as url, httpx.Client(base_url=url) as http:
        answers = [
            http.get(
                "/admin/version", auth=("admin", f"guess {number}"), headers={"x-forwarded-for": f"10.0.0.{number}"}
            )
            for number in range(FREE + 3)
        ]

    assert (429 not in {answer.status_code for answer in answers}) is is_believed
