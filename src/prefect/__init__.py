"""Tidemill: a workflow orchestrator that runs programs written for Prefect.

This front door is lazy: a name is imported when it is first asked for, so that `from prefect import flow, task` loads
what flows and tasks need and nothing else.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect._domain.version import VERSION as __version__
from prefect.utilities.older_names import answer_for_gone_names, no_attribute

__version_info__ = {"version": __version__, "implementation": "tidemill"}
__module_path__ = Path(__file__).parent

if TYPE_CHECKING:
    from prefect._domain.states import State
    from prefect.client.orchestration import get_client
    from prefect.context import tags
    from prefect.deployments.deploying import deploy
    from prefect.flow_runs import (
        apause_flow_run,
        aresume_flow_run,
        asuspend_flow_run,
        pause_flow_run,
        resume_flow_run,
        suspend_flow_run,
    )
    from prefect.flows import Flow, aserve, flow, serve
    from prefect.logging.loggers import get_run_logger
    from prefect.tasks import Task, task
    from prefect.transactions import Transaction
    from prefect.utilities.annotations import allow_failure, unmapped

HOMES = {
    "Flow": "prefect.flows",
    "State": "prefect._domain.states",
    "Task": "prefect.tasks",
    "Transaction": "prefect.transactions",
    "allow_failure": "prefect.utilities.annotations",
    "apause_flow_run": "prefect.flow_runs",
    "aresume_flow_run": "prefect.flow_runs",
    "aserve": "prefect.flows",
    "asuspend_flow_run": "prefect.flow_runs",
    "deploy": "prefect.deployments.deploying",
    "flow": "prefect.flows",
    "get_client": "prefect.client.orchestration",
    "get_run_logger": "prefect.logging.loggers",
    "pause_flow_run": "prefect.flow_runs",
    "resume_flow_run": "prefect.flow_runs",
    "serve": "prefect.flows",
    "suspend_flow_run": "prefect.flow_runs",
    "tags": "prefect.context",
    "task": "prefect.tasks",
    "unmapped": "prefect.utilities.annotations",
}
"""Where each public name lives."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        found = getattr(importlib.import_module(HOMES[name]), name)
    elif not name.startswith("_") and name in _submodules():
        found = importlib.import_module(f"prefect.{name}")
    else:
        raise AttributeError(no_attribute("prefect", name))
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES, *_submodules()})


def _submodules() -> set[str]:
    import pkgutil

    return {module.name for module in pkgutil.iter_modules(__path__)}


__all__ = [
    "Flow",
    "State",
    "Task",
    "Transaction",
    "__version__",
    "allow_failure",
    "aserve",
    "deploy",
    "flow",
    "get_run_logger",
    "serve",
    "tags",
    "task",
    "unmapped",
    "apause_flow_run",
    "aresume_flow_run",
    "asuspend_flow_run",
    "get_client",
    "pause_flow_run",
    "resume_flow_run",
    "suspend_flow_run",
]

answer_for_gone_names()
if os.environ.get("PREFECT_PLUGINS_ENABLED", "").lower() in ("1", "true", "yes", "on"):
    importlib.import_module("prefect.plugins").set_up()
