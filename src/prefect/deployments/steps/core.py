"""Running steps: functions named in `prefect.yaml` or in a deployment, one after the other.

    - prefect.deployments.steps.git_clone:
        id: code
        repository: https://github.com/example/shop.git

A step is a mapping of one function's import path to its arguments. Its `id` names its outputs for later steps
(`{{ code.directory }}`); `requires` names packages that are installed where the function cannot be imported.
"""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from shutil import which
from types import MappingProxyType
from typing import Any

from prefect.deployments.steps.lookups import known_here
from prefect.exceptions import PrefectException
from prefect.utilities.asyncutils import dispatched, waited_for
from prefect.utilities.templating import Lookup, filled, first_of, values_in

RESERVED = ("id", "requires")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class StepExecutionError(PrefectException):
    """A step could not be run, or raised an error."""

    def __init__(self, name: str, error: object) -> None:
        super().__init__(f"The step {name} failed: {error}")
        self.step = name


@dispatched
def run_steps(
    steps: Sequence[Mapping[str, Any]],
    upstream_outputs: Mapping[str, Any] = NOTHING,
    print_function: Callable[[str], object] = print,
    look_up: Lookup | None = None,
) -> dict[str, Any]:
    """Run steps in their order; all their outputs, by their own names and by the ids of their steps.

    Arguments may name earlier outputs, and what `look_up` knows; without one, blocks, variables and the environment.
    Raises `StepExecutionError`, which names the step.
    """
    outputs = dict(upstream_outputs)
    for step in steps:
        name, arguments = parts_of(step)
        print_function(f" > Running {name.rpartition('.')[2]} step...")
        told = run_step(step, outputs, look_up)
        if isinstance(told, Mapping):
            outputs.update(told)
        if arguments.get("id"):
            outputs[str(arguments["id"])] = told
    return outputs


@dispatched
def run_step(
    step: Mapping[str, Any], upstream_outputs: Mapping[str, Any] = NOTHING, look_up: Lookup | None = None
) -> Any:
    """Run one step; what its function returned. Raises `StepExecutionError`."""
    name, arguments = parts_of(step)
    try:
        call = _function(name, _required(arguments))
        known = first_of(values_in(upstream_outputs), look_up or known_here())
        told = call(**filled({key: value for key, value in arguments.items() if key not in RESERVED}, known))
        return waited_for(told) if inspect.isawaitable(told) else told
    except StepExecutionError:
        raise
    except Exception as error:
        raise StepExecutionError(name, error) from error


def parts_of(step: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The import path of a step's function, and its arguments. Raises `StepExecutionError` for what is no step."""
    if not isinstance(step, Mapping) or len(step) != 1:
        raise StepExecutionError(str(step)[:100], "a step is one import path with its arguments below it.")
    [(name, arguments)] = step.items()
    if not isinstance(arguments, Mapping | None):
        raise StepExecutionError(str(name), f"its arguments are names with values; they are {arguments!r}.")
    return str(name), dict(arguments or {})


def _required(arguments: Mapping[str, Any]) -> list[str]:
    told = arguments.get("requires") or []
    packages = [told] if isinstance(told, str) else [str(package) for package in told]
    for package in packages:
        if package.startswith("-"):
            raise ValueError(f"{package!r} is no package.")
    return packages


def _function(name: str, requires: Sequence[str]) -> Callable[..., Any]:
    try:
        return _imported(name)
    except ImportError:
        if not requires:
            raise
    install(list(requires))
    importlib.invalidate_caches()
    return _imported(name)


def _imported(name: str) -> Callable[..., Any]:
    module, _, attribute = name.rpartition(".")
    if not module:
        raise ImportError(f"{name!r} is no import path such as 'prefect.deployments.steps.git_clone'.")
    found = getattr(importlib.import_module(module), attribute, None)
    if not callable(found):
        raise ImportError(f"The module {module!r} has no function {attribute!r}.")
    call: Callable[..., Any] = found
    return call


def install(arguments: Sequence[str]) -> None:
    """Install packages for this interpreter. Raises `RuntimeError`."""
    ended = subprocess.run([*installer(), *arguments], capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"Installing {', '.join(arguments)} failed: {ended.stderr.strip()}")


def installer() -> list[str]:
    """The beginning of the command that installs packages for this interpreter: uv's where there is uv, else pip's."""
    uv = which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install"]


__all__ = ["StepExecutionError", "run_step", "run_steps"]
