"""Where settings come from: environment, `.env`, `prefect.toml`, `pyproject.toml`, the active profile; first wins."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prefect.exceptions import ConfigurationError
from prefect.settings.reading import Setting
from prefect.settings.table import BY_ENV, BY_PATH

NO_SETTINGS = (
    "PREFECT__",
    "PREFECT_PROFILE",
    "PREFECT_INTEGRATIONS_",
    *(f"PREFECT_LOGGING_{part}_" for part in ("FORMATTERS", "FILTERS", "HANDLERS", "LOGGERS", "ROOT")),
)
"""How names begin that are read elsewhere: of a run, the profile, packages, and keys of the logging configuration."""


class Found(dict[str, tuple[Any, str]]):
    """For each setting's path what was said of it and where, and the names that are none."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: list[tuple[str, str]] = []

    def take(self, said: Mapping[str, Any], source: str, table: Mapping[str, Setting]) -> None:
        """Take what a source says, by the names of that table, where no stronger one has spoken."""
        for name, raw in said.items():
            setting = table.get(name)
            if setting is not None and raw != "":
                self.setdefault(setting.path, (raw, source))
            elif setting is None and (table is BY_PATH or _is_meant_as_setting(name)):
                self.unknown.append((name, source))


def _is_meant_as_setting(name: str) -> bool:
    return name.startswith("PREFECT_") and not name.startswith(NO_SETTINGS)


def gather(overrides: Mapping[str, Any], profile: Mapping[str, str], profile_name: str) -> Found:
    """What all sources say, the strongest for each setting; an empty text says nothing."""
    found = Found()
    found.take(overrides, "the program", BY_ENV)
    found.take(os.environ, "the environment", BY_ENV)
    found.take(_dotenv(), ".env", BY_ENV)
    found.take(_flat(toml_here("prefect.toml")), "prefect.toml", BY_PATH)
    found.take(_flat(toml_here("pyproject.toml").get("tool", {}).get("prefect", {})), "pyproject.toml", BY_PATH)
    found.take(profile, f"the profile {profile_name!r}", BY_ENV)
    return found


def _dotenv() -> Mapping[str, Any]:
    if not Path(".env").is_file():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(".env")


def toml_here(name: str) -> dict[str, Any]:
    """A TOML file of the working directory; nothing where there is none. Raises as `read_toml`."""
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
    return dict(_leaves(tree, ""))


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and path not in BY_PATH:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value
