"""`prefect flow serve`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from prefect.cli.running import CommandError
from prefect.cli.words import schedules_said
from prefect.deployments import serving
from prefect.deployments.runner import RunnerDeployment


def serve(
    entrypoint: str,
    *,
    name: Annotated[str, Parameter(name=["--name", "-n"])],
    description: str | None = None,
    version: str | None = None,
    tag: Annotated[list[str] | None, Parameter(name=["--tag", "-t"])] = None,
    cron: str | None = None,
    interval: str | None = None,
    anchor_date: str | None = None,
    rrule: str | None = None,
    timezone: str | None = None,
    pause_on_shutdown: Annotated[bool, Parameter(negative="--no-pause-on-shutdown")] = True,
    limit: int | None = None,
    global_limit: int | None = None,
) -> None:
    """Record a deployment of a flow and run it when it is due or triggered, here, until Ctrl-C.

    Parameters
    ----------
    entrypoint
        The flow, as `path/to/file.py:function` or `package.module.function`.
    name
        The name of the deployment.
    description
        What it does; the flow's own description if not said.
    version
        Its version; the flow's own if not said.
    tag
        A tag; may be given several times.
    cron
        A cron expression.
    interval
        Seconds between runs, H:MM:SS, or PT1H.
    anchor_date
        The moment from which the interval counts.
    rrule
        A recurrence rule.
    timezone
        The time zone of the schedule.
    pause_on_shutdown
        Whether the schedule is paused at the end.
    limit
        How many runs may be at work at once.
    global_limit
        How many runs may be at work at once, wherever they are started.
    """
    schedules = schedules_said(_list(cron), _list(interval), _list(rrule), anchor_date, timezone)
    if len(schedules) > 1:
        raise CommandError("Say one of --cron, --interval and --rrule.")
    made = RunnerDeployment.from_entrypoint(
        entrypoint,
        name,
        description=description,
        version=version,
        tags=tag,
        schedules=schedules or None,
        concurrency_limit=global_limit,
    )
    serving.serve(made, pause_on_shutdown=pause_on_shutdown, limit=limit)


def _list(word: str | None) -> list[str]:
    return [word] if word else []
