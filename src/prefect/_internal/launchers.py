"""Door: which program runs the steps of a bundle (prefect-docker)."""

from prefect._outside.launchers import get_launcher_for_side, resolve_bundle_step_with_launcher

__all__ = ["get_launcher_for_side", "resolve_bundle_step_with_launcher"]
