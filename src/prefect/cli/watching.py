"""Waiting at the terminal for a flow run to end."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from prefect._clock import now
from prefect._domain.states import State
from prefect._wire.flow_runs import FlowRunResponse
from prefect.cli.output import COLOURS, console, duration
from prefect.cli.progress import progress
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient

if TYPE_CHECKING:
    from rich.console import Console

LOOK_EVERY = 0.25
"""Seconds between two looks at a run."""


def watch(
    client: SyncPrefectClient, run: FlowRunResponse, *, timeout: float | None = None, interval: float = LOOK_EVERY
) -> FlowRunResponse:
    """Show each state that a run enters until it ends; the run then. Raises `CommandError` when the time is over."""
    deadline = None if timeout is None else time.monotonic() + timeout
    known: State | None = None
    terminal = console()
    with progress(run.name) as tell:
        while True:
            if run.state is not None and (known is None or known.id != run.state.id):
                known = run.state
                _show(terminal, known)
            if known is not None and known.is_final():
                return run
            if deadline is not None and time.monotonic() >= deadline:
                raise CommandError(f"Flow run {run.name!r} has not ended in {timeout:g} s: it is {run.state_name}.")
            tell(_how_far(run))
            time.sleep(interval)
            run = client.read_flow_run(run.id)


def require_completed(run: FlowRunResponse) -> None:
    """Raise `CommandError` for a run that has not completed."""
    if run.state is None or not run.state.is_completed():
        raise CommandError(
            f"Flow run {run.name!r} ended {run.state_name}. `prefect flow-run logs {run.id}` shows its log."
        )


def _show(terminal: Console, state: State) -> None:
    when = f"{state.timestamp.astimezone():%H:%M:%S}"
    message = f"  {' '.join(state.message.split())}" if state.message else ""
    terminal.print(f"{when}  {state.name:<10}{message}", style=COLOURS.get(state.type.value), markup=False)


def _how_far(run: FlowRunResponse) -> str:
    if run.start_time is not None:
        return f"{run.name} has been running for {duration(_since(run.start_time))}"
    due = run.expected_start_time
    if due is not None and _since(due) < timedelta():
        return f"{run.name} starts in {duration(-_since(due))}"
    return f"{run.name} waits to be started"


def _since(moment: datetime) -> timedelta:
    """How long ago something was, in whole seconds."""
    return timedelta(seconds=round((now() - moment).total_seconds()))
