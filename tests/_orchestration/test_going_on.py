"""Durable runs that crash again and again: those that get further go on at once, the others ever later."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from prefect._domain.flow_runs import Declared, Flow, FlowRun
from prefect._domain.leases import NO_TENURES
from prefect._domain.states import State, StateType
from prefect._domain.task_runs import TaskRun
from prefect._orchestration import flow_runs, journal
from prefect._store.database import Database
from prefect._store.task_runs import Moment
from tests._orchestration.deployed import HOUR, NOON, a_deployment, a_run, claimed, moved, reread


def crashed_again(db: Database, run: FlowRun, *, at: datetime) -> timedelta:
    """How long after its crash a run goes on, that was started and crashed at a time."""
    assert [each.run.id for each in claimed(db, at=at)] == [run.id]
    moved(db, run, "RUNNING", at=at, declared=Declared("v", max_resumes=100))
    assert moved(db, run, "CRASHED", at=at).state.name == "Resuming"
    due = reread(db, run).next_scheduled_start_time
    assert due is not None
    return due - at


def did(db: Database, flow_run_id: UUID, name: str = "Completed") -> TaskRun:
    """Have a task run of a run complete."""
    task_run = TaskRun(uuid4(), "step", "step", uuid4().hex, flow_run_id=flow_run_id, created=NOON)
    task_run.state = State(StateType.COMPLETED, name, uuid4(), NOON)
    journal.write(db, [Moment.of(task_run)], NO_TENURES, now=NOON, new_id=uuid4)
    return task_run


def test_a_run_that_gets_no_further_goes_on_ever_later(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)

    delays = [crashed_again(db, run, at=NOON + number * HOUR).total_seconds() for number in range(6)]

    assert delays == [0, 0, 0, 1, 2, 4]


def test_a_run_that_gets_further_if_only_in_a_subflow_goes_on_at_once(db: Database) -> None:
    run = a_run(db, a_deployment(db).id)
    for number in range(4):
        crashed_again(db, run, at=NOON + number * HOUR)
    subflow = FlowRun(uuid4(), uuid4(), "inner", parent_task_run_id=did(db, run.id, "Cached").id)
    pending = State(StateType.PENDING, "Pending", uuid4(), NOON)
    subflow = flow_runs.begin(db, Flow(uuid4(), "inner"), subflow, pending, tracked_by=None, lease=None, now=NOON)

    assert crashed_again(db, run, at=NOON + 5 * HOUR) == timedelta(seconds=2)
    did(db, subflow.id, "Cached")
    assert crashed_again(db, run, at=NOON + 6 * HOUR) == timedelta(seconds=4)
    did(db, subflow.id)
    assert crashed_again(db, run, at=NOON + 7 * HOUR) == timedelta()
    assert reread(db, run).empirical_policy.stalled == 0
