"""Loading a flow from where its code is kept."""

from __future__ import annotations

import atexit
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from prefect._deployable import Source
from prefect._engine.modules import find_in, found_first
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.runner.storage import RunnerStorage, create_storage_from_source, pull


def flow_from_source(source: Any, entrypoint: str) -> Flow[..., Any]:
    """The flow that an entrypoint names in a storage, and which remembers both.

    What is brought here is kept until the program ends. Raises what bringing and loading it raises.
    """
    storage = create_storage_from_source(source)
    storage.set_base_path(kept_until_the_end())
    flow = flow_in(storage, entrypoint).with_options()
    flow.source = Source(storage, entrypoint)
    return flow


def flow_in(storage: RunnerStorage, entrypoint: str) -> Flow[..., Any]:
    """The flow that an entrypoint names within a storage, whose code is brought to its destination."""
    folder = pull(storage)
    is_file = ":" in entrypoint
    with found_first(folder):
        flow = load_flow_from_entrypoint(str(folder / entrypoint) if is_file else entrypoint)
    find_in(folder)
    return flow


def kept_until_the_end() -> Path:
    """A new folder, which is removed when this program ends."""
    folder = mkdtemp(prefix="prefect-code-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
