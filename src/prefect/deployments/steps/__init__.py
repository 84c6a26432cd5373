"""Door: the steps of `prefect.yaml` and of deployments' pull steps."""

from prefect.deployments.steps.core import StepExecutionError, run_step, run_steps
from prefect.deployments.steps.pull import (
    agit_clone,
    git_clone,
    pull_from_remote_storage,
    pull_with_block,
    set_working_directory,
)
from prefect.deployments.steps.utility import pip_install_requirements, run_shell_script

__all__ = [
    "StepExecutionError",
    "agit_clone",
    "git_clone",
    "pip_install_requirements",
    "pull_from_remote_storage",
    "pull_with_block",
    "run_shell_script",
    "run_step",
    "run_steps",
    "set_working_directory",
]
