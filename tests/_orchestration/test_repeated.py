"""A proposal that comes again gets the answer that it had, also when its run has gone on since."""

from __future__ import annotations

from uuid import uuid4

import pytest

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType
from prefect._domain.transitions.verdicts import Accept, Reject
from prefect._orchestration import flow_runs
from prefect._store.database import Database
from tests._orchestration.deployed import NOON, SECOND, a_deployment, a_run, claimed, moved, reread


def state(type: str) -> State:
    return State(StateType(type), type.capitalize(), uuid4(), NOON + SECOND)


@pytest.fixture
def at_work(db: Database) -> FlowRun:
    """A run that its process carries out, in the first epoch."""
    run = a_run(db, a_deployment(db).id)
    assert [claim.epoch for claim in claimed(db)] == [1]
    moved(db, run, "RUNNING")
    return run


def test_an_end_that_comes_again_when_the_run_waits_for_another_try_changes_nothing(
    db: Database, at_work: FlowRun
) -> None:
    end = state("COMPLETED")
    first = flow_runs.set_state(db, at_work.id, end, now=NOON + SECOND, spare_id=uuid4(), epoch=1)
    moved(db, at_work, "SCHEDULED", at=NOON + 2 * SECOND, name="AwaitingRetry")

    again = flow_runs.set_state(db, at_work.id, end, now=NOON + 3 * SECOND, spare_id=uuid4(), epoch=1)

    assert isinstance(first.verdict, Accept)
    assert isinstance(again.verdict, Accept)
    assert again.verdict.state.id == first.verdict.state.id == end.id
    assert reread(db, at_work).state_name == "AwaitingRetry"
    history = [each.name for each in flow_runs.history(db, at_work.id)]
    assert history == ["Scheduled", "Pending", "Running", "Completed", "AwaitingRetry"]


def test_what_the_laws_made_instead_is_told_again(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)
    wish, spare = state("CANCELLING"), uuid4()
    first = flow_runs.set_state(db, run.id, wish, now=NOON + SECOND, spare_id=spare)
    moved(db, run, "SCHEDULED", at=NOON + 2 * SECOND, name="AwaitingRetry")

    again = flow_runs.set_state(db, run.id, wish, now=NOON + 3 * SECOND, spare_id=spare)

    assert isinstance(first.verdict, Reject)
    assert isinstance(again.verdict, Reject)
    told = [verdict.state.name for verdict in (first.verdict, again.verdict) if verdict.state is not None]
    assert told == ["Cancelled", "Cancelled"]
    assert [each.id for each in flow_runs.history(db, run.id)].count(spare) == 1
    assert reread(db, run).state_name == "AwaitingRetry"


def test_the_id_of_another_runs_state_is_no_answer(db: Database, at_work: FlowRun) -> None:
    other, end = a_run(db, a_deployment(db).id), state("COMPLETED")
    flow_runs.set_state(db, at_work.id, end, now=NOON + SECOND, spare_id=uuid4(), epoch=1)

    with pytest.raises(Exception, match=r"(?i)unique"):
        flow_runs.set_state(db, other.id, end, now=NOON + SECOND, spare_id=uuid4(), forced=True)

    assert reread(db, other).state_name == "Scheduled"
