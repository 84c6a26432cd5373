"""`prefect flow-run …`"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from cyclopts import App, Parameter

from prefect._clock import now
from prefect._domain.states import State, StateDetails, StateType
from prefect._wire import filters
from prefect._wire.flow_runs import FlowRunResponse
from prefect.cli.client import asking
from prefect.cli.dashboard import open_in_browser, page_url
from prefect.cli.found import flow_run_of, names_of_flows
from prefect.cli.graph_drawing import lines_of
from prefect.cli.log_lines import Count, Head, Reverse, Tail, follow, show_lines, shown
from prefect.cli.output import Output, ago, duration, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.running import CommandError
from prefect.cli.states import entered, in_states, none_found
from prefect.cli.watching import require_completed
from prefect.cli.watching import watch as watch_run
from prefect.client.orchestration import SyncPrefectClient

if TYPE_CHECKING:
    from prefect._wire.task_runs import TaskRun

app = App(name="flow-run", help="Look at flow runs and their logs; cancel, retry, watch and remove them.")

FLOW_RUN_ID = "PREFECT__FLOW_RUN_ID"
Run = Annotated[str, Parameter(help="Its name, or its id, or the beginning of that.")]


@app.command
def ls(
    *,
    flow_name: list[str] | None = None,
    limit: Annotated[int, AtLeastOne] = 15,
    state: list[str] | None = None,
    state_type: list[StateType] | None = None,
    output: Output = None,
) -> None:
    """List flow runs, the latest first.

    prefect flow-run ls --state-type FAILED --limit 50
    prefect flow-run ls --flow-name etl --state Late -o json

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
    states = in_states(state, state_type)
    runs = filters.FlowRunFilter.model_validate(states) if states else None
    flows = filters.FlowFilter.model_validate({"name": {"any_": flow_name}}) if flow_name else None
    with asking() as client:
        found = up_to(
            limit,
            lambda **piece: client.read_flow_runs(flow_run_filter=runs, flow_filter=flows, sort="ID_DESC", **piece),
        )
        names = names_of_flows(client, (run.flow_id for run in found))
    if output == "json":
        show_json([{**run.model_dump(mode="json"), "flow_name": names.get(run.flow_id)} for run in found])
        return
    rows = [
        (run.id, names.get(run.flow_id), run.name, run.state, ago(run.start_time or run.expected_start_time))
        for run in found
    ]
    show_table(
        ("Id", "Flow", "Name", "State", "When"),
        rows,
        empty=none_found("flow runs", state, "No flow runs found. Run one: python my_flow.py"),
        has_short_ids=True,
    )


@app.command
def inspect(run: Run, *, web: bool = False, output: Output = None) -> None:
    """Show everything known about a flow run, its states and its task runs.

    Parameters
    ----------
    web
        Open its page in the browser.
    """
    with asking() as client:
        found = flow_run_of(client, run)
        flow = names_of_flows(client, [found.flow_id]).get(found.flow_id)
        states = client.read_flow_run_states(found.id)
        tasks = _tasks(client, found.id)
        waits = client.read_flow_run_waiting_reason(found.id) if _has_not_begun(found) else None
    if web:
        open_in_browser(page_url(f"/runs/flow-run/{found.id}"))
    elif output == "json":
        told = {"flow_name": flow, "states": states, "task_runs": tasks, "waiting_reason": waits}
        show_json({**found.model_dump(mode="json"), **told})
    else:
        _show(found, flow, states, tasks, waits.message if waits is not None else None)


def _has_not_begun(run: FlowRunResponse) -> bool:
    return run.state is not None and (run.state.is_scheduled() or run.state.is_pending())


def _tasks(client: SyncPrefectClient, flow_run_id: UUID) -> list[TaskRun]:
    of_run = filters.TaskRunFilter.model_validate({"flow_run_id": {"any_": [flow_run_id]}})
    return up_to(1000, lambda **piece: client.read_task_runs(task_run_filter=of_run, sort="ID_DESC", **piece))


def _show(
    run: FlowRunResponse, flow: str | None, states: list[State], tasks: list[TaskRun], waits_for: str | None
) -> None:
    show_fields(
        {
            "Flow run": run.name,
            "Id": run.id,
            "Flow": flow,
            "State": run.state,
            "Message": run.state.message if run.state else None,
            "Not started": waits_for,
            "Parameters": run.parameters,
            "Tags": ", ".join(run.tags),
            "Tries": run.run_count,
            "Due": run.expected_start_time if run.start_time is None else None,
            "Started": run.start_time,
            "Ended": run.end_time,
            "Ran for": duration(run.estimated_run_time) if run.start_time else None,
            "Work pool": run.work_pool_name,
            "Work queue": run.work_queue_name,
        }
    )
    print()
    show_table(("When", "State", "Message"), [(s.timestamp, s, s.message) for s in states], empty="No states.")
    print()
    rows = [(task.id, task.name, task.state, duration(task.estimated_run_time)) for task in reversed(tasks)]
    show_table(("Id", "Task run", "State", "Ran for"), rows, empty="It has no task runs.", has_short_ids=True)


