"""Installing the package that brings a kind of worker, where the user lets that be done (`--install-policy`)."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from prefect._domain.version import VERSION
from prefect.exceptions import ConfigurationError
from prefect.workers.base import BaseWorker
from prefect.workers.starting import PACKAGES

InstallPolicy = Literal["always", "if-not-present", "never", "prompt"]


def have_installed(type: str, policy: InstallPolicy, ask: Callable[[str], bool]) -> None:
    """Have the workers of a type installed, as the policy says; a newer version of them, too, where it is `always`.

    `ask` is asked where it is `prompt` and they are not there. Raises `ConfigurationError` where they cannot be had.
    """
    package = PACKAGES.get(type)
    if package is None or policy == "never":
        return
    is_here = BaseWorker.get_worker_class_from_type(type) is not None
    if is_here and policy != "always":
        return
    if policy == "prompt" and not ask(f"Workers of the type {type!r} come with {package}, which is not installed."):
        return
    _install(package, upgrade=is_here)
    importlib.invalidate_caches()


def _install(package: str, *, upgrade: bool) -> None:
    """Install a package beside this one, which must stay: an index knows another one of its name."""
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(folder) / "constraints.txt"
        ours.write_text(f"prefect=={VERSION}\n", encoding="utf-8")
        command = [*_command(package, upgrade=upgrade), "--constraint", str(ours)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1000:]
        raise ConfigurationError(f"{package} could not be installed: {said}")


def _command(package: str, *, upgrade: bool) -> list[str]:
    """How a package is installed beside this program: by pip, or by uv, whichever is there."""
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", *(["--upgrade"] if upgrade else []), package]
    uv = [sys.executable, "-m", "uv"] if find_spec("uv") is not None else [shutil.which("uv") or ""]
    if not uv[0]:
        raise ConfigurationError(f"There is neither pip nor uv here to install {package} with.")
    wanted = ["--upgrade-package", package, package] if upgrade else [package]
    return [*uv, "pip", "install", "--python", sys.executable, *wanted]


__all__ = ["InstallPolicy", "have_installed"]
