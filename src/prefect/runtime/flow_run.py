"""The flow run that is running: id, name, tags, parameters and more; empty outside of runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from prefect._engine.mocking import asked
from prefect._engine.recorders import recorder
from prefect._engine.runs_here import flow_run_here, id_of_flow_run_here
from prefect.context import FlowRunContext
from prefect.settings import get_current_settings


def _tags() -> list[str]:
    run = flow_run_here()
    return list(run.tags) if run else []


def _name() -> str | None:
    run = flow_run_here()
    return run.name if run else None


def _flow_name() -> str | None:
    context = FlowRunContext.get()
    if context is not None:
        return str(context.flow.name)
    run = flow_run_here()
    return recorder().ledger.flow_name(run.flow_id) if run else None


def _flow_version() -> str | None:
    run = flow_run_here()
    return run.flow_version if run else None


def _parameters() -> dict[str, Any]:
    context = FlowRunContext.get()
    if context is not None:
        return dict(context.parameters)
    run = flow_run_here()
    return dict(run.parameters) if run else {}


def _scheduled_start_time() -> datetime:
    run = flow_run_here()
    return (run.expected_start_time if run else None) or datetime.now(timezone.utc)


def _run_count() -> int:
    run = flow_run_here()
    return run.run_count if run else 0


def _parent_flow_run_id() -> str | None:
    run = flow_run_here()
    parent = recorder().ledger.parent_of(run) if run else None
    return str(parent) if parent else None


def _root_flow_run_id() -> str | None:
    run = flow_run_here()
    return str(recorder().ledger.root_of(run)) if run else None


def _parent_deployment_id() -> str | None:
    run = flow_run_here()
    parent_id = recorder().ledger.parent_of(run) if run else None
    parent = recorder().ledger.read(parent_id) if parent_id else None
    return str(parent.deployment_id) if parent and parent.deployment_id else None


def _job_variables() -> dict[str, Any] | None:
    run = flow_run_here()
    return dict(run.job_variables) if run else None


def _api_url() -> str | None:
    url, run_id = get_current_settings().api.url, id_of_flow_run_here()
    return f"{url}/flow_runs/{run_id}" if url and run_id else None


def _ui_url() -> str | None:
    url, run_id = get_current_settings().ui_url, id_of_flow_run_here()
    return f"{url}/runs/flow-run/{run_id}" if url and run_id else None


READERS: dict[str, Callable[[], Any]] = {
    "id": id_of_flow_run_here,
    "tags": _tags,
    "scheduled_start_time": _scheduled_start_time,
    "name": _name,
    "flow_name": _flow_name,
    "flow_version": _flow_version,
    "parameters": _parameters,
    "parent_flow_run_id": _parent_flow_run_id,
    "parent_deployment_id": _parent_deployment_id,
    "root_flow_run_id": _root_flow_run_id,
    "run_count": _run_count,
    "api_url": _api_url,
    "ui_url": _ui_url,
    "job_variables": _job_variables,
}
__all__ = list(READERS)


def __getattr__(name: str) -> Any:
    return asked("flow_run", name, READERS)


def __dir__() -> list[str]:
    return sorted(READERS)