@app.command(name="logs")
def show_logs(
    run: Run,
    *,
    follow_: Annotated[bool, Parameter(name=["--follow", "-f"])] = False,
    head: Head = False,
    num_logs: Count = None,
    reverse: Reverse = False,
    tail: Tail = False,
    output: Output = None,
) -> None:
    """Show the log of a flow run.

    prefect flow-run logs brave-otter --tail
    prefect flow-run logs brave-otter --follow

    Parameters
    ----------
    follow_
        Show lines as they are written, until the run ends.
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
        found = flow_run_of(client, run)
        of_run = {"flow_run_id": {"any_": [found.id]}}
        if not follow_:
            show_lines(client, of_run, head=head, count=num_logs, reverse=reverse, tail=tail, output=output)
            return
        if head or tail or reverse or num_logs or output:
            raise CommandError("--follow shows every line as it is written; it goes with no other option.")
        for line in follow(client, of_run, lambda: _has_ended(client.read_flow_run(found.id))):
            print(shown(line), flush=True)


def _has_ended(run: FlowRunResponse) -> bool:
    return run.state is not None and run.state.is_final()


@app.command
def cancel(run: Run) -> None:
    """Cancel a flow run: one that waits at once, one that runs as soon as its process has been ended."""
    with asking() as client:
        found = flow_run_of(client, run)
        proposed = State(StateType.CANCELLING, message="Cancelled on the command line.")
        state = entered(client.set_flow_run_state(found.id, proposed), found.name)
    told = "is cancelled" if state.is_final() else "is being cancelled"
    print(f"Flow run {found.name!r} {told}.")


@app.command
def delete(run: Run) -> None:
    """Remove a flow run with its states, task runs and logs."""
    with asking() as client:
        found = flow_run_of(client, run)
        client.delete_flow_run(found.id)
    print(f"Deleted flow run {found.name!r} ({found.id}).")


@app.command
def watch(run: Run, *, timeout: float | None = None) -> None:
    """Wait until a flow run ends and show its states; the exit code is 0 only where it completes.

    Parameters
    ----------
    timeout
        Seconds to wait at most.
    """
    with asking() as client:
        require_completed(watch_run(client, flow_run_of(client, run), timeout=timeout))


@app.command
def retry(run: Run, *, entrypoint: str | None = None) -> None:
    """Run a flow run again that has ended.

    A run of a deployment is started by whoever starts the deployment's runs; any other one is carried out here.

    prefect flow-run retry brave-otter
    prefect flow-run retry brave-otter --entrypoint flows.py:etl

    Parameters
    ----------
    entrypoint
        Where the flow is, for a run without a deployment: FILE.py:FUNCTION.
    """
    with asking() as client:
        found = flow_run_of(client, run)
        if not _has_ended(found):
            raise CommandError(f"Flow run {found.name!r} has not ended: it is {found.state_name}.")
        if found.deployment_id is not None and entrypoint is None:
            _schedule_again(client, found)
            return
    if entrypoint is None:
        raise CommandError(
            f"Flow run {found.name!r} has no deployment, so nobody knows where its code is: say "
            "--entrypoint FILE.py:FUNCTION."
        )
    from prefect.runner.execution import execute_again

    raise SystemExit(execute_again(found.id, entrypoint))


def _schedule_again(client: SyncPrefectClient, run: FlowRunResponse) -> None:
    details = StateDetails(scheduled_time=now())
    again = State(StateType.SCHEDULED, "AwaitingRetry", message="Retried on the command line.", state_details=details)
    entered(client.set_flow_run_state(run.id, again), run.name)
    print(f"Flow run {run.name!r} waits to be run again. `prefect flow-run watch {run.id}` shows what becomes of it.")


@app.command
def graph(run: Run, *, output: Output = None) -> None:
    """Draw what a flow run did: its tasks and subflows, and which waited for which.

    Many tasks of one name are one line.

    prefect flow-run graph brave-otter
    """
    with asking() as client:
        found = flow_run_of(client, run)
        drawn = client.read_flow_run_graph(found.id)
    if output == "json":
        show_json(drawn)
        return
    print(f"{found.name}  {found.state_name}")
    print(*(lines_of(drawn) or ["It has no task runs."]), sep="\n")


@app.command
def execute(id: UUID | None = None) -> None:
    """Carry out a recorded flow run of a deployment here, as workers have it done.

    Parameters
    ----------
    id
        Its id; without one PREFECT__FLOW_RUN_ID names it.
    """
    if id is None and not os.environ.get(FLOW_RUN_ID):
        raise CommandError(f"Name the flow run by its id, or in {FLOW_RUN_ID}.")
    from prefect.runner.execution import main

    raise SystemExit(main([str(id)] if id is not None else []))
