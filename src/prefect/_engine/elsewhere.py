"""What is recorded of runs that other processes carry out; it loads a client."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from prefect._domain.states import State, StateType
from prefect._engine.outcomes import new_state, pending
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound


def recorded_state(task_run_id: UUID) -> State:
    """Where a run stands by what is recorded; Pending where nothing is."""
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):
        state = client.read_task_run(task_run_id).state
        if state is not None:
            return state
    return pending()


def state_of_the_lost(task_run_id: UUID) -> State:
    """The end of a run whose process has gone: the one that it recorded, or else a crash, which is recorded now."""
    known = recorded_state(task_run_id)
    if known.is_final():
        return known
    crash = new_state(StateType.CRASHED, message="The process that carried it out has gone without telling its end.")
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):
        client.set_task_run_state(task_run_id, crash, force=True)
    return crash


def state_of_flow_run(flow_run_id: UUID) -> State:
    """Where a flow run stands. Raises `ObjectNotFound`."""
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(flow_run_id).state
    return state if state is not None else pending()
