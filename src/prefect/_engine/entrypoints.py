"""Finding what an entrypoint names: `path/to/file.py:name`, `file.py:Class.method`, or `package.module.name`."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from prefect._engine.modules import imported, loaded
from prefect.exceptions import MissingFlowError, ScriptError


def load_object(entrypoint: str) -> Any:
    """The object that an entrypoint names; its file is run, its module imported.

    Raises `ScriptError` where that raises, `MissingFlowError` where the file, module or name is not there.
    """
    place, name = parts_of(entrypoint)
    found: Any = load_module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            raise MissingFlowError(f"{place!r} has no {name!r}. It should be the name of a flow's function there.")
        found = getattr(found, part)
    return found


def load_module(place: str) -> ModuleType:
    """The module of a file that is run, or of a dotted name that is imported. Raises as `load_object` does."""
    return _of_file(Path(place)) if place.endswith(".py") else _imported(place)


def parts_of(entrypoint: str) -> tuple[str, str]:
    """The file or module that an entrypoint names, and the name in it. Raises `ValueError` where there are none."""
    place, _, name = entrypoint.rpartition(":")
    if not place and not entrypoint.endswith(".py"):
        place, _, name = entrypoint.rpartition(".")
    if not place or not name:
        raise ValueError(
            f"The entrypoint {entrypoint!r} names no function. Expected path/to/file.py:name or package.module.name."
        )
    return place, name


def _of_file(file: Path) -> ModuleType:
    if not file.is_file():
        raise MissingFlowError(f"There is no file {str(file)!r} in {str(Path.cwd())!r}.")
    try:
        return loaded(file)
    except Exception as error:
        raise ScriptError(error, str(file)) from error


def _imported(name: str) -> ModuleType:
    try:
        return imported(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            raise MissingFlowError(f"There is no module {name!r}.") from error
        raise ScriptError(error, name) from error
    except Exception as error:
        raise ScriptError(error, name) from error
