"""What tests of faults do to runs and their database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._engine.recorders import recorder
from prefect._orchestration import flow_runs
from prefect._store.database import Database
from prefect.runner.duties import LEASES
from prefect.runner.hosting import duties_carried_out


@contextmanager
def leases_watched(db: Database | None = None) -> Iterator[None]:
    """The duty of leases is carried out often inside the block, on the local database unless it is told which."""
    with duties_carried_out(db or recorder().db, (LEASES._replace(every=0.1),)):
        yield


def due_now(run: FlowRun) -> None:
    """Have a run started again at once, as a person does who does not want to wait."""
    details = StateDetails(scheduled_time=now())
    state = State(StateType.SCHEDULED, "AwaitingRetry", id=new_id(), timestamp=now(), state_details=details)
    flow_runs.set_state(recorder().db, run.id, state, now=now(), spare_id=new_id())
