"""Which program runs the steps of a bundle instead of `uv run`: prefect-docker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

Side = Literal["upload", "execution"]


class BundleLauncherOverride(TypedDict, total=False):
    """The command of each side, by its parts."""

    upload: list[str]
    execution: list[str]


Launcher = str | Sequence[str] | Mapping[str, Any]
"""A command, for both sides or by the side."""


def get_launcher_for_side(launcher: Launcher | None, side: Side) -> list[str] | None:
    """The command of one side, by its parts; None where nothing is said of it."""
    told = launcher.get(side) if isinstance(launcher, Mapping) else launcher
    if told is None:
        return None
    return [told] if isinstance(told, str) else list(told)


def resolve_bundle_step_with_launcher(step: Mapping[str, Any], launcher: Launcher | None, side: Side) -> dict[str, Any]:
    """A step, `{module: arguments}`, with the launcher of its side among its arguments, if there is one."""
    command = get_launcher_for_side(launcher, side)
    if command is None:
        return dict(step)
    return {module: {**(arguments or {}), "launcher": command} for module, arguments in step.items()}
