"""Starting, watching and ending the processes of flow runs.

`runner.py` claims runs from a source (`source.py`) and has a process started for each (`launching.py`), which carries
the run out (`execution.py`). `duties.py` keeps the database right meanwhile. The public `Runner` is a door to
`prefect.deployments.runners`, opened when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.deployments.runners import Runner


def __getattr__(name: str) -> Any:
    if name != "Runner":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("prefect.deployments.runners").Runner


__all__ = ["Runner"]
