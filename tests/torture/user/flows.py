"""The flows of the torture: each says in the ledger when its function begins and what it comes to."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prefect import flow, get_run_logger, task
from prefect.blocks.system import Secret
from prefect.concurrency.sync import concurrency
from prefect.runtime import flow_run
from tests.torture.mutants import NAMED, NAMED_LEASE
from tests.torture.user.noting import LIMITED, LOGGED, note, this_process


@contextmanager
def carried_out() -> Iterator[None]:
    """Say that a flow's function begins, and, unless it raises, that it returns."""
    note("begins")
    yield
    note("returns")


@task(persist_result=True)
def step(number: int, seconds: float) -> int:
    note("start", key=number)
    time.sleep(seconds)
    note("end", key=number)
    return number * number


@flow(log_prints=False)
def steps(count: int = 5, seconds: float = 0.2) -> int:
    with carried_out():
        return sum(step(number, seconds) for number in range(count))


@flow(retries=3, retry_delay_seconds=0.2)
def retries(failures: int = 2) -> int:
    note("begins")
    if int(flow_run.run_count or 1) <= failures:
        raise RuntimeError("This failure is wanted.")
    value = step(0, 0.1)
    note("returns")
    return value


@flow
def inner(count: int, seconds: float) -> int:
    with carried_out():
        return sum(step(number, seconds) for number in range(count))


@flow
def subflow(count: int = 3, seconds: float = 0.1) -> int:
    with carried_out():
        return inner(count, seconds) + step(100, seconds)


@flow
def lines(count: int = 100, seconds: float = 2.0) -> None:
    with carried_out():
        logger, process = get_run_logger(), this_process()
        for number in range(count):
            logger.info(f"line {number} of {process}")
            note("line", LOGGED, number=number)
            time.sleep(seconds / count)


@flow
def fork(seconds: float = 0.5) -> None:
    with carried_out():
        child = subprocess.Popen(["sleep", "600"])
        note("child", pid=child.pid)
        time.sleep(seconds)


@flow
def stubborn(seconds: float = 3.0) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with carried_out():
        time.sleep(seconds)


@flow
def limited(seconds: float = 0.5) -> None:
    with carried_out():
        note("enter", LIMITED)
        time.sleep(seconds)
        note("leave", LIMITED)


@flow
def holding(seconds: float = 0.5) -> None:
    with carried_out(), concurrency(NAMED, lease_duration=NAMED_LEASE, strict=True):
        note("holds", LIMITED)
        try:
            time.sleep(seconds)
        finally:
            note("lets go", LIMITED)


@flow
def secretive() -> None:
    with carried_out():
        secret = Secret.load("torture").get()
        get_run_logger().info("The secret is %s", secret)
        print("The secret is", secret)


@flow
def tick() -> None:
    with carried_out():
        pass


if __name__ == "__main__":
    steps(8, 0.2)
