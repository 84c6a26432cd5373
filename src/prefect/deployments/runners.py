"""`Runner`: a program that serves deployments step by step, for those who want more say than `serve` gives.

runner = Runner(name="mine", limit=3)
runner.add_flow(my_flow, name="every-hour", interval=3600)
runner.start()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect._deployment_options import DeploymentOptions, RunnerOptions
from prefect.deployments.runner import RunnerDeployment
from prefect.deployments.serving import aserve, serve
from prefect.flows import Flow
from prefect.utilities.asyncutils import AwaitableId, a_loop_runs, dispatched
from prefect.utilities.options import declares

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from typing_extensions import Unpack


class Runner:
    """Serves what is added to it. How often it looks for runs is said for older programs: it is told when one is due.

    `limit` is how many runs may be at work at once; without one, the setting `runner.process_limit` says so.
    """

    def __init__(
        self,
        name: str | None = None,
        query_seconds: float | None = None,
        prefetch_seconds: float = 10,
        heartbeat_seconds: int | None = None,
        limit: int | None = None,
        pause_on_shutdown: bool = True,
        webserver: bool = False,
    ) -> None:
        self.name = name or "runner"
        self.options: RunnerOptions = {
            "limit": limit,
            "pause_on_shutdown": pause_on_shutdown,
            "webserver": webserver,
            "print_starting_message": False,
        }
        self._deployments: list[RunnerDeployment] = []

    @dispatched
    def add_deployment(self, deployment: RunnerDeployment) -> AwaitableId:
        """Record a deployment, to be served once the runner starts; its id."""
        self._deployments.append(deployment)
        return deployment.apply()

    @dispatched
    @declares(DeploymentOptions)
    def add_flow(
        self, flow: Flow[..., Any], name: str | None = None, **options: Unpack[DeploymentOptions]
    ) -> AwaitableId:
        """The same for a flow; the name of the deployment is the flow's unless told otherwise."""
        return self.add_deployment(flow.to_deployment(name or flow.name, **options))

    def start(self) -> Coroutine[Any, Any, None] | None:
        """Run what was added when it is due or triggered, until Ctrl-C; within an event loop, to be awaited.

        Raises `ValueError` where nothing was added.
        """
        if a_loop_runs():
            return aserve(*self._deployments, **self.options)
        serve(*self._deployments, **self.options)
        return None


__all__ = ["Runner"]
