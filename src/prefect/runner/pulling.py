"""Bringing the code of a deployment to this host, before its flow is loaded."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from prefect._domain.deployments import Deployment
from prefect.exceptions import MissingFlowError
from prefect.runner.processes import WORKING_DIR


def code_folder(deployment: Deployment) -> Path:
    """The folder from which the deployment's entrypoint is found. Raises `MissingFlowError` where it is not there.

    Pull steps are run first, in a folder of the run's own, and say which one it is. Raises `StepExecutionError`.
    """
    if deployment.pull_steps:
        return pulled(deployment.pull_steps)
    folder = Path(deployment.path or ".").expanduser()
    if not folder.is_dir():
        raise MissingFlowError(
            f"The folder {str(folder)!r} of the deployment {deployment.name!r} does not exist on this host. Apply the "
            "deployment again from where its code is, or bring the code there."
        )
    return folder.resolve()


def pulled(steps: Sequence[Mapping[str, Any]]) -> Path:
    """Run pull steps; the folder in which they leave the code."""
    from prefect.deployments.steps.core import run_steps

    os.chdir(os.environ.get(WORKING_DIR) or folder_of_the_run())
    outputs = run_steps(steps)
    return Path(outputs.get("directory") or ".").resolve()


def folder_of_the_run() -> str:
    """A new folder, which is removed when this process ends."""
    folder = mkdtemp(prefix="prefect-run-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
