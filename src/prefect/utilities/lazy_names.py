"""Names that a module offers and another one holds, which is loaded when one of them is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from prefect.utilities.older_names import no_attribute


def lazy_names(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a module for names that live in the modules of `homes`.

    __getattr__ = lazy_names(__name__, HOMES)
    """

    def loaded(name: str) -> Any:
        if name not in homes:
            raise AttributeError(no_attribute(module, name))
        return getattr(importlib.import_module(homes[name]), name)

    return loaded
