"""`prefect task-run …`"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from prefect._domain.filters import read_filter
from prefect._domain.states import StateType
from prefect._domain.task_runs import TaskRun
from prefect._engine.recorder import recorder
from prefect._orchestration import logs, task_runs
from prefect.cli.log_lines import Count, show_lines
from prefect.cli.output import Output, ago, duration, show_fields, show_json, show_table
from prefect.cli.running import CommandError
from prefect.cli.states import in_states

app = App(name="task-run", help="Look at task runs and their logs.")


@app.command
def ls(
    *,
    flow_run_id: UUID | None = None,
    limit: int = 15,
    state: list[str] | None = None,
    state_type: list[StateType] | None = None,
    output: Output = None,
) -> None:
    """List task runs, the latest first.

    Parameters
    ----------
    flow_run_id
        Only task runs of this flow run.
    limit
        At most so many.
    state
        Only runs in a state of this name, such as Cached.
    state_type
        Only runs in a state of this type, such as FAILED.
    """
    of_run = {"any_": [flow_run_id]} if flow_run_id is not None else None
    found = task_runs.list_runs(
        recorder().db,
        limit=limit,
        filter=read_filter("task_run", {"state": in_states(state, state_type), "flow_run_id": of_run}),
    )
    if output == "json":
        show_json(found)
        return
    rows = [(run.id, run.name, run.state, ago(run.start_time or run.expected_start_time)) for run in found]
    show_table(("Id", "Name", "State", "When"), rows, empty="No task runs found.")


@app.command
def inspect(id: UUID, *, output: Output = None) -> None:
    """Show everything known about a task run."""
    run, states = _run(id), task_runs.history(recorder().db, id)
    if output == "json":
        show_json({**{name: getattr(run, name) for name in TaskRun.__slots__}, "states": states})
        return
    show_fields(
        {
            "Task run": run.name,
            "Id": run.id,
            "Flow run": run.flow_run_id,
            "State": run.state,
            "Message": run.state.message if run.state else None,
            "Tags": ", ".join(run.tags),
            "Inputs": ", ".join(run.task_inputs),
            "Tries": run.run_count,
            "Started": run.start_time,
            "Ended": run.end_time,
            "Ran for": duration(run.total_run_time) if run.start_time else None,
        }
    )
    print()
    show_table(("When", "State", "Message"), [(s.timestamp, s, s.message) for s in states], empty="No states.")


@app.command(name="logs")
def show_logs(
    id: UUID,
    *,
    head: Annotated[bool, Parameter(name=["--head", "-h"], negative=())] = False,
    num_logs: Count = None,
    reverse: Annotated[bool, Parameter(name=["--reverse", "-r"], negative=())] = False,
    tail: Annotated[bool, Parameter(name=["--tail", "-t"], negative=())] = False,
    output: Output = None,
) -> None:
    """Show the log of a task run.

    Parameters
    ----------
    head
        Only the first 20 lines, or as many as --num-logs says.
    num_logs
        At most so many lines.
    reverse
        The latest line first.
    tail
        Only the last 20 lines, or as many as --num-logs says.
    """
    _run(id)
    show_lines(
        lambda **page: logs.list_logs(recorder().db, task_run_id=id, **page),
        head=head,
        count=num_logs,
        reverse=reverse,
        tail=tail,
        output=output,
    )


def _run(id: UUID) -> TaskRun:
    run = task_runs.read(recorder().db, id)
    if run is None:
        raise CommandError(f"There is no task run {id}. `prefect task-run ls` lists those there are.")
    return run
