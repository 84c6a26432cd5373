"""Bringing the code of a deployment to this host, before its flow is loaded."""

from __future__ import annotations

from pathlib import Path

from prefect._domain.deployments import Deployment
from prefect.exceptions import ConfigurationError, MissingFlowError


def code_folder(deployment: Deployment) -> Path:
    """The folder from which the deployment's entrypoint is found. Raises `MissingFlowError` where it is not there."""
    if deployment.pull_steps:
        raise ConfigurationError(
            f"The deployment {deployment.name!r} has pull steps, which this version does not carry out. Give it a path "
            "on this host instead."
        )
    folder = Path(deployment.path or ".").expanduser()
    if not folder.is_dir():
        raise MissingFlowError(
            f"The folder {str(folder)!r} of the deployment {deployment.name!r} does not exist on this host. Apply the "
            "deployment again from where its code is, or bring the code there."
        )
    return folder.resolve()
