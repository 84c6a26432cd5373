"""The deployment whose run is running; empty where a flow was simply called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect._engine.mocking import asked
from prefect._engine.recorders import recorder
from prefect._engine.runs_here import flow_run_here, id_of_flow_run_here

get_flow_run_id = id_of_flow_run_here


def get_id() -> str | None:
    run = flow_run_here()
    return str(run.deployment_id) if run and run.deployment_id else None


def get_name() -> str | None:
    run = flow_run_here()
    assigned = recorder().ledger.assignment(run.id) if run and run.deployment_id else None
    return assigned.deployment.name if assigned and assigned.deployment else None


def get_version() -> str | None:
    run = flow_run_here()
    return run.deployment_version if run else None


def get_parameters() -> dict[str, Any]:
    run = flow_run_here()
    return dict(run.parameters) if run and run.deployment_id else {}


READERS: dict[str, Callable[[], Any]] = {
    "id": get_id,
    "name": get_name,
    "flow_run_id": get_flow_run_id,
    "version": get_version,
    "parameters": get_parameters,
}
__all__ = list(READERS)


def __getattr__(name: str) -> Any:
    return asked("deployment", name, READERS)


def __dir__() -> list[str]:
    return sorted(READERS)
