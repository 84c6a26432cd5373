"""The task run that is running: id, name, tags, parameters and more; empty outside of task runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect._engine.mocking import asked
from prefect.context import TaskRunContext
from prefect.settings import get_current_settings


def get_id() -> str | None:
    context = TaskRunContext.get()
    return str(context.task_run.id) if context else None


def get_name() -> str | None:
    context = TaskRunContext.get()
    return context.task_run.name if context else None


def get_task_name() -> str | None:
    context = TaskRunContext.get()
    return str(context.task.name) if context else None


def get_tags() -> list[str]:
    context = TaskRunContext.get()
    return list(context.task_run.tags) if context else []


def get_parameters() -> dict[str, Any]:
    context = TaskRunContext.get()
    return dict(context.parameters) if context else {}


def get_run_count() -> int:
    context = TaskRunContext.get()
    return context.task_run.run_count if context else 0


def get_task_run_api_url() -> str | None:
    url, run_id = get_current_settings().api.url, get_id()
    return f"{url}/task_runs/{run_id}" if url and run_id else None


def get_task_run_ui_url() -> str | None:
    url, run_id = get_current_settings().ui_url, get_id()
    return f"{url}/runs/task-run/{run_id}" if url and run_id else None


READERS: dict[str, Callable[[], Any]] = {
    "id": get_id,
    "tags": get_tags,
    "name": get_name,
    "task_name": get_task_name,
    "parameters": get_parameters,
    "run_count": get_run_count,
    "api_url": get_task_run_api_url,
    "ui_url": get_task_run_ui_url,
}
__all__ = list(READERS)


def __getattr__(name: str) -> Any:
    return asked("task_run", name, READERS)


def __dir__() -> list[str]:
    return sorted(READERS)
