"""Deployments: a flow with a name, its parameters and its schedules, recorded so that others can run it.

    my_flow.to_deployment("every-morning", cron="0 8 * * *").apply()

Lazy like the front door, so that a run's process loads only the steps that it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from prefect.deployments.deploying import adeploy, deploy
    from prefect.deployments.deployments import Deployment
    from prefect.deployments.flow_runs import arun_deployment, run_deployment
    from prefect.deployments.recipes import initialize_project
    from prefect.deployments.runner import RunnerDeployment
    from prefect.deployments.serving import aserve, serve

HOMES = {
    "Deployment": "prefect.deployments.deployments",
    "RunnerDeployment": "prefect.deployments.runner",
    "adeploy": "prefect.deployments.deploying",
    "arun_deployment": "prefect.deployments.flow_runs",
    "aserve": "prefect.deployments.serving",
    "deploy": "prefect.deployments.deploying",
    "initialize_project": "prefect.deployments.recipes",
    "run_deployment": "prefect.deployments.flow_runs",
    "serve": "prefect.deployments.serving",
}
"""The module of each public name."""
__getattr__ = lazy_names(__name__, HOMES)


__all__ = [
    "Deployment",
    "RunnerDeployment",
    "adeploy",
    "arun_deployment",
    "aserve",
    "deploy",
    "initialize_project",
    "run_deployment",
    "serve",
]
