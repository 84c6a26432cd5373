"""What is left of a run whose process died is ended, each part by a state of its own."""

from __future__ import annotations

from datetime import timedelta

from prefect._api.repeating import HEADER, ids_for
from prefect._clock import new_id, now
from prefect._engine.recorders import recorder
from prefect._orchestration import task_runs
from prefect._orchestration.duties.leases import end_abandoned_runs
from tests import recorded
from tests.faults.programs import carried_out

DIES = """
from prefect._engine.recorders import recorder

@task
def step():
    recorder().flush()
    os.kill(os.getpid(), 9)

@flow
def inner():
    step()

@flow
def outer():
    inner()

outer()
"""


def test_no_two_ends_of_what_a_dead_process_left_have_one_id_though_the_ids_follow_from_one_request() -> None:
    assert carried_out(DIES).returncode == -9
    end_abandoned_runs(recorder().db, now=now() + timedelta(days=1), new_id=ids_for({HEADER: str(new_id())}, new_id))

    ends = recorded.events("prefect.flow-run.Crashed") + recorded.events("prefect.task-run.Crashed")
    assert len({event.id for event in ends}) == len(ends) == 4
    for run in recorded.task_runs():
        assert run.state is not None
        assert run.state.id == task_runs.history(recorder().db, run.id)[-1].id
