"""What a filter means in SQL is what it says of an event that has come, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest

from prefect._domain.automations.matching import concerns_of, may_lead_to_something
from prefect._domain.event_filters import EventFilter, NameFilter, ResourceFilter
from prefect._domain.events import BEGINNING, Event, Position
from prefect._domain.searching import read_search
from prefect._domain.triggers import EventTrigger, Posture
from prefect._store import event_queries, events, flow_runs
from prefect._store.database import Database
from prefect._store.journal import write_batch
from prefect._store.task_runs import Moment
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run
from tests._store.test_events import an_event

ALL = EventFilter(NOON - timedelta(days=1), NOON + timedelta(days=1))
CUSTOMER = {"prefect.resource.id": "customer.7", "prefect.resource.role": "customer", "land": 'F"I'}
PARTS: dict[str, EventFilter] = {
    "names": replace(ALL, name=NameFilter(names=("order.paid", "prefect.task-run.Running"))),
    "prefixes": replace(ALL, name=NameFilter(prefixes=("order.", "prefect.flow-run.R", "prefect.task"))),
    "not": replace(ALL, name=NameFilter(not_prefixes=("order.s",), not_names=("prefect.flow-run.Running",))),
    "ids": replace(ALL, resource=ResourceFilter(ids=("order.1", "prefect.flow-run.nothing"))),
    "kinds": replace(ALL, resource=ResourceFilter(prefixes=("prefect.flow-run.", "order"))),
    "labels": replace(ALL, resource=ResourceFilter(labels=(("kind", ("so*", "!shoes")),))),
    "any label": replace(ALL, resource=ResourceFilter(labels=(("prefect.resource.name", ("*",)),))),
    "named": replace(ALL, resource=ResourceFilter(labels=(("prefect.resource.id", ("prefect.*", "!*.task-run.*")),))),
    "states": replace(ALL, resource=ResourceFilter(labels=(("prefect.state-type", ("RUNNING",)),))),
    "role": replace(ALL, related=(ResourceFilter(roles=("customer", "tag")),)),
    "customer": replace(ALL, related=(ResourceFilter(ids=("customer.7",)),)),
    "in role": replace(ALL, related=(ResourceFilter(in_roles=(("customer.7", "customer"), ("f", "flow"))),)),
    "related label": replace(ALL, related=(ResourceFilter(labels=(("land", ('F"I',)),)),)),
    "of flow": replace(ALL, related=(ResourceFilter(labels=(("prefect.resource.name", ("f",)),)),)),
    "tag": replace(ALL, related=(ResourceFilter(ids=("prefect.tag.nightly",)),)),
    "any": replace(ALL, any_resource=(ResourceFilter(ids=("customer.7", "order.1", "prefect.tag.nightly")),)),
    "any kind": replace(ALL, any_resource=(ResourceFilter(prefixes=("prefect.flow.", "customer")),)),
    "text": replace(ALL, text=read_search("CARD nightly")),
    "no text": replace(ALL, text=read_search("-order")),
    "time": replace(ALL, since=NOON + SECOND, until=NOON + 3 * SECOND),
}


@pytest.fixture
def recorded(db: Database) -> list[Event]:
    """Events of all kinds, in the order of time."""
    run = a_flow_run(db, tags=["nightly"])
    with db.write() as conn:
        flow_runs.insert_flow_run_state(conn, run.id, a_state("PENDING"))
        flow_runs.insert_flow_run_state(conn, run.id, a_state("RUNNING", after=1))
        task = a_task_run(run.id, tags=["nightly", "x"], state=a_state("RUNNING", after=2))
        write_batch(conn, [Moment.of(task), Moment.of(a_task_run(state=a_state("COMPLETED", after=5)))])
        order = {"prefect.resource.id": "order.1", "kind": "socks", "prefect.resource.name": "Socks"}
        events.insert_events(
            conn,
            [
                an_event("order.shipped", after=2, resource=order, related=(CUSTOMER,)),
                an_event("order.paid", after=3, resource=order, payload={"by": "Card"}),
                an_event("stock.low", after=4),
            ],
        )
    with db.read() as conn:
        return sorted((event for _, event in events.feed(conn, BEGINNING, 100)), key=lambda one: (one.occurred, one.id))


def combined(names: tuple[str, ...]) -> EventFilter:
    """What each of some filters says, together."""
    whole = ALL
    for name in names:
        part = PARTS[name]
        said = {field: getattr(part, field) for field in part.__slots__ if getattr(part, field) != getattr(ALL, field)}
        whole = replace(whole, **said)
    return whole


def test_a_filter_finds_in_the_database_what_it_says_of_an_event(db: Database, recorded: list[Event]) -> None:
    for names in (*combinations(PARTS, 1), *combinations(PARTS, 2)):
        wanted = combined(names)
        meant = [event for event in recorded if wanted.includes(event)]

        with db.read() as conn:
            found = event_queries.find_events(conn, wanted, limit=100, descending=False)
            last = event_queries.find_events(conn, wanted, limit=2)
            counted = event_queries.count_events(conn, wanted)
            by_name = event_queries.count_by_name(conn, wanted)
            [in_time] = event_queries.count_in(conn, wanted, [(ALL.since, ALL.until)])

        assert found == meant, names
        assert last == meant[::-1][:2], names
        assert counted == sum(one.many for one in by_name) == in_time == len(meant), names


def test_every_single_filter_tells_some_events_from_others(recorded: list[Event]) -> None:
    for name, wanted in PARTS.items():
        assert 0 < sum(map(wanted.includes, recorded)) < len(recorded), name


def test_what_stands_behind_a_key_comes_after_it(db: Database, recorded: list[Event]) -> None:
    with db.read() as conn:
        first = event_queries.find_events(conn, ALL, limit=3)
        key = event_queries.Key(first[-1].occurred, first[-1].id)
        rest = event_queries.find_events(conn, ALL, limit=100, after=key)

    assert first + rest == recorded[::-1]


def test_events_of_many_names_are_found_all_the_same(db: Database) -> None:
    many = [an_event(f"e.{number}", after=number) for number in range(event_queries.MOST_NAMES + 50)]
    with db.write() as conn:
        events.insert_events(conn, many)

    with db.read() as conn:
        found = event_queries.find_events(conn, replace(ALL, name=NameFilter(prefixes=("e.1",))), limit=1_000)

    assert len(found) == sum(event.event.startswith("e.1") for event in many)


def test_a_resource_is_counted_with_its_name(db: Database, recorded: list[Event]) -> None:
    with db.read() as conn:
        counted = event_queries.count_by_resource(conn, ALL, limit=2)
        resources = event_queries.count_resources(conn, ALL)

    assert [(one.label, one.many) for one in counted] == [("Socks", 2), ("run", 2)]
    assert resources == 5


def test_a_position_is_written_and_read() -> None:
    position = Position(7, NOON, uuid4())

    assert Position.read(str(position)) == position
    with pytest.raises(ValueError, match="not enough values"):
        Position.read("7")


ANY_TASK = {"prefect.resource.id": "prefect.task-run.*"}
OF = "prefect.resource.role"
NAMED = "prefect.resource.name"
LISTENERS: dict[str, dict[str, Any]] = {
    "all": {},
    "every task": {"match": ANY_TASK},
    "of a flow": {"match_related": {NAMED: "f", OF: "flow"}},
    "of another flow": {"match_related": {NAMED: "g", OF: "flow"}},
    "of a flow, not in a run": {"match_related": [{NAMED: "f", OF: "flow"}, {NAMED: ["!r*", "r2"], OF: "flow-run"}]},
    "of some flow run": {"match_related": {"prefect.resource.id": "prefect.flow-run.*"}},
    "tagged": {"match_related": {"prefect.resource.id": ["prefect.tag.x", "prefect.tag.y"]}},
    "not tagged so": {"match_related": {"prefect.resource.id": "!prefect.tag.*"}},
    "running": {"match": {"prefect.state-type": ["RUNNING", "FAILED"]}, "expect": frozenset({"prefect.task-run.*"})},
    "at a moment": {"match": {"prefect.state-timestamp": (NOON + 2 * SECOND).isoformat()}},
    "by a client": {
        "match": {"prefect.orchestration": "client", "prefect.state-message": "", "prefect.run-count": "1"}
    },
    "with a label that none has": {"match": {"color": "red"}},
    "after": {"expect": frozenset({"order.paid"}), "after": frozenset({"prefect.task-run.Completed"})},
}


def listener(**fields: Any) -> EventTrigger:
    return EventTrigger(posture=Posture.Reactive, **fields)


def test_the_feed_passes_over_only_what_may_lead_to_nothing(db: Database, recorded: list[Event]) -> None:
    for names in (*combinations(LISTENERS, 1), *combinations(LISTENERS, 2)):
        triggers = [listener(**LISTENERS[name]) for name in names]
        meant = [event for event in recorded if any(may_lead_to_something(one, event) for one in triggers)]
        concerns = [concern for one in triggers for concern in concerns_of(one)]

        with db.read() as conn:
            found, _ = events.feed_of(conn, BEGINNING, 100, NameFilter(), concerns)

        read = [event for _, event in found]
        kept = [event for event in read if any(may_lead_to_something(one, event) for one in triggers)]
        assert {event.id for event in kept} == {event.id for event in meant}, names


def test_states_of_task_runs_that_concern_nobody_are_not_read(db: Database, recorded: list[Event]) -> None:
    def read_for(name: str) -> list[str]:
        with db.read() as conn:
            found, _ = events.feed_of(conn, BEGINNING, 100, NameFilter(), concerns_of(listener(**LISTENERS[name])))
        return [event.event for _, event in found if event.event.startswith("prefect.task-run.")]

    every = [event.event for event in recorded if event.event.startswith("prefect.task-run.")]
    assert sorted(read_for("all")) == sorted(read_for("every task")) == sorted(every)
    assert read_for("of a flow") == read_for("tagged") == ["prefect.task-run.Running"]
    assert read_for("of another flow") == read_for("with a label that none has") == []
