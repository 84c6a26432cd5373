"""Proposals that are made again because the answer was lost: they get the answer that they had.

Most come while the run is still in the state that came of them. One that was kept on disk meanwhile may come when the
run has gone on, been started again or ended: then its state is found in the run's history.
"""

from __future__ import annotations

from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.verdicts import Accept, Reject, Verdict
from prefect._store.connection import Connection
from prefect._store.flow_runs import read_flow_run_state


def first_answer(run: FlowRun | TaskRun, proposed: State, spare_id: UUID) -> Verdict | None:
    """The verdict on a proposal that has been decided already; None for one that has not.

    `spare_id` is the id of the state that the laws may have made instead.
    """
    if run.state is None or run.state.id not in (proposed.id, spare_id):
        return None
    if run.state.id == proposed.id:
        return Accept(run.state)
    return Reject(run.state, run.state.message or f"The run is {run.state.name}.")


def answer_of_old(conn: Connection, flow_run_id: UUID, proposed: State, spare_id: UUID) -> Verdict | None:
    """The verdict on a proposal of which came a state that the flow run has left since; None where there is none."""
    for id in (proposed.id, spare_id):
        entered = read_flow_run_state(conn, id)
        if entered is not None and entered.state_details.flow_run_id == flow_run_id:
            return Accept(entered) if id == proposed.id else Reject(entered, entered.message or entered.name)
    return None
