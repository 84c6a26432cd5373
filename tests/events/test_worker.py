"""The worker of events delivers what it is sent, through the client that is chosen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from queue import Queue

import pytest

from prefect import flow
from prefect._domain.events import BEGINNING
from prefect._engine.recorders import recorder
from prefect._orchestration.events import read_feed
from prefect._store.opened import opened_database
from prefect.events import Event, emit_event
from prefect.events.clients import AssertingEventsClient, EventsClient
from prefect.events.worker import (
    EventsWorker,
    ProcessPoolForwardingEventsClient,
    emit_events_to_cloud,
    should_emit_events,
    should_emit_events_to_ephemeral_server,
    should_emit_events_to_running_server,
)
from prefect.settings import get_current_settings
from tests.concurrency.limits import in_a_loop

SHIPPED = "order.shipped"


def shipped(number: int = 1) -> Event:
    return Event(event=SHIPPED, resource={"prefect.resource.id": f"order.{number}"})  # type: ignore[arg-type]


def recorded() -> list[str]:
    """The resources of the events that are in the database."""
    recorder().flush()
    db = opened_database(str(get_current_settings().server.database.connection_url))
    found = [event for _, event in read_feed(db, BEGINNING, limit=1_000) if event.event == SHIPPED]
    return [event.resource["prefect.resource.id"] for event in found]


@pytest.fixture
def asserting() -> Iterator[EventsWorker]:
    """A worker whose events go to nobody."""
    AssertingEventsClient.reset()
    EventsWorker.set_client_override(AssertingEventsClient)
    worker = EventsWorker.instance()
    yield worker
    worker.drain()
    EventsWorker.set_client_override(None)
    AssertingEventsClient.reset()


def told_to_the_client() -> list[Event]:
    assert isinstance(AssertingEventsClient.last, AssertingEventsClient)
    return AssertingEventsClient.last.events


class Picky(EventsClient):
    """Refuses every second event."""

    taken: list[str]

    async def _emit(self, event: Event) -> None:
        if event.resource.id.endswith("2"):
            raise ValueError("not this one")
        self.taken.append(event.resource.id)


def test_what_it_is_sent_is_recorded_in_order() -> None:
    worker = EventsWorker.instance()

    for number in range(20):
        worker.send(shipped(number))
    worker.wait_until_empty()

    assert recorded() == [f"order.{number}" for number in range(20)]


def test_who_has_drained_it_may_send_again() -> None:
    worker = EventsWorker.instance()
    worker.send(shipped(1))
    assert worker.drain()
    assert recorded() == ["order.1"]

    worker.send(shipped(2))
    worker.drain()

    assert recorded() == ["order.1", "order.2"]


def test_there_is_one_for_each_kind_of_client() -> None:
    assert EventsWorker.instance() is EventsWorker.instance()
    assert EventsWorker.instance(AssertingEventsClient) is not EventsWorker.instance()


def test_what_runs_where_it_is_sent_is_related(asserting: EventsWorker) -> None:
    @flow(name="ships")
    def ships() -> None:
        asserting.send(shipped())

    ships()
    asserting.drain()

    assert [one.role for one in told_to_the_client()[0].related] == ["flow-run", "flow"]


def test_what_a_program_tells_goes_to_the_client_that_is_set(asserting: EventsWorker) -> None:
    @flow(name="tells")
    def tells() -> None:
        emit_event(SHIPPED, resource={"prefect.resource.id": "order.9"})

    tells()
    asserting.drain()

    assert [event.resource.id for event in told_to_the_client()] == ["order.9"]
    assert [one.role for one in told_to_the_client()[0].related] == ["flow-run", "flow"]
    assert recorded() == []


def test_without_one_it_is_recorded_again(asserting: EventsWorker) -> None:
    EventsWorker.set_client_override(None)

    emit_event(SHIPPED, resource={"prefect.resource.id": "order.9"})

    assert recorded() == ["order.9"]


def test_an_event_that_is_refused_is_logged_and_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    Picky.taken = []
    worker = EventsWorker.instance(Picky)

    with caplog.at_level(logging.ERROR, "prefect.events"):
        for number in (1, 2, 3):
            worker.send(shipped(number))
        worker.drain()

    assert Picky.taken == ["order.1", "order.3"]
    assert "could not be delivered: not this one" in caplog.text


@in_a_loop
async def test_a_forwarding_client_puts_its_events_on_a_queue() -> None:
    queue: Queue[tuple[str, Event]] = Queue()
    event = shipped()

    async with ProcessPoolForwardingEventsClient(queue) as client:
        await client.emit(event)

    assert queue.get_nowait() == ("event", event)


def test_events_are_recorded_where_runs_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (should_emit_events(), emit_events_to_cloud()) == (True, False)
    assert (should_emit_events_to_running_server(), should_emit_events_to_ephemeral_server()) == (False, True)

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")

    assert (should_emit_events(), emit_events_to_cloud()) == (True, False)
    assert (should_emit_events_to_running_server(), should_emit_events_to_ephemeral_server()) == (True, False)
