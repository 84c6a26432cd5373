"""Durable runs that wait are due as soon as what they wait for is there, whoever looks and however often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from prefect._domain.awaiting import Awaited, AwaitedEvent, AwaitedInput, awaited
from prefect._domain.events import Event
from prefect._domain.flow_runs import Declared, FlowRun, FlowRunInput
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.entering import enter
from prefect._orchestration import events, flow_run_inputs, flow_runs
from prefect._orchestration.duties.waking import Waker
from prefect._store import flow_runs as store
from prefect._store.database import Database
from tests._orchestration.deployed import HOUR, MINUTE, NOON, a_deployment, a_run, claimed, reread

Woken = Callable[[], list[UUID]]
SHIPPED = AwaitedEvent("order.*", "order.1", NOON)


def a_waiting_run(db: Database, what: Awaited | None = None) -> FlowRun:
    """A run of a durable flow that waits for an hour, or for something."""
    run = a_run(db, a_deployment(db).id)
    claimed(db)
    running = State(StateType.RUNNING, "Running", uuid4(), NOON)
    durable = Declared("v", max_resumes=1)
    flow_runs.set_state(db, run.id, running, now=NOON, spare_id=uuid4(), declared=durable)
    details = StateDetails(scheduled_time=NOON + HOUR, run_input_keyset=what.told() if what is not None else None)
    waiting = State(StateType.SCHEDULED, "Waiting", uuid4(), NOON, state_details=details)
    assert flow_runs.set_state(db, run.id, waiting, now=NOON, spare_id=uuid4()).state.name == "Waiting"
    return run


def sent(db: Database, run: FlowRun, key: str) -> None:
    given = FlowRunInput(uuid4(), run.id, key, "1", None, NOON, NOON)
    flow_run_inputs.create(db, given, now=NOON + MINUTE, new_id=uuid4)


def happened(db: Database, name: str, resource: str, at: datetime = NOON + MINUTE) -> None:
    events.record(db, [Event(uuid4(), at, name, {"prefect.resource.id": resource})])


@pytest.fixture
def woken(db: Database) -> Woken:
    """Who is woken by one who looks again and again."""
    waker = Waker()
    return lambda: waker.wake(db, now=NOON + MINUTE, new_id=uuid4)


def copies(db: Database, run: FlowRun, what: Sequence[AwaitedEvent]) -> list[UUID]:
    """More runs that wait as this one does, for something else each."""
    ids = [uuid4() for _ in what]
    with db.write() as conn:
        for id, each in zip(ids, what, strict=True):
            details = StateDetails(scheduled_time=NOON + HOUR, run_input_keyset=each.told())
            state = State(StateType.SCHEDULED, "Waiting", uuid4(), NOON, state_details=details)
            copy = replace(reread(db, run), id=id, idempotency_key=str(id), state=None)
            enter(copy, state)
            store.insert_flow_run(conn, copy, now=NOON)
            store.insert_flow_run_state(conn, id, state)
    return ids


@pytest.mark.parametrize("what", [AwaitedInput("durable-number-", 2), SHIPPED, SHIPPED._replace(resource=None)])
def test_what_is_awaited_is_read_from_the_state_as_it_was_told(what: Awaited) -> None:
    state = State(StateType.SCHEDULED, "Waiting", state_details=StateDetails(run_input_keyset=what.told()))

    assert awaited(state) == what


def test_a_run_that_waits_for_a_time_is_claimed_then(db: Database, woken: Woken) -> None:
    run = a_waiting_run(db)

    assert woken() == []
    assert claimed(db, at=NOON + MINUTE) == []
    assert [each.run.id for each in claimed(db, at=NOON + HOUR)] == [run.id]


def test_a_run_that_waits_for_an_input_is_due_when_there_is_one_more(db: Database) -> None:
    run = a_waiting_run(db, AwaitedInput("durable-number-", 1))

    sent(db, run, "durable-number-1")
    sent(db, run, "durable-other-1")
    assert reread(db, run).state_name == "Waiting"
    sent(db, run, "durable-number-2")

    assert reread(db, run).state_name == "Resuming"
    assert [each.run.id for each in claimed(db, at=NOON + MINUTE)] == [run.id]


@pytest.mark.parametrize("is_looked_before", [False, True])
def test_an_input_or_event_that_came_before_the_wait_is_found(
    db: Database, woken: Woken, is_looked_before: bool
) -> None:
    if is_looked_before:
        woken()
    waits_for_an_event, waits_for_an_input = a_waiting_run(db), a_waiting_run(db)
    happened(db, "order.shipped", "order.1")
    for run, what in ((waits_for_an_event, SHIPPED), (waits_for_an_input, AwaitedInput("durable-number-", 0))):
        sent(db, run, "durable-number-1")
        with db.write() as conn:
            changed = store.lock_flow_run(conn, run.id)
            assert changed is not None
            details = StateDetails(scheduled_time=NOON + HOUR, run_input_keyset=what.told())
            waiting = State(StateType.SCHEDULED, "Waiting", uuid4(), NOON, state_details=details)
            flow_runs.move(conn, changed, waiting, now=NOON, spare_id=uuid4(), forced=True)

    assert set(woken()) == {waits_for_an_event.id, waits_for_an_input.id}
    assert woken() == []


@pytest.mark.parametrize("is_looked_before", [False, True])
def test_a_run_that_waits_for_an_event_is_due_when_it_has_happened(
    db: Database, woken: Woken, is_looked_before: bool
) -> None:
    if is_looked_before:
        woken()
    run = a_waiting_run(db, SHIPPED)

    happened(db, "order.shipped", "order.2")
    happened(db, "invoice.paid", "order.1")
    happened(db, "order.shipped", "order.1", NOON - MINUTE)
    assert woken() == []
    happened(db, "order.shipped", "order.1")

    assert woken() == [run.id]
    assert woken() == []


def test_two_who_look_wake_a_run_once(db: Database, woken: Woken) -> None:
    run = a_waiting_run(db, SHIPPED)
    other = Waker()
    assert other.wake(db, now=NOON, new_id=uuid4) == woken() == []

    happened(db, "order.shipped", "order.1")

    assert [*woken(), *other.wake(db, now=NOON + MINUTE, new_id=uuid4)] == [run.id]


def test_one_event_wakes_one_of_five_thousand_by_a_few_statements(db: Database, woken: Woken) -> None:
    if db.dialect != "sqlite":
        pytest.skip("What is asked is the same; SQLite says what it is asked")
    run = a_waiting_run(db, SHIPPED)
    orders = [AwaitedEvent("order.shipped", f"order.{number}", NOON) for number in range(2, 5_002)]
    ids = copies(db, run, orders)
    assert woken() == []
    asked: list[str] = []
    with db.read() as conn:
        raw = conn.raw  # type: ignore[attr-defined]  # that of SQLite
    happened(db, "order.shipped", "order.4321")
    raw.set_trace_callback(asked.append)

    found = woken()

    raw.set_trace_callback(None)
    assert found == [ids[orders.index(AwaitedEvent("order.shipped", "order.4321", NOON))]]
    assert len(asked) < 60, asked
    selects = [sql for sql in asked if sql.startswith(("SELECT", "UPDATE"))]
    plans = [row[3] for sql in selects for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert [plan for plan in plans if plan.startswith("SCAN flow_run")] == []
    asked.clear()
    raw.set_trace_callback(asked.append)

    assert woken() == []

    raw.set_trace_callback(None)
    assert len(asked) < 10, asked
