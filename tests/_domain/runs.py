"""Runs to try the laws on: factories that say only what matters."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from prefect._domain.flow_runs import FlowRun, FlowRunPolicy
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun, TaskRunPolicy
from prefect._domain.transitions.decide import decide
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.verdicts import Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SPARE = UUID(int=99)
SECOND = timedelta(seconds=1)
DEPLOYMENT = UUID(int=7)
STORED = {"storage_key": "abc"}


def a_state(type: str, name: str | None = None, *, at: datetime = NOON, data: Any = None, **details: Any) -> State:
    return State(
        type=StateType(type),
        name=name or type.capitalize(),
        timestamp=at,
        data=data,
        state_details=StateDetails(**details),
    )


def a_flow_run(state: State | None = None, **fields: Any) -> FlowRun:
    policy = FlowRunPolicy(**fields.pop("policy", {}))
    return FlowRun(id=UUID(int=1), flow_id=UUID(int=2), name="run", state=state, empirical_policy=policy, **fields)


def a_task_run(state: State | None = None, **fields: Any) -> TaskRun:
    policy = TaskRunPolicy(**fields.pop("policy", {}))
    fields = {"flow_run_id": UUID(int=1), **fields}
    return TaskRun(
        id=UUID(int=3), name="t", task_key="t", dynamic_key="0", state=state, empirical_policy=policy, **fields
    )


def verdict(run: FlowRun | TaskRun, proposed: State, *, forced: bool = False, **facts: Any) -> Verdict:
    """What the laws make of a proposal, at noon."""
    known: dict[str, Any] = {"run": run, "proposed": proposed, "now": NOON, "spare_id": SPARE, **facts}
    return decide(Facts(**known), forced=forced)
