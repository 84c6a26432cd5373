"""Door: what packages propose to runs and find in values (prefect-aws, -dask, -kubernetes, -ray, -snowflake)."""

from prefect._outside.engine import (
    collect_task_run_inputs,
    collect_task_run_inputs_sync,
    propose_state,
    propose_state_sync,
    resolve_inputs,
    resolve_inputs_sync,
)

__all__ = [
    "collect_task_run_inputs",
    "collect_task_run_inputs_sync",
    "propose_state",
    "propose_state_sync",
    "resolve_inputs",
    "resolve_inputs_sync",
]
