"""Durable runs that wait are due as soon as what they wait for is there, whoever looks and however often."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from prefect._domain.awaiting import Awaited, AwaitedEvent, AwaitedInput, awaited
from prefect._domain.events import Event
from prefect._domain.flow_runs import Declared, FlowRun, FlowRunInput
from prefect._domain.states import State, StateDetails, StateType
from prefect._orchestration import events, flow_run_inputs, flow_runs
from prefect._orchestration.duties.waking import wake, what_may_go_on
from prefect._store.database import Database
from tests._orchestration.deployed import HOUR, MINUTE, NOON, a_deployment, a_run, claimed, reread

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
    flow_run_inputs.create(db, FlowRunInput(uuid4(), run.id, key, "1", None, NOON, NOON))


def happened(db: Database, name: str, resource: str, at: datetime = NOON + MINUTE) -> None:
    events.record(db, [Event(uuid4(), at, name, {"prefect.resource.id": resource})])


def woken(db: Database) -> list[UUID]:
    may = what_may_go_on(db)
    assert wake(db, now=NOON + MINUTE, new_id=uuid4) == may
    return may


@pytest.mark.parametrize("what", [AwaitedInput("durable-number-", 2), SHIPPED, SHIPPED._replace(resource=None)])
def test_what_is_awaited_is_read_from_the_state_as_it_was_told(what: Awaited) -> None:
    state = State(StateType.SCHEDULED, "Waiting", state_details=StateDetails(run_input_keyset=what.told()))

    assert awaited(state) == what


def test_a_run_that_waits_for_a_time_is_claimed_then(db: Database) -> None:
    run = a_waiting_run(db)

    assert woken(db) == []
    assert claimed(db, at=NOON + MINUTE) == []
    assert [each.run.id for each in claimed(db, at=NOON + HOUR)] == [run.id]


def test_a_run_that_waits_for_an_input_is_due_when_there_is_one_more(db: Database) -> None:
    run = a_waiting_run(db, AwaitedInput("durable-number-", 1))

    sent(db, run, "durable-number-1")
    sent(db, run, "durable-other-1")
    assert woken(db) == []
    sent(db, run, "durable-number-2")

    assert woken(db) == [run.id]
    assert woken(db) == []
    assert reread(db, run).state_name == "Resuming"
    assert [each.run.id for each in claimed(db, at=NOON + MINUTE)] == [run.id]


def test_a_run_that_waits_for_an_event_is_due_when_it_has_happened(db: Database) -> None:
    run = a_waiting_run(db, SHIPPED)

    happened(db, "order.shipped", "order.2")
    happened(db, "invoice.paid", "order.1")
    happened(db, "order.shipped", "order.1", NOON - MINUTE)
    assert woken(db) == []
    happened(db, "order.shipped", "order.1")

    assert woken(db) == [run.id]
