"""Finding what an entrypoint names: `path/to/file.py:name`, `file.py:Class.method`, or `package.module.name`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from prefect.exceptions import MissingFlowError, ScriptError


def load_object(entrypoint: str) -> Any:
    """The object that an entrypoint names; its file is run, its module imported.

    Raises `ScriptError` where that raises, `MissingFlowError` where the file, module or name is not there.
    """
    place, name = _parts(entrypoint)
    found: Any = load_module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            raise MissingFlowError(f"{place!r} has no {name!r}. It should be the name of a flow's function there.")
        found = getattr(found, part)
    return found


def load_module(place: str) -> ModuleType:
    """The module of a file that is run, or of a dotted name that is imported. Raises as `load_object` does."""
    return _of_file(Path(place)) if place.endswith(".py") else _imported(place)


def _parts(entrypoint: str) -> tuple[str, str]:
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
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"__prefect_{file.stem}_{abs(hash(file.resolve()))}__", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        with _found_in(file.resolve().parent, Path.cwd()):
            spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[module.__name__]
        raise ScriptError(error, str(file)) from error
    return module


@contextmanager
def _found_in(*folders: Path) -> Iterator[None]:
    """Have modules found in these folders first, as they are when a program is started there."""
    before = list(sys.path)
    sys.path[:0] = dict.fromkeys(map(str, folders))
    try:
        yield
    finally:
        sys.path[:] = before


def _imported(name: str) -> ModuleType:
    try:
        with _found_in(Path.cwd()):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            raise MissingFlowError(f"There is no module {name!r}.") from error
        raise ScriptError(error, name) from error
    except Exception as error:
        raise ScriptError(error, name) from error
