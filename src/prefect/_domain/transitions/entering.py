"""What a run looks like once it has entered a state: counters, times and names that follow from the move."""

from __future__ import annotations

from datetime import timedelta

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import FINAL, State, StateType
from prefect._domain.task_runs import TaskRun
from prefect._domain.texts import mended


def enter(run: FlowRun | TaskRun, state: State) -> None:
    """Move a run into a state and let its counters and times follow."""
    if state.message:
        state.message = mended(state.message)
    previous = run.state
    if previous is not None and state.timestamp <= previous.timestamp:
        state.timestamp = previous.timestamp + timedelta(microseconds=1)
    _count_time(run, previous, state)
    if state.type is StateType.RUNNING:
        _start(run, state)
    elif state.type in FINAL:
        _end(run, previous, state)
    elif previous is not None and previous.type in FINAL:
        _reopen(run)
    run.next_scheduled_start_time = state.state_details.scheduled_time if state.type is StateType.SCHEDULED else None
    if run.expected_start_time is None:
        run.expected_start_time = run.next_scheduled_start_time or state.timestamp
    run.state = state


def _count_time(run: FlowRun | TaskRun, previous: State | None, state: State) -> None:
    if previous is not None and previous.type is StateType.RUNNING:
        run.total_run_time += state.timestamp - previous.timestamp


def _start(run: FlowRun | TaskRun, state: State) -> None:
    run.end_time = None
    if run.start_time is None:
        run.start_time = state.timestamp
    if isinstance(run, FlowRun):
        resuming, run.empirical_policy.resuming = run.empirical_policy.resuming, False
        run.empirical_policy.retry_type = None
        if resuming:
            return
    run.run_count += 1


def _end(run: FlowRun | TaskRun, previous: State | None, state: State) -> None:
    if previous is None or previous.type not in FINAL or run.end_time is None:
        run.end_time = state.timestamp
    if run.start_time is None:
        run.start_time = state.timestamp
    if isinstance(run, FlowRun):
        run.empirical_policy.resuming = False


def _reopen(run: FlowRun | TaskRun) -> None:
    run.end_time = None
    if isinstance(run, TaskRun):
        run.run_count = 0
    else:
        run.infrastructure_pid = None
