"""The code of a deployment, loaded once for many runs: a fork server that has loaded it forks each of them.

A run finds the modules as they were when they were loaded, and shares nothing with other runs that it does itself. When
a file of the code has changed, or a run is to have another environment, another server loads the code anew.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple
from uuid import UUID

from prefect._engine.recorders import close_recorders
from prefect.runner import execution
from prefect.utilities.hashing import stable_hash

LOADED_FOR = "PREFECT__LOADED_FOR"
"""The variable that names to a fork server the run whose code it is to load."""
OF_ONE_RUN = "PREFECT__"
"""How the variables begin that differ from run to run."""
INSTALLED = tuple(sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib"))
"""Where the files of modules lie that do not change while a worker is at work."""


class Stamp(NamedTuple):
    """What tells that a file was written; of one that is gone, that of no file."""

    modified: int = 0
    size: int = -1

    @classmethod
    def of(cls, file: str) -> Stamp:
        """The stamp of a file as it is now."""
        try:
            found = os.stat(file)
        except OSError:
            return cls()
        return cls(found.st_mtime_ns, found.st_size)


class LoadedCode:
    """The code that one run needs, as it is loaded in this process; nothing stays open, and no thread is left."""

    def __init__(self, flow_run_id: UUID) -> None:
        """Raises what loading the code raises, and `RuntimeError` for code that cannot be shared."""
        before, self._since, here = frozenset(sys.modules), time.time_ns(), Path.cwd()
        try:
            execution.load_for(flow_run_id)
        finally:
            close_recorders()
            os.chdir(here)
        _require_one_thread()
        own = {
            name: file for name, module in list(sys.modules.items()) if name not in before and (file := _own(module))
        }
        self.shared = frozenset(sys.modules) - frozenset(own)
        """The names of the modules that runs need not take apart when they end."""
        self._stamps = {file: Stamp.of(file) for file in own.values()}

    def has_changed(self) -> bool:
        """Whether a file of the code was written since it was loaded, or is gone."""
        stamps = {file: Stamp.of(file) for file in self._stamps}
        return stamps != self._stamps or any(stamp.modified >= self._since for stamp in stamps.values())


def key_of(code: str, env: Mapping[str, str]) -> str:
    """What stands for code that is loaded in an environment."""
    return stable_hash(code, *(f"\0{name}={env[name]}" for name in sorted(env) if not name.startswith(OF_ONE_RUN)))


def _require_one_thread() -> None:
    others = sorted(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())
    if others:
        raise RuntimeError(f"loading it starts threads, which no fork has: {', '.join(others)}")


def _own(module: ModuleType) -> str | None:
    """The file of a module that is not installed, but somebody's own."""
    file = getattr(module, "__dict__", {}).get("__file__")
    return file if isinstance(file, str) and not file.startswith(INSTALLED) else None
