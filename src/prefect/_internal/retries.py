"""Door: async functions that are tried again (prefect-azure, -redis)."""

from prefect._outside.retries import exponential_backoff_with_jitter, retry_async_fn

__all__ = [
    "exponential_backoff_with_jitter",
    "retry_async_fn",
]
