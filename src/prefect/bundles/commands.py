"""The programs that store bundles and fetch them: the steps of a pool's storage, as commands."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from prefect.bundles.making import SerializedBundle
from prefect.utilities.asyncutils import in_thread

NOT_ARGUMENTS = ("launcher", "requires")


def convert_step_to_command(step: Mapping[str, Any], key: str, quiet: bool = False) -> list[str]:
    """The command of a step, `{module: arguments}`, for what is stored under a key.

    `uv run` carries it out, with what the step `requires`, unless its `launcher` names another program. Raises
    `ValueError` for a step that does not name one module.
    """
    if len(step) != 1:
        raise ValueError(f"A step names one module and its arguments; this one names {len(step)}: {list(step)}.")
    ((module, given),) = step.items()
    told = dict(given or {})
    launcher = told.get("launcher") or _uv_run(told.get("requires"), quiet)
    words = {name: value for name, value in told.items() if name not in NOT_ARGUMENTS and value is not None}
    options = (word for name, value in words.items() for word in (f"--{name.replace('_', '-')}", str(value)))
    return [*launcher, "-m", module, *options, "--key", key]


def _uv_run(requires: str | Sequence[str] | None, quiet: bool) -> list[str]:
    needed = _pin_prefect_in_bundle_step_requires([requires] if isinstance(requires, str) else list(requires or ()))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with_them = ["--with", ",".join(needed)] if needed else []
    return ["uv", "run", *(["--quiet"] if quiet else []), *with_them, "--python", version]


def _pin_prefect_in_bundle_step_requires(requires: list[str]) -> list[str]:
    """What a step requires and, if it can be had elsewhere, this package as it was installed here."""
    origin = json.loads(distribution("prefect").read_text("direct_url.json") or "{}")
    url, commit = origin.get("url", "file:"), origin.get("vcs_info", {}).get("commit_id")
    if not requires or url.startswith("file:"):
        return requires
    return [*requires, f"prefect @ git+{url}@{commit}" if commit else f"prefect @ {url}"]


def upload_bundle_to_storage(
    bundle: SerializedBundle,
    key: str,
    upload_command: Sequence[str],
    zip_path: Path | None = None,
    upload_step: Mapping[str, Any] | None = None,
) -> None:
    """Store a bundle under a key, and the archive of its files under the bundle's own key for them.

    The command is given the path of what it stores. Raises `RuntimeError` with what it said where it fails.
    """
    with tempfile.TemporaryDirectory(prefix="prefect-bundle-") as folder:
        files_key = bundle.get("files_key")
        if zip_path is not None and files_key:
            command = convert_step_to_command(upload_step, files_key, quiet=True) if upload_step else upload_command
            _carried_out([*command, str(zip_path)], folder)
        Path(folder, key).write_text(json.dumps(bundle), encoding="utf-8")
        _carried_out([*upload_command, key], folder)


async def aupload_bundle_to_storage(
    bundle: SerializedBundle,
    key: str,
    upload_command: Sequence[str],
    zip_path: Path | None = None,
    upload_step: Mapping[str, Any] | None = None,
) -> None:
    """As `upload_bundle_to_storage`, awaited."""
    await in_thread(upload_bundle_to_storage, bundle, key, upload_command, zip_path, upload_step)


def _carried_out(command: Sequence[str], folder: str) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"A bundle was not stored: {error}\n{error.stdout}{error.stderr}".rstrip()) from error
