"""Deployments: a flow with a name, its parameters and its schedules, recorded so that others can run it.

    my_flow.to_deployment("every-morning", cron="0 8 * * *").apply()

Lazy like the front door, so that a run's process loads only the steps that it runs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.deployments.deploying import adeploy, deploy
    from prefect.deployments.deployments import Deployment
    from prefect.deployments.flow_runs import arun_deployment, run_deployment
    from prefect.deployments.recipes import initialize_project
    from prefect.deployments.runner import RunnerDeployment
    from prefect.deployments.serving import aserve, serve

HOMES = {
    "Deployment": "deployments",
    "RunnerDeployment": "runner",
    "adeploy": "deploying",
    "arun_deployment": "flow_runs",
    "aserve": "serving",
    "deploy": "deploying",
    "initialize_project": "recipes",
    "run_deployment": "flow_runs",
    "serve": "serving",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)


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
