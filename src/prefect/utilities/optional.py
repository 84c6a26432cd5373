"""Packages that only some programs need."""

from __future__ import annotations

import importlib
from typing import Any


def optional(package: str, extra: str) -> Any:
    """A package that an extra of ours brings. Raises `ImportError` saying how to get it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f"This needs the package {package.partition('.')[0]}: pip install 'prefect[{extra}]'."
        ) from error
