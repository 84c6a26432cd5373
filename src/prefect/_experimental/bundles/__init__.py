"""Door: bundles, by their older place (prefect-docker)."""

from prefect.bundles import (
    aupload_bundle_to_storage,
    convert_step_to_command,
    create_bundle_for_flow_run,
    execute_bundle_in_subprocess,
    extract_flow_from_bundle,
    upload_bundle_to_storage,
)

__all__ = [
    "aupload_bundle_to_storage",
    "convert_step_to_command",
    "create_bundle_for_flow_run",
    "execute_bundle_in_subprocess",
    "extract_flow_from_bundle",
    "upload_bundle_to_storage",
]
