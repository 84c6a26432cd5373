"""Door: what packages propose to runs and find in values (prefect-aws, -dask, -kubernetes, -ray, -snowflake)."""

from prefect._outside.engine import (
    capture_sigterm,
    check_api_reachable,
    collect_task_run_inputs,
    collect_task_run_inputs_sync,
    is_prefect_sigterm_handler_installed,
    propose_state,
    propose_state_sync,
    resolve_inputs,
    resolve_inputs_sync,
    resolve_to_final_result,
    should_log_prints,
)
from prefect._outside.known_results import (
    get_state_for_result,
    link_state_to_flow_run_result,
    link_state_to_result,
    link_state_to_task_run_result,
)

__all__ = [
    "capture_sigterm",
    "check_api_reachable",
    "collect_task_run_inputs",
    "collect_task_run_inputs_sync",
    "get_state_for_result",
    "is_prefect_sigterm_handler_installed",
    "link_state_to_flow_run_result",
    "link_state_to_result",
    "link_state_to_task_run_result",
    "propose_state",
    "propose_state_sync",
    "resolve_inputs",
    "resolve_inputs_sync",
    "resolve_to_final_result",
    "should_log_prints",
]
