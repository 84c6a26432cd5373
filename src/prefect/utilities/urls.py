"""Door: addresses of runs, deployments and the rest."""

from prefect._outside.urls import convert_class_to_name, url_for, validate_restricted_url

__all__ = ["convert_class_to_name", "url_for", "validate_restricted_url"]
