"""Carrying a bundle out.

The run goes on in a process of its own, which is waited for; its contexts, settings included, are those of the bundle,
and what its environment says counts more.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._outside.carrying import hydrated_context
from prefect.bundles.making import SerializedBundle, extract_flow_from_bundle
from prefect.bundles.whole import read
from prefect.runner.execution import execute_flow
from prefect.runner.processes import FLOW_RUN_ID
from prefect.utilities.asyncutils import in_thread

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess


async def execute_bundle(bundle: SerializedBundle) -> None:
    """Carry a bundle's run out and wait until it has ended.

    Raises `RuntimeError` where its process ended otherwise than by itself; a flow that fails has said so in its state.
    """
    await in_thread(carry_out, bundle)


async def execute_bundle_from_file(key: str) -> None:
    """As `execute_bundle`, with the bundle in a file."""
    await execute_bundle(json.loads(Path(key).read_text(encoding="utf-8")))


def execute_bundle_in_subprocess(
    bundle: SerializedBundle, env: Mapping[str, str | None] | None = None, cwd: Path | str | None = None
) -> SpawnProcess:
    """Start the process of a bundle's run and give it; its exit code is 0 where the run completed.

    What the bundle needs and is not here is installed first. A variable of `env` that is None is taken away.
    """
    install_what_is_missing(bundle["dependencies"].splitlines())
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run, args=(bundle, dict(env or {}), None if cwd is None else str(cwd)))
    process.start()
    return process


def install_what_is_missing(requirements: Sequence[str]) -> None:
    """Have pip install what is not here, in whatever version. Raises `RuntimeError` with what pip said."""
    missing = [line for line in requirements if not _is_here(line)]
    if not missing:
        return
    done = subprocess.run([sys.executable, "-m", "pip", "install", *missing], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"The bundle needs what cannot be installed: {', '.join(missing)}\n{done.stderr}".rstrip())


def _is_here(requirement: str) -> bool:
    try:
        return bool(version(requirement.partition("==")[0].partition(" @ ")[0]))
    except PackageNotFoundError:
        return False


def carry_out(bundle: SerializedBundle) -> None:
    """As `execute_bundle`, for code that waits."""
    process = execute_bundle_in_subprocess(bundle)
    process.join()
    if process.exitcode not in (0, 1):
        run = bundle["flow_run"]["name"]
        raise RuntimeError(f"The process of the flow run {run!r} ended with the exit code {process.exitcode}.")


def _run(bundle: SerializedBundle, env: Mapping[str, str | None], cwd: str | None) -> None:
    """What the process does."""
    if cwd is not None:
        os.chdir(cwd)
    for name, value in {**env, FLOW_RUN_ID: bundle["flow_run"]["id"]}.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    with hydrated_context(_contexts_of(bundle)):
        sys.exit(execute_flow(extract_flow_from_bundle(bundle), UUID(bundle["flow_run"]["id"])))


def _contexts_of(bundle: SerializedBundle) -> dict[str, Any]:
    """The contexts of a bundle, with the settings that the environment says in the place of its own."""
    contexts: dict[str, Any] = read(bundle["context"])
    held = contexts.get("settings_context")
    if held:
        here = {name: value for name, value in os.environ.items() if name in held["settings"]}
        contexts["settings_context"] = {"settings": {**held["settings"], **here}}
    return contexts
