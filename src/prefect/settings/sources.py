"""Where settings come from: environment, `.env`, `prefect.toml`, `pyproject.toml`, the active profile; first wins."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prefect.exceptions import ConfigurationError
from prefect.settings.table import BY_ENV, BY_PATH


class Found(dict[str, tuple[Any, str]]):
    """For each setting's path what was said of it and where."""


def gather(overrides: Mapping[str, Any], profile: Mapping[str, str], profile_name: str) -> Found:
    """What all sources say, the strongest for each setting."""
    layers: list[tuple[Mapping[str, Any], str]] = [
        (_from_names(overrides), "the program"),
        (_from_names(os.environ), "the environment"),
        (_from_names(_dotenv()), ".env"),
        (_flat(_toml("prefect.toml")), "prefect.toml"),
        (_flat(_toml("pyproject.toml").get("tool", {}).get("prefect", {})), "pyproject.toml"),
        (_from_names(profile), f"the profile {profile_name!r}"),
    ]
    found = Found()
    for layer, source in layers:
        for path, raw in layer.items():
            found.setdefault(path, (raw, source))
    return found


def _from_names(values: Mapping[str, Any]) -> dict[str, Any]:
    return {BY_ENV[name].path: raw for name, raw in values.items() if name in BY_ENV}


def _dotenv() -> Mapping[str, Any]:
    if not Path(".env").is_file():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(".env")


def _toml(name: str) -> dict[str, Any]:
    file = Path(name)
    if not file.is_file():
        return {}
    return read_toml(file)


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file. Raises `ConfigurationError`, which names file and place."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}. Correct the file or move it away.") from error
    return content


def _flat(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {path: raw for path, raw in _leaves(tree, "") if path in BY_PATH}


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and path not in BY_PATH:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value
