"""What the methods of flows do that make deployments of them (`prefect._deployable`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._deployment_options import DeploymentOptions, DeployOptions, PoolOptions, RunnerOptions, ServeOptions
from prefect.deployments.deploying import deploy
from prefect.deployments.runner import RunnerDeployment
from prefect.deployments.serving import aserve, serve
from prefect.deployments.sources import flow_from_source
from prefect.flows import Flow

if TYPE_CHECKING:
    from typing_extensions import Unpack


RUNNER_OPTIONS = tuple(RunnerOptions.__annotations__)
POOL_OPTIONS = tuple(PoolOptions.__annotations__)


def to_deployment(flow: Flow[..., Any], name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
    """As `Flow.to_deployment`."""
    return RunnerDeployment.from_flow(flow, name, **options)


def serve_flow(flow: Flow[..., Any], name: str | None, **options: Unpack[ServeOptions]) -> None:
    """As `Flow.serve`; a file as a name stands for its name without folder and suffix."""
    rest: dict[str, Any] = dict(options)
    running = _taken(rest, RUNNER_OPTIONS)
    if "global_limit" in rest:
        rest["concurrency_limit"] = rest.pop("global_limit")
    chosen = Path(name).stem if name else flow.name
    serve(RunnerDeployment.from_flow(flow, chosen, **rest), **running)


def deploy_flow(flow: Flow[..., Any], name: str, work_pool_name: str | None, **options: Unpack[DeployOptions]) -> UUID:
    """As `Flow.deploy`."""
    rest: dict[str, Any] = dict(options)
    rest["work_pool_name"] = work_pool_name
    shown = rest.pop("print_next_steps", True)
    deploying = _taken(rest, POOL_OPTIONS)
    made = RunnerDeployment.from_flow(flow, name, **rest)
    ids: list[UUID] = deploy(made, work_pool_name=work_pool_name, **{"print_next_steps_message": shown, **deploying})
    return ids[0]


def _taken(options: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The options of these names, taken out of the others."""
    return {name: options.pop(name) for name in names if name in options}


__all__ = [
    "RunnerDeployment",
    "aserve",
    "deploy",
    "deploy_flow",
    "flow_from_source",
    "serve",
    "serve_flow",
    "to_deployment",
]
