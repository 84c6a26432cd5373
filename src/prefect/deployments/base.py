"""Door: beginning a project."""

from prefect.deployments.recipes import configure_project_by_recipe, create_default_prefect_yaml, initialize_project

__all__ = ["configure_project_by_recipe", "create_default_prefect_yaml", "initialize_project"]
