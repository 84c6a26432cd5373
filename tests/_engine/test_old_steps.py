"""What durable runs have kept is removed when nobody can go on with them, and not before."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from prefect import flow, task
from prefect._clock import new_id, now
from prefect._domain.flow_runs import Flow, FlowRun, FlowRunPolicy
from prefect._domain.states import State, StateDetails, StateType
from prefect._engine.kept_steps import RECORDED_IN
from prefect._engine.old_steps import LOOKED, place_text, remove_old_steps
from prefect._engine.recorders import recorder
from prefect._engine.step_files import StepFile
from prefect._orchestration import flow_runs
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH
from tests import recorded

DAY = timedelta(days=1)
KEEP = 30 * DAY


def folder() -> Path:
    path = Path("storage")
    path.mkdir(exist_ok=True)
    return path


def kept(flow_run_id: UUID, *, ago: timedelta = KEEP, place: bytes | None = None) -> Path:
    """The file of a run, in which the last step was kept so long ago."""
    file = folder() / f"{flow_run_id}.steps"
    steps = StepFile(file)
    steps.write(RECORDED_IN, place or place_text(recorder().ledger))
    steps.write("step", b"1")
    written = time.time() - ago.total_seconds() - 60
    os.utime(file, (written, written))
    return file


def a_run(state: StateType, name: str, *, ago: timedelta = KEEP, max_resumes: int = 1) -> UUID:
    """A recorded run that has been in a state for so long."""
    at = now() - ago
    run = FlowRun(uuid4(), uuid4(), "run", empirical_policy=FlowRunPolicy(max_resumes=max_resumes))
    pending = State(StateType.PENDING, "Pending", uuid4(), at)
    run = flow_runs.begin(recorder().db, Flow(uuid4(), "f"), run, pending, tracked_by=None, lease=None, now=at)
    entered = State(state, name, uuid4(), at, state_details=StateDetails(scheduled_time=at + 100 * DAY))
    flow_runs.set_state(recorder().db, run.id, entered, now=at, spare_id=new_id(), forced=True)
    return run.id


def removed(*, keep: timedelta = KEEP) -> list[Path]:
    return remove_old_steps(folder(), recorder().ledger, keep=keep, now=now())


@pytest.mark.parametrize("state", [StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED])
def test_the_file_of_a_run_that_has_ended_is_removed_after_a_while(state: StateType) -> None:
    old, young = a_run(state, "Ended"), a_run(state, "Ended", ago=KEEP - DAY)
    of_old, of_young = kept(old), kept(young)

    assert removed() == [of_old]
    assert of_young.exists()


def test_the_file_of_a_run_that_waits_stays_however_long() -> None:
    file = kept(a_run(StateType.SCHEDULED, "Waiting", ago=300 * DAY), ago=300 * DAY)

    assert removed() == []
    assert file.exists()


def test_the_file_of_a_run_that_crashed_stays_while_it_can_go_on() -> None:
    kept(a_run(StateType.CRASHED, "Crashed"))
    given_up = kept(a_run(StateType.CRASHED, "Crashed", max_resumes=0))

    assert removed() == [given_up]


def test_the_file_of_a_subflow_stays_as_long_as_the_run_around_it() -> None:
    @flow
    def inner() -> None: ...

    @flow(durable=True)
    def outer() -> None:
        inner()

    outer()
    files = {UUID(file.stem): file for file in Path(PREFECT_LOCAL_STORAGE_PATH.value()).glob("*.steps")}
    assert files.keys() == {run.id for run in recorded.flow_runs()}
    around = next(run for run in recorded.flow_runs() if run.parent_task_run_id is None)
    for id in files:
        kept(id)
    waiting = State(StateType.SCHEDULED, "Waiting", uuid4(), now())
    flow_runs.set_state(recorder().db, around.id, waiting, now=now(), spare_id=new_id(), forced=True)

    assert removed() == []


def test_the_file_of_a_deleted_run_goes_unless_it_was_recorded_elsewhere() -> None:
    here, elsewhere = kept(uuid4()), kept(uuid4(), place=b"elsewhere")
    others = [folder() / name for name in ("notes.steps", "a-result")]
    for other in others:
        other.touch()
        os.utime(other, (0, 0))

    assert removed() == [here]
    assert all(file.exists() for file in [elsewhere, *others])


def test_one_looks_once_a_day() -> None:
    assert removed() == []
    file = kept(uuid4())

    assert removed() == []
    os.utime(folder() / LOOKED, (0, 0))
    assert removed() == [file]


def test_whoever_ends_a_durable_run_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Path(PREFECT_LOCAL_STORAGE_PATH.value())

    @task
    def step() -> datetime:
        return datetime.now(timezone.utc)

    @flow(durable=True)
    def durable() -> None:
        step()

    durable()
    monkeypatch.setenv("PREFECT_FLOWS_STEPS_RETENTION_PERIOD", "0")
    first = list(storage.glob("*.steps"))
    os.utime(storage / LOOKED, (0, 0))
    durable()

    assert len(first) == 1
    assert not first[0].exists()
