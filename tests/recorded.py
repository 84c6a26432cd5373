"""What the database of a test holds, in short forms that read well in an assertion."""

from __future__ import annotations

from uuid import UUID

from prefect._domain.events import BEGINNING, Event
from prefect._domain.filters import EVERYTHING, read_filter
from prefect._domain.flow_runs import FlowRun
from prefect._domain.logs import Log
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._engine.recorders import recorder
from prefect._orchestration import events as event_operations
from prefect._orchestration import flow_runs as flow_run_operations
from prefect._orchestration import logs as log_operations
from prefect._orchestration import task_runs as task_run_operations


def flow_runs() -> list[FlowRun]:
    """All flow runs, latest first."""
    recorder().flush()
    return [run for run, _ in flow_run_operations.list_runs(recorder().db, limit=1000)]


def the_flow_run() -> FlowRun:
    """The only flow run there is."""
    (run,) = flow_runs()
    return run


def task_runs(flow_run_id: UUID | None = None) -> list[TaskRun]:
    """Task runs in the order in which they were made."""
    recorder().flush()
    filter = EVERYTHING if flow_run_id is None else read_filter("task_run", {"flow_run_id": {"any_": [flow_run_id]}})
    found = task_run_operations.list_runs(recorder().db, limit=100_000, filter=filter)
    return sorted(found, key=lambda run: run.id)


def the_task_run() -> TaskRun:
    """The only task run there is."""
    (run,) = task_runs()
    return run


def names_of(states: list[State]) -> list[str]:
    """The names of states, in their order."""
    return [state.name for state in states]


def history(run: FlowRun | TaskRun) -> list[str]:
    """The names of the states that a run went through."""
    recorder().flush()
    operations = flow_run_operations if isinstance(run, FlowRun) else task_run_operations
    return names_of(operations.history(recorder().db, run.id))


def events(beginning: str) -> list[Event]:
    """The events whose names begin so, in their order."""
    recorder().flush()
    feed = event_operations.read_feed(recorder().db, BEGINNING, limit=10_000)
    return [event for _, event in feed if event.event.startswith(beginning)]


def log_lines(run: FlowRun) -> list[Log]:
    """The log of a flow run and its tasks."""
    recorder().flush()
    return log_operations.list_logs(recorder().db, flow_run_id=run.id, limit=100_000)


def messages(run: FlowRun) -> list[str]:
    """What was logged, without who and when."""
    return [line.message for line in log_lines(run)]
