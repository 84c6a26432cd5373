"""Programs tell of events: in this process, and where a server writes them."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError

from prefect import flow, tags, task
from prefect._domain import events as domain
from prefect._domain.events import BEGINNING, related
from prefect._engine.recorders import close_recorders, recorder
from prefect._orchestration import deployments, work_queues
from prefect._orchestration.events import read_feed
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.events import Event, RelatedResource, Resource, emit_event
from prefect.events.related import related_resources_from_run_context
from prefect.settings import get_current_settings
from tests.serving import served

THING = {"prefect.resource.id": "a.thing"}
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(params=["embedded", "http"])
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


def told(db: Database, *, states: bool = False) -> list[domain.Event]:
    """What is recorded, without the states of runs."""
    recorder().flush()
    found = [event for _, event in read_feed(db, BEGINNING, limit=1_000)]
    return [event for event in found if states or not event.event.startswith("prefect.")]


def roles(event: domain.Event) -> list[str]:
    return [one["prefect.resource.role"] for one in event.related]


def test_an_event_is_recorded_as_it_is_told(db: Database) -> None:
    emitted = emit_event(
        "order.shipped",
        resource={"prefect.resource.id": "order.4711", "prefect.resource.name": "Socks"},
        occurred=NOON,
        related=[{"prefect.resource.id": "customer.1", "prefect.resource.role": "customer"}],
        payload={"parcels": 2},
        id=uuid4(),
    )

    assert emitted is not None
    [event] = told(db)
    assert (event.id, event.event, event.occurred) == (emitted.id, "order.shipped", NOON)
    assert event.resource == {"prefect.resource.id": "order.4711", "prefect.resource.name": "Socks"}
    assert roles(event) == ["customer"]
    assert event.payload == {"parcels": 2}
    assert event.received is not None
    assert event.received > NOON


def test_what_runs_is_related_to_the_events_that_it_tells(db: Database) -> None:
    @task(tags=["t"])
    def tell() -> None:
        emit_event("in.task", THING)

    @flow
    def tells() -> None:
        emit_event("in.flow", THING)
        tell()

    with tags("nightly"):
        tells()

    in_flow, in_task = told(db)
    assert roles(in_flow) == ["flow-run", "flow", "tag"]
    assert roles(in_task) == ["flow-run", "task-run", "flow", "tag", "tag"]
    assert in_task.related[-1]["prefect.resource.id"] == "prefect.tag.t"


def test_a_run_of_a_deployment_is_related_with_its_deployment_and_pool(db: Database) -> None:
    deployment = deployments.apply(db, "tells", "nightly", [], now=NOON, new_id=uuid4, work_pool_name="mine")
    queue = work_queues.read(db, "mine", "default", now=NOON).queue
    told_in_run = (
        related("flow-run", uuid4()),
        related("deployment", deployment.id),
        related("work-queue", queue.id, "default"),
    )

    recorder().tell(domain.Event(uuid4(), NOON, "mine", THING, told_in_run))

    [event] = told(db)
    assert [(one["prefect.resource.role"], one.get("prefect.resource.name")) for one in event.related] == [
        *(("flow-run", None), ("deployment", "nightly"), ("work-queue", "default"), ("work-pool", "mine")),
    ]


@pytest.mark.parametrize(
    "id", ["mine", "prefect.deployment.mine", "prefect.deployment.0190a0b0-0000-7000-8000-000000000001"]
)
def test_a_deployment_that_is_none_of_ours_stays_as_it_was_told(db: Database, id: str) -> None:
    emit_event("mine", THING, related=[{"prefect.resource.id": id, "prefect.resource.role": "deployment"}])

    [event] = told(db)
    assert event.related == ({"prefect.resource.id": id, "prefect.resource.role": "deployment"},)


def test_what_the_program_relates_itself_is_related_once(db: Database) -> None:
    @flow
    def tells() -> None:
        emit_event("mine", THING, related=[{"prefect.resource.id": "prefect.tag.x", "prefect.resource.role": "label"}])

    with tags("x"):
        tells()

    [event] = told(db)
    assert roles(event) == ["label", "flow-run", "flow"]


def test_an_event_is_there_before_its_flow_has_ended(db: Database) -> None:
    @flow
    def tells() -> None:
        emit_event("mine", THING)

    tells()

    names = [event.event for event in told(db, states=True)]
    assert names.index("mine") < names.index("prefect.flow-run.Completed")


def test_an_event_follows_another_of_the_last_five_minutes_only(db: Database) -> None:
    first = emit_event("first", THING, occurred=NOON)

    near = emit_event("near", THING, occurred=NOON + timedelta(minutes=5), follows=first)
    far = emit_event("far", THING, occurred=NOON + timedelta(minutes=6), follows=first)

    assert first is not None
    assert near is not None
    assert far is not None
    assert (near.follows, far.follows) == (first.id, None)


def test_of_a_payload_is_kept_what_json_knows(db: Database) -> None:
    payload = {"thing": object(), "set": {2, 1}, "nul": "a\0b", "escaped": "a\\u0000b", "half": "\ud800", "when": NOON}

    emit_event("odd", THING, payload=payload)

    [event] = told(db)
    assert event.payload["thing"] == "<object>"
    assert sorted(event.payload["set"]) == [1, 2]
    assert (event.payload["nul"], event.payload["escaped"]) == ("a\ufffdb", "a\\u0000b")
    assert event.payload["when"] == "2026-03-01T12:00:00+00:00"


def test_an_event_is_as_its_payload_was_at_the_call(db: Database) -> None:
    payload = {"n": 1}

    emit_event("counted", THING, payload=payload)
    payload["n"] = 2

    [event] = told(db)
    assert event.payload == {"n": 1}


def test_an_event_that_is_too_large_is_logged_and_left_out(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("prefect.events")
    logger.addHandler(caplog.handler)

    assert emit_event("large", THING, payload={"x": "y" * 1_500_000}) is None

    logger.removeHandler(caplog.handler)
    assert "The event large is not recorded" in caplog.text
    assert told(db) == []


def test_a_resource_needs_an_id_and_a_related_one_a_role() -> None:
    with pytest.raises(ValidationError, match=r"needs the label prefect\.resource\.id"):
        emit_event("bad", {"prefect.resource.name": "n"})
    with pytest.raises(ValidationError, match=r"needs the label prefect\.resource\.role"):
        emit_event("bad", THING, related=[THING])


def test_an_event_that_cannot_be_recorded_does_not_end_the_program(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home.mkdir()
    (home / "prefect.db").write_text("this is no database, but a text that is longer than its header would be" * 20)
    logger = logging.getLogger("prefect.events")
    logger.addHandler(caplog.handler)

    assert emit_event("lost", THING) is None

    logger.removeHandler(caplog.handler)
    assert "The event lost" in caplog.text


def test_events_told_last_of_all_are_recorded_when_the_program_ends(db: Database) -> None:
    program = f"from prefect.events import emit_event\nfor n in range(100): emit_event(f'n.{{n}}', {THING!r})\n"

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    assert [event.event for event in told(db)] == [f"n.{number}" for number in range(100)]


def test_an_event_says_who_has_a_part_in_it() -> None:
    event = Event(
        event="e",
        resource=Resource({"prefect.resource.id": "prefect.flow-run.0190a0b0-0000-7000-8000-000000000001", "a": "b"}),
        related=[
            RelatedResource({"prefect.resource.id": "one", "prefect.resource.role": "r", "c": "d"}),
            RelatedResource({"prefect.resource.id": "two", "prefect.resource.role": "r"}),
        ],
    )

    assert [one.id for one in event.involved_resources[1:]] == ["one", "two"]
    assert event.resource_in_role["r"].id == "one"
    assert [one.id for one in event.resources_in_role["r"]] == ["one", "two"]
    assert (event.find_resource_label("a"), event.find_resource_label("r:c")) == ("b", "d")
    assert str(event.resource.prefect_object_id("prefect.flow-run")) == "0190a0b0-0000-7000-8000-000000000001"


def test_the_state_of_a_subflow_is_related_with_the_task_run_that_stands_for_it(db: Database) -> None:
    @flow
    def inner() -> None: ...

    @flow
    def outer() -> None:
        inner()

    outer()

    of_inner = [event for event in told(db, states=True) if event.event == "prefect.flow-run.Running"][1]
    assert roles(of_inner) == ["flow", "task-run"]
    assert of_inner.related[1]["prefect.resource.name"].startswith("inner")


def test_what_runs_around_is_told_apart_from_what_is_left_out() -> None:
    @task
    async def around() -> tuple[list[RelatedResource], list[RelatedResource]]:
        known = await related_resources_from_run_context(client=None)
        return known, await related_resources_from_run_context(client=None, exclude={known[0].id})

    @flow
    async def outer() -> tuple[list[RelatedResource], list[RelatedResource]]:
        with tags("t"):
            return await around()

    known, others = asyncio.run(outer())

    assert [one.role for one in known] == ["flow-run", "task-run", "flow", "tag"]
    assert others == known[1:]
