"""What makes a flow one that can be deployed: methods whose bodies are above this floor, in `prefect.deployments`.

They are found there by name when they are called, so that a program that only runs flows loads nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from prefect._deployment_options import DeploymentOptions, DeployOptions, RunnerOptions, ServeOptions
from prefect.utilities.asyncutils import Awaitable, dispatched, in_thread
from prefect.utilities.options import declares

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from prefect.deployments.of_flows import RunnerDeployment


class Source(NamedTuple):
    """Where a flow was loaded from that `from_source` brought."""

    storage: Any
    entrypoint: str


class Deployable(Awaitable):
    """The methods of a flow that make deployments of it."""

    source: Source | None = None

    @dispatched
    @declares(DeploymentOptions)
    def to_deployment(self, name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
        """A deployment of this flow, to be applied, served or deployed.

        Schedules are said by one of `interval` (seconds), `cron`, `rrule`, `schedule` and `schedules`. Raises
        `ValueError` for names and schedules that are not allowed, and for a flow that no file defines.
        """
        from prefect.deployments.of_flows import to_deployment

        return to_deployment(_flow(self), name, **options)

    @declares(DeploymentOptions)
    async def ato_deployment(self, name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
        return await in_thread(lambda: self.to_deployment(name, **options))

    @declares(ServeOptions)
    def serve(self, name: str | None = None, **options: Unpack[ServeOptions]) -> None:
        """Record a deployment of this flow and run it when it is due or triggered, here, until Ctrl-C.

        No server is needed. `limit` is how many runs may be at work at once; `pause_on_shutdown` pauses the schedules
        at the end.
        """
        from prefect.deployments.of_flows import serve_flow

        serve_flow(_flow(self), name, **options)

    @dispatched
    @declares(DeployOptions)
    def deploy(self, name: str, work_pool_name: str | None = None, **options: Unpack[DeployOptions]) -> UUID:
        """Record a deployment of this flow whose runs a work pool's workers start; its id.

        Raises `ValueError` for a pool that does not exist, and where workers could not find the code.
        """
        from prefect.deployments.of_flows import deploy_flow

        return deploy_flow(_flow(self), name, work_pool_name, **options)

    @declares(DeployOptions)
    async def adeploy(self, name: str, work_pool_name: str | None = None, **options: Unpack[DeployOptions]) -> UUID:
        return await in_thread(lambda: self.deploy(name, work_pool_name, **options))


@declares(RunnerOptions)
def serve(*deployments: RunnerDeployment, **options: Unpack[RunnerOptions]) -> None:
    """Record deployments and run them when they are due or triggered, here, until Ctrl-C. No server is needed."""
    from prefect.deployments.of_flows import serve

    serve(*deployments, **options)


@declares(RunnerOptions)
async def aserve(*deployments: RunnerDeployment, **options: Unpack[RunnerOptions]) -> None:
    """As `serve`, awaited: it ends when its task is cancelled."""
    from prefect.deployments.of_flows import aserve

    await aserve(*deployments, **options)


def _flow(deployable: Deployable) -> Any:
    """The same thing as a flow, whose class is the only one made of this one, and stands above it."""
    return deployable
