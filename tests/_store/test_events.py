"""Events as recorded, and the feed: one order that all readers share, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.events import BEGINNING, Event, Position
from prefect._orchestration.duties import forgetting
from prefect._orchestration.duties.forgetting import forget_old_events
from prefect._store import events, flow_runs, task_runs
from prefect._store.database import Database, open_database
from prefect._store.journal import write_batch
from prefect._store.task_runs import Moment
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run


def an_event(name: str = "it.happened", *, after: int = 0, **fields: Any) -> Event:
    """Something that happened some seconds after noon."""
    known: dict[str, Any] = {"resource": {"prefect.resource.id": "a.thing"}, **fields}
    return Event(id=known.pop("id", None) or uuid4(), occurred=NOON + after * SECOND, event=name, **known)


def record(db: Database, *told: Event) -> None:
    with db.write() as conn:
        events.insert_events(conn, told)


def names(db: Database, after: Position = BEGINNING, limit: int = 100) -> list[str]:
    with db.read() as conn:
        return [event.event for _, event in events.feed(conn, after, limit)]


def end(db: Database) -> Position:
    with db.read() as conn:
        return events.latest(conn)


def test_what_was_recorded_is_read_as_it_was(db: Database) -> None:
    told = an_event(
        resource={"prefect.resource.id": "a.thing", "colour": "red"},
        related=({"prefect.resource.id": "another", "prefect.resource.role": "friend"},),
        payload={"deep": {"list": [1, None, "ü"]}},
        follows=uuid4(),
        received=NOON + SECOND,
    )

    record(db, told)

    with db.read() as conn:
        [(place, read)] = events.feed(conn, BEGINNING, 10)
    assert read == told
    assert (place.occurred, place.id) == (NOON, told.id)


def test_an_event_that_comes_again_is_recorded_once(db: Database) -> None:
    told = an_event("first")
    record(db, told, told)

    record(db, an_event("other words", id=told.id), an_event("second"))

    assert names(db) == ["first", "second"]


def test_the_states_of_runs_are_events(db: Database) -> None:
    run = a_flow_run(db)
    running = a_state("RUNNING", after=1)
    with db.write() as conn:
        flow_runs.insert_flow_run_state(conn, run.id, a_state("PENDING"))
        flow_runs.insert_flow_run_state(conn, run.id, running)

    with db.read() as conn:
        (_, pending), (_, told) = events.feed(conn, BEGINNING, 10)

    assert (told.id, told.occurred, told.event) == (running.id, running.timestamp, "prefect.flow-run.Running")
    assert told.resource["prefect.resource.id"] == f"prefect.flow-run.{run.id}"
    assert told.resource["prefect.run-count"] == "1"
    assert told.follows == pending.id
    assert told.payload["intended"] == {"from": "PENDING", "to": "RUNNING"}
    assert [one["prefect.resource.role"] for one in told.related] == ["flow"]


def test_the_states_of_task_runs_are_events_with_the_whole_run(db: Database) -> None:
    flow_run = a_flow_run(db)
    run = a_task_run(flow_run.id, tags=["nightly"], task_key="load-1", expected_start_time=NOON)
    with db.write() as conn:
        write_batch(conn, [Moment.of(run)])

    with db.read() as conn:
        [(_, told)] = events.feed(conn, BEGINNING, 10)

    assert told.event == "prefect.task-run.Pending"
    assert told.payload["task_run"]["task_key"] == "load-1"
    assert told.payload["task_run"]["expected_start_time"] == "2026-03-01T12:00:00Z"
    assert told.payload["validated_state"] == {"type": "PENDING", "name": "Pending", "message": ""}
    assert [one["prefect.resource.id"] for one in told.related][:2] == [
        "prefect.tag.nightly",
        f"prefect.flow-run.{flow_run.id}",
    ]


def test_events_come_in_the_order_of_their_transactions_and_inside_of_one_in_that_of_time(db: Database) -> None:
    record(db, an_event("b", after=2), an_event("a", after=1))

    record(db, an_event("older, and recorded later", after=-60))

    assert names(db) == ["a", "b", "older, and recorded later"]


def test_a_reader_goes_on_where_it_was(db: Database) -> None:
    for number in range(3):
        record(db, *(an_event(f"{number}.{part}", after=part) for part in range(2)))

    read: list[str] = []
    place = BEGINNING
    with db.read() as conn:
        while page := events.feed(conn, place, 1):
            place = Position.read(str(page[0][0]))
            read += [event.event for _, event in page]

    assert read == ["0.0", "0.1", "1.0", "1.1", "2.0", "2.1"]


def test_what_is_recorded_after_the_latest_position_comes_behind_it(db: Database) -> None:
    record(db, an_event("before"))
    place = end(db)

    record(db, an_event("after", after=-3600))

    assert names(db, place) == ["after"]


def test_in_its_own_turn_a_writer_reads_nothing_of_that_turn(db: Database) -> None:
    record(db, an_event("before"))

    with db.write() as conn:
        events.insert_events(conn, [an_event("mine")])
        read = [event.event for _, event in events.feed(conn, BEGINNING, 10)]
        place = events.latest(conn)

    assert read == ["before"]
    assert names(db, place) == ["mine"]


def test_nothing_appears_behind_a_position_that_was_read_while_somebody_was_still_writing(postgres_url: str) -> None:
    slow, quick = open_database(postgres_url), open_database(postgres_url)

    with slow.write() as conn:
        events.insert_events(conn, [an_event("slow", after=-1)])
        record(quick, an_event("quick"))
        while_open = names(quick)
        place = end(quick)

    assert while_open == []
    assert names(quick, place) == ["slow", "quick"]
    slow.close()
    quick.close()


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_give_every_event_of_all_kinds_once(db: Database, limit: int) -> None:
    flow_run = a_flow_run(db)
    for number in range(4):
        with db.write() as conn:
            flow_runs.insert_flow_run_state(conn, flow_run.id, a_state("RUNNING", after=number))
            run = a_task_run(flow_run.id, state=a_state("RUNNING", after=number), dynamic_key=str(number))
            task_runs.write_task_run(conn, run)
            assert run.state is not None
            task_runs.insert_task_run_state(conn, run.id, run.state)
            events.insert_events(conn, [an_event(after=number)])

    seen: list[UUID] = []
    place = BEGINNING
    with db.read() as conn:
        while page := events.feed(conn, place, limit):
            place = page[-1][0]
            seen += [event.id for _, event in page]
        everything = [event.id for _, event in events.feed(conn, BEGINNING, 100)]

    assert len(seen) == 12
    assert seen == everything


def test_turns_go_on_in_a_cluster_that_counts_anew(postgres_url: str) -> None:
    before = open_database(postgres_url)
    record(before, an_event("before"))
    place = end(before)
    with before.write() as conn:  # as in a cluster whose transactions have smaller numbers
        conn.execute("UPDATE turn SET value = value - 1000000")
    before.close()

    restored = open_database(postgres_url)
    record(restored, an_event("after"))

    assert names(restored) == ["before", "after"]
    assert names(restored, place) == ["after"]
    restored.close()


def test_old_events_are_forgotten_with_their_resources(db: Database) -> None:
    record(db, *(an_event(f"old.{number}", after=-number) for number in range(5)), an_event("new", after=60))

    forgotten = forget_old_events(db, keep=SECOND * 30, now=NOON + SECOND * 60)

    assert forgotten == 5
    assert names(db) == ["new"]
    with db.read() as conn:
        assert conn.execute("SELECT COUNT(*) FROM event_resources")[0][0] == 1


def test_many_old_events_are_forgotten_some_at_a_time(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    record(db, *(an_event(after=-number) for number in range(10)))

    assert forget_old_events(db, keep=SECOND, now=NOON + SECOND * 60) == 10
