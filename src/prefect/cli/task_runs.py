"""`prefect task-run …`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from prefect._domain.states import StateType
from prefect._wire import filters
from prefect.cli.client import asking
from prefect.cli.dashboard import open_in_browser, page_url
from prefect.cli.found import as_id, flow_run_of, task_run_of
from prefect.cli.log_lines import Count, Head, Reverse, Tail, show_lines
from prefect.cli.output import Output, ago, duration, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.states import in_states, none_found

app = App(name="task-run", help="Look at task runs and their logs.")

Run = Annotated[str, Parameter(help="Its id, or the beginning of it.")]


@app.command
def ls(
    *,
    flow_run_id: str | None = None,
    limit: Annotated[int, AtLeastOne] = 15,
    state: list[str] | None = None,
    state_type: list[StateType] | None = None,
    output: Output = None,
) -> None:
    """List task runs, the latest first.

    prefect task-run ls --state-type FAILED

    Parameters
    ----------
    flow_run_id
        Only task runs of this flow run: its id, its name, or the beginning of its id.
    limit
        At most so many.
    state
        Only runs in a state of this name, such as Cached.
    state_type
        Only runs in a state of this type, such as FAILED.
    """
    asked = in_states(state, state_type)
    with asking() as client:
        if flow_run_id is not None:
            whole = as_id(flow_run_id)
            asked["flow_run_id"] = {"any_": [whole or flow_run_of(client, flow_run_id).id]}
        wanted = filters.TaskRunFilter.model_validate(asked) if asked else None
        found = up_to(limit, lambda **piece: client.read_task_runs(task_run_filter=wanted, sort="ID_DESC", **piece))
    if output == "json":
        show_json(found)
        return
    rows = [(run.id, run.name, run.state, ago(run.start_time or run.expected_start_time)) for run in found]
    empty = none_found("task runs", state, "No task runs found.")
    show_table(("Id", "Name", "State", "When"), rows, empty=empty, has_short_ids=True)


@app.command
def inspect(id: Run, *, web: bool = False, output: Output = None) -> None:
    """Show everything known about a task run.

    Parameters
    ----------
    web
        Open its page in the browser.
    """
    with asking() as client:
        run = task_run_of(client, id)
        states = client.read_task_run_states(run.id)
    if web:
        open_in_browser(page_url(f"/runs/task-run/{run.id}"))
        return
    if output == "json":
        show_json({**run.model_dump(mode="json"), "states": states})
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
            "Ran for": duration(run.estimated_run_time) if run.start_time else None,
        }
    )
    print()
    show_table(("When", "State", "Message"), [(s.timestamp, s, s.message) for s in states], empty="No states.")


@app.command(name="logs")
def show_logs(
    id: Run,
    *,
    head: Head = False,
    num_logs: Count = None,
    reverse: Reverse = False,
    tail: Tail = False,
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
    with asking() as client:
        run = task_run_of(client, id)
        of_run = {"task_run_id": {"any_": [run.id]}}
        show_lines(client, of_run, head=head, count=num_logs, reverse=reverse, tail=tail, output=output)
