"""Door: blocks of code that may take only so long."""

from prefect._outside.timeouts import fail_if_not_timeout_error, timeout, timeout_async

__all__ = ["fail_if_not_timeout_error", "timeout", "timeout_async"]
