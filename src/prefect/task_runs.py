"""Door: waiting for task runs of other processes."""

from prefect._outside.waiters import TaskRunWaiter

__all__ = ["TaskRunWaiter"]
