"""Door: carrying tasks out for task runners of packages (prefect-dask, -dbt, -ray)."""

from prefect._outside.engines import AsyncTaskRunEngine, BaseTaskRunEngine, SyncTaskRunEngine
from prefect._outside.runs import (
    run_generator_task_async,
    run_generator_task_sync,
    run_task,
    run_task_async,
    run_task_sync,
)
from prefect.exceptions import TaskRunTimeoutError

__all__ = [
    "AsyncTaskRunEngine",
    "BaseTaskRunEngine",
    "SyncTaskRunEngine",
    "TaskRunTimeoutError",
    "run_generator_task_async",
    "run_generator_task_sync",
    "run_task",
    "run_task_async",
    "run_task_sync",
]
