"""Modules under other names: `import old.shop` gives the module `shop`, for programs that have not changed yet.

sys.meta_path.insert(0, AliasedModuleFinder([AliasedModuleDefinition("old.shop", "shop", None)]))
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple


class AliasedModuleDefinition(NamedTuple):
    """A name under which a module is found, too; `callback` is told each such name that is imported."""

    alias: str
    real: str
    callback: Callable[[str], None] | None


class AliasedModuleFinder(MetaPathFinder):
    """Finds modules, and those below them, under other names."""

    def __init__(self, aliases: Iterable[AliasedModuleDefinition]) -> None:
        self.aliases = list(aliases)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """How a module of another name is loaded; None for names that are no other ones, and where no module is."""
        for alias, real, callback in self.aliases:
            if fullname == alias or fullname.startswith(f"{alias}."):
                found = _spec_of(real + fullname.removeprefix(alias))
                if found is None:
                    return None
                loader = AliasedModuleLoader(fullname, callback, found)
                is_package = found.submodule_search_locations is not None
                return ModuleSpec(fullname, loader, origin=found.origin, is_package=is_package)
        return None


def _spec_of(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError:
        return None


class AliasedModuleLoader(Loader):
    """Loads the module itself, which from then on is the module of the other name, too."""

    def __init__(self, alias: str, callback: Callable[[str], None] | None, real_spec: ModuleSpec) -> None:
        self.alias = alias
        self.callback = callback
        self.real_spec = real_spec

    def exec_module(self, module: ModuleType) -> None:
        real = importlib.import_module(self.real_spec.name)
        if self.callback is not None:
            self.callback(self.alias)
        sys.modules[self.alias] = real
