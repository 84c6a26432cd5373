"""`prefect flow-run …`"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from prefect._domain.filters import read_filter
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import StateType
from prefect._engine.recorder import recorder
from prefect._orchestration import flow_runs, flows, logs, task_runs
from prefect.cli.log_lines import Count, show_lines
from prefect.cli.output import Output, ago, duration, show_fields, show_json, show_table
from prefect.cli.running import CommandError
from prefect.cli.states import in_states

app = App(name="flow-run", help="Look at flow runs, their logs, and remove them.")


@app.command
def ls(
    *,
    flow_name: list[str] | None = None,
    limit: int = 15,
    state: list[str] | None = None,
    state_type: list[StateType] | None = None,
    output: Output = None,
) -> None:
    """List flow runs, the latest first.

    Parameters
    ----------
    flow_name
        Only runs of this flow; may be given several times.
    limit
        At most so many.
    state
        Only runs in a state of this name, such as Late.
    state_type
        Only runs in a state of this type, such as FAILED.
    """
    found = flow_runs.list_runs(
        recorder().db,
        limit=limit,
        filter=read_filter("flow_run", {"state": in_states(state, state_type)}),
        flows=read_filter("flow", {"name": {"any_": flow_name}}),
    )
    if output == "json":
        show_json([{**_shown(run), "flow_name": name} for run, name in found])
        return
    rows = [(run.id, name, run.name, run.state, ago(run.start_time or run.expected_start_time)) for run, name in found]
    show_table(("Id", "Flow", "Name", "State", "When"), rows, empty="No flow runs found. Run one: python my_flow.py")


def _shown(run: FlowRun) -> dict[str, object]:
    return {name: getattr(run, name) for name in FlowRun.__slots__}


@app.command
def inspect(id: UUID, *, output: Output = None) -> None:
    """Show everything known about a flow run."""
    db, run = recorder().db, _run(id)
    flow, states = flows.read(db, run.flow_id), flow_runs.history(db, id)
    tasks = task_runs.list_runs(db, limit=1000, filter=read_filter("task_run", {"flow_run_id": {"any_": [id]}}))
    if output == "json":
        show_json({**_shown(run), "flow_name": flow.name if flow else None, "states": states, "task_runs": tasks})
        return
    show_fields(
        {
            "Flow run": run.name,
            "Id": run.id,
            "Flow": flow.name if flow else None,
            "State": run.state,
            "Message": run.state.message if run.state else None,
            "Parameters": run.parameters,
            "Tags": ", ".join(run.tags),
            "Tries": run.run_count,
            "Started": run.start_time,
            "Ended": run.end_time,
            "Ran for": duration(run.total_run_time) if run.start_time else None,
        }
    )
    print()
    show_table(("When", "State", "Message"), [(s.timestamp, s, s.message) for s in states], empty="No states.")
    print()
    rows = [(task.id, task.name, task.state, duration(task.total_run_time)) for task in reversed(tasks)]
    show_table(("Id", "Task run", "State", "Ran for"), rows, empty="It has no task runs.")


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
    """Show the log of a flow run.

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
        lambda **page: logs.list_logs(recorder().db, flow_run_id=id, **page),
        head=head,
        count=num_logs,
        reverse=reverse,
        tail=tail,
        output=output,
    )


@app.command
def delete(id: UUID) -> None:
    """Remove a flow run with its states, task runs and logs."""
    if not flow_runs.delete(recorder().db, id):
        raise CommandError(f"There is no flow run {id}. `prefect flow-run ls` lists those there are.")
    print(f"Deleted flow run {id}.")


def _run(id: UUID) -> FlowRun:
    run = flow_runs.read(recorder().db, id)
    if run is None:
        raise CommandError(f"There is no flow run {id}. `prefect flow-run ls` lists those there are.")
    return run
