"""Starting, watching and ending the processes of flow runs.

`starter.py` claims runs from a source (`source.py`) and has a process started for each (`launching.py`), which carries
the run out (`execution.py`). `duties.py` keeps the database right meanwhile. The public `Runner` and `serve`
are doors to `prefect.deployments`, opened when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from prefect.deployments.runners import Runner
    from prefect.deployments.serving import serve

HOMES = {"Runner": "prefect.deployments.runners", "serve": "prefect.deployments.serving"}
"""The module of each public name."""
__getattr__ = lazy_names(__name__, HOMES)


__all__ = ["Runner", "serve"]
