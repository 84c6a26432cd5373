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

get_id = id_of_flow_run_here


def get_tags() -> list[str]:
    run = flow_run_here()
    return list(run.tags) if run else []


def get_name() -> str | None:
    run = flow_run_here()
    return run.name if run else None


def get_flow_name() -> str | None:
    context = FlowRunContext.get()
    if context is not None:
        return str(context.flow.name)
    run = flow_run_here()
    return recorder().ledger.flow_name(run.flow_id) if run else None


def get_flow_version() -> str | None:
    run = flow_run_here()
    return run.flow_version if run else None


def get_parameters() -> dict[str, Any]:
    context = FlowRunContext.get()
    if context is not None:
        return dict(context.parameters)
    run = flow_run_here()
    return dict(run.parameters) if run else {}


def get_scheduled_start_time() -> datetime:
    run = flow_run_here()
    return (run.expected_start_time if run else None) or datetime.now(timezone.utc)


def get_run_count() -> int:
    run = flow_run_here()
    return run.run_count if run else 0


def get_parent_flow_run_id() -> str | None:
    run = flow_run_here()
    parent = recorder().ledger.parent_of(run) if run else None
    return str(parent) if parent else None


def get_root_flow_run_id() -> str | None:
    run = flow_run_here()
    return str(recorder().ledger.root_of(run)) if run else None


def get_parent_deployment_id() -> str | None:
    run = flow_run_here()
    parent_id = recorder().ledger.parent_of(run) if run else None
    parent = recorder().ledger.read(parent_id) if parent_id else None
    return str(parent.deployment_id) if parent and parent.deployment_id else None


def get_job_variables() -> dict[str, Any] | None:
    run = flow_run_here()
    return dict(run.job_variables) if run else None


def get_flow_run_api_url() -> str | None:
    url, run_id = get_current_settings().api.url, id_of_flow_run_here()
    return f"{url}/flow_runs/{run_id}" if url and run_id else None


def get_flow_run_ui_url() -> str | None:
    url, run_id = get_current_settings().ui_url, id_of_flow_run_here()
    return f"{url}/runs/flow-run/{run_id}" if url and run_id else None


READERS: dict[str, Callable[[], Any]] = {
    "id": get_id,
    "tags": get_tags,
    "scheduled_start_time": get_scheduled_start_time,
    "name": get_name,
    "flow_name": get_flow_name,
    "flow_version": get_flow_version,
    "parameters": get_parameters,
    "parent_flow_run_id": get_parent_flow_run_id,
    "parent_deployment_id": get_parent_deployment_id,
    "root_flow_run_id": get_root_flow_run_id,
    "run_count": get_run_count,
    "api_url": get_flow_run_api_url,
    "ui_url": get_flow_run_ui_url,
    "job_variables": get_job_variables,
}
__all__ = list(READERS)


def __getattr__(name: str) -> Any:
    return asked("flow_run", name, READERS)


def __dir__() -> list[str]:
    return sorted(READERS)
