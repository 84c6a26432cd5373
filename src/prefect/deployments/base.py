"""Door: beginning a project."""

from prefect.deployments.recipes import initialize_project

__all__ = ["initialize_project"]
