"""Clients follow events on the websocket `/events/out`: the last minutes first, then all as they come, each once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from prefect import flow
from prefect._domain.events import Event
from prefect._orchestration import events
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings, temporary_settings
from tests.server.test_sockets import opened
from tests.serving import served


def an_event(name: str, *, ago: float = 0, resource: str = "a.thing") -> Event:
    """Something that happened some seconds ago."""
    occurred = datetime.now(timezone.utc) - timedelta(seconds=ago)
    return Event(uuid4(), occurred, name, {"prefect.resource.id": resource}, received=occurred)


@pytest.fixture
def db(home: Any) -> Database:
    return opened_database(str(get_current_settings().server.database.connection_url))


@pytest.fixture
def address(db: Database) -> Iterator[str]:
    with served() as url:
        yield url.replace("http", "ws", 1)


@contextmanager
def following(address: str, *, backfill: bool = True, **filter: Any) -> Iterator[ClientConnection]:
    """A socket whose client has asked for events."""
    with opened(address, "/events/out") as socket:
        socket.send(json.dumps({"type": "filter", "filter": filter, "backfill": backfill}))
        yield socket


def names(socket: ClientConnection, count: int) -> list[str]:
    """The names of the next events."""
    return [received(socket)["event"] for _ in range(count)]


def received(socket: ClientConnection) -> dict[str, Any]:
    told = json.loads(socket.recv(10))
    assert told["type"] == "event"
    event: dict[str, Any] = told["event"]
    return event


def test_the_last_minutes_come_first_and_then_all_as_it_happens(db: Database, address: str) -> None:
    events.record(db, [an_event("long ago", ago=3_600), an_event("second", ago=5), an_event("first", ago=60)])

    with following(address) as socket:
        assert names(socket, 2) == ["first", "second"]
        events.record(db, [an_event("third"), an_event("late", ago=120)])
        assert names(socket, 2) == ["late", "third"]


def test_an_event_reaches_who_follows_at_once(db: Database, address: str) -> None:
    with following(address, event={"prefix": ["mine"]}) as socket:
        events.record(db, [an_event("mine.0")])
        assert names(socket, 1) == ["mine.0"]
        taken = []
        for number in range(1, 6):
            since = time.monotonic()
            events.record(db, [an_event(f"mine.{number}")])
            assert names(socket, 1) == [f"mine.{number}"]
            taken.append(time.monotonic() - since)

    assert min(taken) < 0.5


def test_only_what_is_asked_for_comes(db: Database, address: str) -> None:
    events.record(db, [an_event("order.old", ago=5), an_event("other", ago=4)])

    with following(address, event={"prefix": ["order."]}, resource={"id": ["mine"]}, backfill=False) as socket:
        socket.ping().wait(5)
        time.sleep(0.2)
        events.record(
            db, [an_event("order.new"), an_event("other", resource="mine"), an_event("order.1", resource="mine")]
        )
        assert names(socket, 1) == ["order.1"]


def test_the_states_of_runs_come_as_events(db: Database, address: str) -> None:
    @flow(name="followed")
    def followed() -> None: ...

    with following(address, related={"labels": {"prefect.resource.name": "followed"}}) as socket:
        followed()
        assert names(socket, 3) == [f"prefect.flow-run.{state}" for state in ("Pending", "Running", "Completed")]


def test_many_events_come_each_once(db: Database, address: str) -> None:
    before = [an_event(f"{number}", ago=60 - number / 10) for number in range(600)]
    events.record(db, before)

    with following(address) as socket:
        for number in range(600, 1_200, 100):
            events.record(db, [an_event(f"{number + more}") for more in range(100)])
        seen = names(socket, 1_200)

    assert sorted(seen, key=int) == [str(number) for number in range(1_200)]


def test_what_clients_send_on_a_socket_is_recorded_in_order(db: Database, address: str) -> None:
    told = [an_event(f"{number}") for number in range(300)]
    with opened(address, "/events/in") as sending, following(address) as socket:
        for event in told:
            fields = {"id": str(event.id), "occurred": event.occurred.isoformat(), "event": event.event}
            sending.send(json.dumps({**fields, "resource": dict(event.resource), "payload": {"n": 1}}))
        assert names(socket, 300) == [event.event for event in told]


@pytest.mark.parametrize(
    ("said", "code"),
    [("no json", 1002), ({"type": "hello"}, 1002), ({"type": "filter", "filter": {"colour": 1}}, 1008)],
)
def test_who_asks_for_something_else_is_sent_away(address: str, said: Any, code: int) -> None:
    with opened(address, "/events/out") as socket:
        socket.send(json.dumps(said))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def test_a_setting_keeps_events_from_being_followed() -> None:
    with temporary_settings({"PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED": "false"}), served() as url:
        with following(url.replace("http", "ws", 1)) as socket, pytest.raises(ConnectionClosed, match="STREAM_OUT"):
            socket.recv(5)
        assert httpx.get(f"{url}/health").status_code == 200
