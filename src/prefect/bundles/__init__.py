"""Bundles: a flow with a run of it, to be carried out on a machine that has neither the flow's code nor a deployment.

`making.py` makes one and takes it apart, `whole.py` pickles flows with the modules of their project, `included.py` has
the files that go along, `commands.py` the programs that store and fetch bundles, `carrying_out.py` has a bundle's
run go on in a process; `python -m prefect.bundles.execute --key FILE` does it from a terminal.
"""

from prefect._outside.launchers import BundleLauncherOverride
from prefect._outside.launchers import Launcher as BundleLauncher
from prefect.bundles.carrying_out import execute_bundle_in_subprocess
from prefect.bundles.commands import _pin_prefect_in_bundle_step_requires as _pin_prefect_in_bundle_step_requires
from prefect.bundles.commands import aupload_bundle_to_storage, convert_step_to_command, upload_bundle_to_storage
from prefect.bundles.making import (
    BundleCreationResult,
    SerializedBundle,
    create_bundle_for_flow_run,
    extract_flow_from_bundle,
)

__all__ = [
    "BundleCreationResult",
    "BundleLauncher",
    "BundleLauncherOverride",
    "SerializedBundle",
    "aupload_bundle_to_storage",
    "convert_step_to_command",
    "create_bundle_for_flow_run",
    "execute_bundle_in_subprocess",
    "extract_flow_from_bundle",
    "upload_bundle_to_storage",
]
