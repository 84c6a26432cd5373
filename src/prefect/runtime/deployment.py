"""The deployment whose run is running; empty where a flow was simply called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect._engine.mocking import asked
from prefect.context import FlowRunContext


def _id() -> str | None:
    context = FlowRunContext.get()
    deployment_id = context.flow_run.deployment_id if context else None
    return str(deployment_id) if deployment_id else None


def _flow_run_id() -> str | None:
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context else None


def _version() -> str | None:
    context = FlowRunContext.get()
    return context.flow_run.deployment_version if context else None


def _parameters() -> dict[str, Any]:
    context = FlowRunContext.get()
    return dict(context.flow_run.parameters) if context and context.flow_run.deployment_id else {}


READERS: dict[str, Callable[[], Any]] = {
    "id": _id,
    "flow_run_id": _flow_run_id,
    "version": _version,
    "parameters": _parameters,
}
"""`name` follows with deployments."""


def __getattr__(name: str) -> Any:
    return asked("deployment", name, READERS)


def __dir__() -> list[str]:
    return sorted(READERS)
