"""A flow whose costly step is cached, and whose shaky step is tried again with growing pauses.

Run it: `python examples/caching_and_retry.py`.
"""

from datetime import timedelta
from typing import Any

from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE
from prefect.runtime import task_run
from prefect.states import State
from prefect.tasks import exponential_backoff


@task(cache_policy=INPUTS + TASK_SOURCE, cache_expiration=timedelta(hours=1))
def primes_below(limit: int) -> int:
    """How many primes there are; the same question is answered from the cache for an hour."""
    sieve = bytearray([1]) * limit
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return sum(sieve[2:])


def is_worth_another_try(task: Any, run: Any, state: State[Any]) -> bool:
    """Only a lost connection is."""
    return isinstance(state.result(raise_on_failure=False), ConnectionError)


@task(retries=3, retry_delay_seconds=exponential_backoff(0.1), retry_condition_fn=is_worth_another_try)
def deliver(count: int) -> str:
    """A service that answers at the third try."""
    if task_run.run_count < 3:
        raise ConnectionError("the line is busy")
    return f"delivered {count}"


@flow(name="caching-and-retry", log_prints=True)
def caching_and_retry(limit: int = 1_000_000) -> str:
    """Count primes and deliver the figure."""
    count = primes_below(limit)
    answer = deliver(count)
    print(answer)
    return answer


if __name__ == "__main__":
    caching_and_retry()
