"""Bringing the code of a deployment to this host, before its flow is loaded."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.deployments import Deployment
from prefect._domain.events import Event, related, resource
from prefect._engine.telling import tell
from prefect.exceptions import MissingFlowError
from prefect.runner.processes import WORKING_DIR


def code_folder(deployment: Deployment, flow_run_id: UUID | None) -> Path:
    """The folder from which the deployment's entrypoint is found. Raises `MissingFlowError` where it is not there.

    Pull steps are run first, in a folder of the run's own, and say which one it is; each that was run is told in an
    event of the run, where there is one. Raises `StepExecutionError`.
    """
    if deployment.pull_steps:
        told = partial(_tell_of_step, deployment, flow_run_id) if flow_run_id is not None else _say_nothing
        return pulled(deployment.pull_steps, told)
    folder = Path(deployment.path or ".").expanduser()
    if not folder.is_dir():
        raise MissingFlowError(
            f"The folder {str(folder)!r} of the deployment {deployment.name!r} does not exist on this host. Apply the "
            "deployment again from where its code is, or bring the code there."
        )
    return folder.resolve()


def pulled(steps: Sequence[Mapping[str, Any]], executed: Callable[[int, Mapping[str, Any]], None]) -> Path:
    """Run pull steps, and say of each when it was; the folder in which they leave the code."""
    from prefect.deployments.steps.core import run_steps

    os.chdir(os.environ.get(WORKING_DIR) or folder_of_the_run())
    outputs: Mapping[str, Any] = {}
    for place, step in enumerate(steps):
        outputs = run_steps([step], outputs)
        executed(place, step)
    return Path(outputs.get("directory") or ".").resolve()


def _say_nothing(place: int, step: Mapping[str, Any]) -> None:
    """Nobody is told of steps that were run for no run."""


def _tell_of_step(deployment: Deployment, flow_run_id: UUID, place: int, step: Mapping[str, Any]) -> None:
    """Tell that a pull step was run, with its arguments as the deployment has them: what they stand for is not told."""
    [(name, arguments)] = step.items()
    inputs = dict(arguments or {})
    payload = {
        "index": place,
        "qualified_name": name,
        "step_name": name.rpartition(".")[2],
        "id": inputs.get("id"),
        "inputs": inputs,
    }
    about, around = resource("flow-run", flow_run_id), (related("deployment", deployment.id, deployment.name),)
    tell(Event(new_id(), now(), "prefect.flow-run.pull-step.executed", about, around, payload))


def folder_of_the_run() -> str:
    """A new folder, which is removed when this process ends."""
    folder = mkdtemp(prefix="prefect-run-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
