"""Workers: programs that start the runs of a work pool. `process.py` starts them as processes of this machine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.workers.process import ProcessWorker


def __getattr__(name: str) -> Any:
    if name != "ProcessWorker":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("prefect.workers.process").ProcessWorker


__all__ = ["ProcessWorker"]
