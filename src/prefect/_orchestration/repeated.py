"""Proposals that are made again because the answer was lost: they get the answer that they had."""

from __future__ import annotations

from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.verdicts import Accept, Reject, Verdict


def first_answer(run: FlowRun | TaskRun, proposed: State, spare_id: UUID) -> Verdict | None:
    """The verdict on a proposal that has been decided already; None for one that has not.

    `spare_id` is the id of the state that the laws may have made instead.
    """
    if run.state is None or run.state.id not in (proposed.id, spare_id):
        return None
    if run.state.id == proposed.id:
        return Accept(run.state)
    return Reject(run.state, run.state.message or f"The run is {run.state.name}.")
