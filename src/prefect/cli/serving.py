"""`prefect flow serve`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from prefect.cli.words import NO_SCHEDULE, NOT_DESCRIBED, Described, ScheduleSaid
from prefect.deployments import serving
from prefect.deployments.runner import RunnerDeployment


def serve(
    entrypoint: str,
    *,
    name: Annotated[str, Parameter(name=["--name", "-n"])],
    described: Described = NOT_DESCRIBED,
    scheduled: ScheduleSaid = NO_SCHEDULE,
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
    pause_on_shutdown
        Whether the schedule is paused at the end.
    limit
        How many runs may be at work at once.
    global_limit
        How many runs may be at work at once, wherever they are started.
    """
    made = RunnerDeployment.from_entrypoint(
        entrypoint,
        name,
        description=described.description,
        version=described.version,
        tags=described.tag,
        schedule=scheduled.schedule(),
        concurrency_limit=global_limit,
    )
    serving.serve(made, pause_on_shutdown=pause_on_shutdown, limit=limit)
