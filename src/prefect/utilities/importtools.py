"""Objects by their names, and modules by their files, for programs that import these tools from here."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from prefect.exceptions import ScriptError
from prefect.utilities.aliased_modules import AliasedModuleDefinition, AliasedModuleFinder, AliasedModuleLoader
from prefect.utilities.namespaces import safe_load_namespace


def to_qualified_name(obj: Any) -> str:
    """`module.Class.name`, by which an object can be found."""
    return f"{obj.__module__}.{obj.__qualname__}"


def from_qualified_name(name: str) -> Any:
    """The object of a dotted name, or the module. Raises `ImportError`, `AttributeError` where there is none."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        if not module:
            raise
        return getattr(importlib.import_module(module), attribute)


def load_module(module_name: str) -> ModuleType:
    """A module by its name, looked for in the working directory, too."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    finally:
        sys.path.remove(here)


def load_script_as_module(path: str) -> ModuleType:
    """A new module of a file, which is run; its neighbours are found meanwhile. Raises `ScriptError`."""
    file = Path(path).resolve()
    spec = spec_from_file_location(f"__prefect_loader_{abs(hash(str(file)))}__", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module.__name__] = module
    places = [str(file.parent), str(Path.cwd())]
    sys.path[:0] = places
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ScriptError(user_exc=error, path=path) from error
    finally:
        del sys.modules[module.__name__]
        for place in places:
            sys.path.remove(place)
    return module


def import_object(import_path: str) -> Any:
    """The object that `file.py:name`, `module:name` or `module.name` names. Raises `ValueError` for other forms."""
    place, _, name = import_path.rpartition(":") if ":" in import_path else import_path.rpartition(".")
    if not place:
        raise ValueError(f"{import_path!r} names no object; expected 'file.py:name', 'module:name' or 'module.name'.")
    module: Any = load_script_as_module(place) if place.endswith(".py") else load_module(place)
    for part in name.split("."):
        module = getattr(module, part)
    return module


class DelayedImportErrorModule(ModuleType):
    """Stands for a module that is not there: whatever is asked of it raises `ModuleNotFoundError`."""

    def __init__(self, error_message: str, help_message: str | None = None) -> None:
        super().__init__("DelayedImportErrorModule")
        self.__error_message = error_message if help_message is None else f"{error_message}\n{help_message}"

    def __getattr__(self, name: str) -> Any:
        if name in ("__class__", "__file__", "__path__", "__wrapped__"):
            raise AttributeError(name)
        raise ModuleNotFoundError(self.__error_message)


def lazy_import(name: str, error_on_import: bool = False, help_message: str | None = None) -> ModuleType:
    """A module that is loaded when something is first asked of it.

    One that is not there raises `ModuleNotFoundError` then, or at once with `error_on_import`.
    """
    if name in sys.modules:
        return sys.modules[name]
    if find_spec(name) is not None:
        return _Later(name)
    missing = f"No module named {name!r}."
    if error_on_import:
        raise ModuleNotFoundError(missing if help_message is None else f"{missing}\n{help_message}")
    return DelayedImportErrorModule(missing, help_message)


class _Later(ModuleType):
    """Stands for a module until something is asked of it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


__all__ = [
    "AliasedModuleDefinition",
    "AliasedModuleFinder",
    "AliasedModuleLoader",
    "DelayedImportErrorModule",
    "from_qualified_name",
    "import_object",
    "lazy_import",
    "load_module",
    "load_script_as_module",
    "safe_load_namespace",
    "to_qualified_name",
]
