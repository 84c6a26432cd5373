"""`prefect shell …`: any command as a flow."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import IO, Annotated

from cyclopts import App, Parameter

from prefect.cli.running import CommandError
from prefect.context import tags as with_tags
from prefect.deployments.runner import RunnerDeployment
from prefect.deployments.serving import Served
from prefect.exceptions import FailedRun
from prefect.flows import flow
from prefect.logging.loggers import get_run_logger
from prefect.runner.starter import stopped_by_signals
from prefect.schedules import Cron

app = App(name="shell", help="Run any command as a flow: now, or whenever it is due.")
LogOutput = Annotated[bool, Parameter(negative="--no-log-output")]
StreamStdout = Annotated[bool, Parameter(negative="--no-stream-stdout")]


@flow(name="Shell Command")
def shell_command(command: str, log_output: bool = True, stream_stdout: bool = True) -> None:
    """Run a command in a shell. What it prints is logged, or else shown; its run fails where the command does."""
    logger = get_run_logger()
    told, complained = (logger.info, logger.warning) if log_output else _shown if stream_stdout else (_kept, _kept)
    process = subprocess.Popen(
        command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        aside = threading.Thread(target=_tell, args=(process.stderr, complained))
        aside.start()
        _tell(process.stdout, told)
        aside.join()
    if process.returncode != 0:
        raise FailedRun(f"Command failed with exit code {process.returncode}")


def _tell(lines: IO[str], tell: Callable[[str], object]) -> None:
    for line in lines:
        tell(line.rstrip("\n"))


def _kept(line: str) -> None:
    """Say nothing."""


_shown = (partial(print, flush=True), lambda line: print(line, file=sys.stderr, flush=True))
"""What shows the lines of standard output, and those of standard error."""


@app.command
def watch(
    command: str,
    *,
    log_output: LogOutput = True,
    flow_run_name: str | None = None,
    flow_name: str = "Shell Command",
    stream_stdout: StreamStdout = True,
    tag: list[str] | None = None,
) -> None:
    """Run a command now, recorded as a flow run.

    prefect shell watch "rsync -a data/ backup/" --flow-run-name backup --tag nightly

    Parameters
    ----------
    command
        The command, as a shell takes it.
    log_output
        Whether what it prints is logged.
    flow_run_name
        The name of the run.
    flow_name
        The name of the flow.
    stream_stdout
        Whether what is not logged is shown.
    tag
        A tag of the run; may be given several times.
    """
    named = shell_command.with_options(name=flow_name, flow_run_name=flow_run_name)
    with with_tags(*(tag or ())):
        state = named(command, log_output, stream_stdout, return_state=True)
    if not state.is_completed():
        raise CommandError(f"The command's run is {state.name}: {state.message}")


@app.command
def serve(
    command: str,
    *,
    flow_name: str,
    deployment_name: str = "CLI Runner Deployment",
    tag: list[str] | None = None,
    log_output: LogOutput = True,
    stream_stdout: StreamStdout = True,
    cron_schedule: str | None = None,
    timezone: str | None = None,
    concurrency_limit: int | None = None,
    run_once: bool = False,
) -> None:
    """Record a deployment that runs a command, and run it when it is due or triggered, here, until Ctrl-C.

    prefect shell serve "rsync -a data/ backup/" --flow-name backup --cron-schedule "0 3 * * *"

    Parameters
    ----------
    command
        The command, as a shell takes it.
    flow_name
        The name of the flow.
    deployment_name
        The name of the deployment.
    tag
        A tag of the runs; may be given several times.
    log_output
        Whether what it prints is logged.
    stream_stdout
        Whether what is not logged is shown.
    cron_schedule
        A cron expression.
    timezone
        The time zone of the schedule.
    concurrency_limit
        How many runs may be at work at once.
    run_once
        Start the runs that are due now, and end.
    """
    made = RunnerDeployment.from_entrypoint(
        f"{__name__}.shell_command",
        deployment_name,
        flow_name,
        tags=tag,
        parameters={"command": command, "log_output": log_output, "stream_stdout": stream_stdout},
        schedule=Cron(cron_schedule, timezone) if cron_schedule else None,
    )
    served = Served([made], {"limit": concurrency_limit})
    with served.recorded() as runner, stopped_by_signals(runner):
        served.say_so()
        runner.run(once=run_once)
