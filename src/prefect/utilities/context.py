"""Door: context variables for a while, and which runs one is in."""

from prefect._outside.run_contexts import get_task_and_flow_run_ids, get_task_run_id, temporary_context

__all__ = ["get_task_and_flow_run_ids", "get_task_run_id", "temporary_context"]
