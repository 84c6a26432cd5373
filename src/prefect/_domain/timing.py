"""How long a run has run and how late it is, counted up to a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import FINAL, StateType
from prefect._domain.task_runs import TaskRun

NO_TIME = timedelta()


def run_time_until(run: FlowRun | TaskRun, now: datetime) -> timedelta:
    """How long a run has been running, its present stay in a running state included."""
    if run.state is None or run.state.type is not StateType.RUNNING:
        return run.total_run_time
    return run.total_run_time + max(now - run.state.timestamp, NO_TIME)


def lateness_until(run: FlowRun | TaskRun, now: datetime) -> timedelta:
    """How much later than expected a run started, or how long it is overdue."""
    expected = run.expected_start_time
    if expected is None:
        return NO_TIME
    if run.start_time is not None:
        return max(run.start_time - expected, NO_TIME)
    return NO_TIME if run.state_type in FINAL else max(now - expected, NO_TIME)
