"""Clients that tell of events and follow them, with a server and without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest

from prefect import flow, get_run_logger, task
from prefect._engine.recorders import close_recorders
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter
from prefect.client.schemas.objects import Log
from prefect.events import Event, Resource, emit_event
from prefect.events.clients import (
    AssertingEventsClient,
    NullEventsClient,
    PrefectCloudAccountEventSubscriber,
    PrefectCloudEventsClient,
    PrefectEventsClient,
    events_in_socket_from_api_url,
    events_out_socket_from_api_url,
    get_events_client,
    get_events_subscriber,
    http_to_ws,
)
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.events.subscribers import FlowRunSubscriber
from prefect.logging.clients import get_logs_subscriber
from prefect.settings import get_current_settings
from tests.serving import served

T = TypeVar("T")
THING = {"prefect.resource.id": "a.thing"}
MINE = EventFilter(event=EventNameFilter(prefix=["mine."]))


@pytest.fixture(params=["embedded", "http"], autouse=True)
def db(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database in which events are found, whoever writes them."""
    database = opened_database(str(get_current_settings().server.database.connection_url))
    if request.param == "embedded":
        yield database
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield database
        close_recorders()


async def first(count: int, items: AsyncIterator[T]) -> list[T]:
    """So many of what comes."""
    return [await asyncio.wait_for(items.__anext__(), 20) for _ in range(count)]


def test_an_event_is_recorded_when_emit_returns_and_comes_to_who_follows() -> None:
    async def program() -> list[str]:
        async with get_events_subscriber(filter=MINE) as events, get_events_client() as client:
            for number in range(3):
                await client.emit(Event(event=f"mine.{number}", resource=Resource(THING)))
                await client.emit(Event(event="other", resource=Resource(THING)))
            return [event.event for event in await first(3, events)]

    assert asyncio.run(program()) == ["mine.0", "mine.1", "mine.2"]


def test_who_follows_gets_what_was_before_and_what_programs_emit_then() -> None:
    emit_event("mine.before", THING)

    async def program() -> list[str]:
        async with get_events_subscriber(filter=MINE) as events:
            before = await first(1, events)
            emit_event("mine.after", THING)
            return [event.event for event in before + await first(1, events)]

    assert asyncio.run(program()) == ["mine.before", "mine.after"]


def test_events_may_only_be_emitted_in_a_client_that_is_open() -> None:
    async def program() -> None:
        client = PrefectEventsClient()
        with pytest.raises(TypeError, match="context manager"):
            await client.emit(Event(event="mine.0", resource=Resource(THING)))

    asyncio.run(program())


def test_a_client_for_tests_keeps_what_it_is_told() -> None:
    AssertingEventsClient.reset()
    event = Event(event="mine.0", resource=Resource(THING))

    async def program() -> None:
        async with AssertingEventsClient("a", b=1) as client, NullEventsClient() as nobody:
            await client.emit(event)
            await nobody.emit(event)
            assert client.events == [event]
            assert AssertingEventsClient.last is client
            assert client.pop_events() == [event]
            assert client.events == []

    asyncio.run(program())
    assert len(AssertingEventsClient.all) == 1


def test_log_lines_are_followed_each_once() -> None:
    @flow
    def logs(*lines: str) -> None:
        for line in lines:
            get_run_logger().warning(line)

    async def program() -> list[str]:
        warnings = LogFilter.model_validate({"level": {"ge_": 30}})
        logs("a", "b")
        async with get_logs_subscriber(filter=warnings) as lines:
            found = await first(2, lines)
            await asyncio.to_thread(logs, "c")
            return [line.message for line in found + await first(1, lines)]

    assert asyncio.run(program()) == ["a", "b", "c"]


@task
def step() -> None:
    get_run_logger().info("at work")


@flow
def carried_out() -> UUID:
    emit_event("mine.step", THING)
    step()
    return UUID(str(get_run_logger().extra["flow_run_id"]))


async def all_of(flow_run_id: UUID) -> list[Any]:
    async with FlowRunSubscriber(flow_run_id, straggler_timeout=2) as run:
        return [item async for item in run]


def test_a_run_is_followed_by_its_logs_and_events_until_it_has_ended() -> None:
    flow_run_id = carried_out()
    carried_out()

    items = asyncio.run(all_of(flow_run_id))

    told = [item.event for item in items if isinstance(item, Event)]
    lines = [item for item in items if isinstance(item, Log)]
    assert told[0] == "prefect.flow-run.Pending"
    assert told[-1] == "prefect.flow-run.Completed"
    assert {"mine.step", "prefect.task-run.Running"} <= set(told)
    assert len(told) == len(set(told))
    assert "at work" in [line.message for line in lines]
    assert {line.flow_run_id for line in lines} == {flow_run_id}


def test_the_addresses_of_sockets_follow_from_that_of_the_api() -> None:
    assert http_to_ws("https://example.com/api/") == "wss://example.com/api"
    assert events_in_socket_from_api_url("http://localhost:4200/api") == "ws://localhost:4200/api/events/in"
    assert events_out_socket_from_api_url("http://localhost:4200/api") == "ws://localhost:4200/api/events/out"


def test_a_client_with_a_key_wants_an_address_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "open-sesame")

    assert PrefectCloudEventsClient("http://localhost:1/api").client_name == "PrefectCloudEventsClient"
    monkeypatch.delenv("PREFECT_API_KEY")
    with pytest.raises(ValueError, match="api_url and api_key must be given"):
        PrefectCloudEventsClient("http://localhost:1/api")
    with pytest.raises(ValueError, match="api_url and api_key must be given"):
        PrefectCloudAccountEventSubscriber("http://localhost:1/api")


def test_events_come_page_by_page() -> None:
    async def told() -> None:
        async with get_events_client() as client:
            for number in range(5):
                await client.emit(Event(event=f"mine.{number}", resource=Resource(THING)))

    asyncio.run(told())
    with get_client(sync_client=True) as client:
        first = client.read_events(MINE, limit=3)
        then = first.get_next_page_sync(client)
        assert then is not None
        last = then.get_next_page_sync(client)

    assert first.total == 5
    assert [event.event for event in (*first.events, *then.events)] == [f"mine.{number}" for number in (4, 3, 2, 1, 0)]
    assert last is None or last.events == []


def test_another_address_is_no_page() -> None:
    with get_client(sync_client=True) as client, pytest.raises(ValueError, match="no address of a next page"):
        client.read_events_page("http://localhost:4200/api/flows")
