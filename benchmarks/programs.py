"""Programs in the API that this package shares with upstream Prefect: `python programs.py NAME COUNT`.

Each prints the seconds that its work took, the start of the process not counted; `memory` prints MB.
The first run of a flow warms up what is made once per process (a database, a server), outside of the measured time.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import time
from typing import Any

from prefect import flow, get_client, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency
from prefect.task_runners import ProcessPoolTaskRunner


@task
def nothing(number: int = 0) -> int:
    return number


@flow
def empty() -> None:
    return None


@flow
def sequential(count: int) -> None:
    for number in range(count):
        nothing(number)


@flow
def submitted(count: int) -> None:
    for future in [nothing.submit(number) for number in range(count)]:
        future.result()


@flow
def mapped(count: int) -> None:
    nothing.map(range(count)).result()


@flow
def subflows(count: int) -> None:
    for _ in range(count):
        empty()


@flow
def chain(count: int) -> None:
    last = nothing.submit(0)
    for _ in range(count):
        last = nothing.submit(last)
    last.result()


@flow
def logs(count: int) -> None:
    logger = get_run_logger()
    for number in range(count):
        logger.info("line %d", number)


def kept_flow(fn: Any) -> Any:
    """A flow whose steps are kept; upstream, which has no durable flows, keeps their results."""
    try:
        return flow(fn, durable=True)  # type: ignore[call-overload]  # one side has it
    except TypeError:
        return flow(fn, persist_result=True)  # type: ignore[call-overload]  # as above


def kept(count: int) -> None:
    kept_flow(sequential.fn)(count)


def kept_cost(count: int) -> float:
    """Microseconds that a kept step takes more than a task that is not kept: the fastest of ten turns of each."""
    fastest = [float("inf"), float("inf")]
    for number, steps in list(enumerate((sequential, kept))) * 10:
        started = time.perf_counter()
        steps(count // 10)
        fastest[number] = min(fastest[number], time.perf_counter() - started)
    return (fastest[1] - fastest[0]) / (count // 10) * 1e6


@task
async def nothing_awaited(number: int = 0) -> int:
    return number


@flow
async def gathered(count: int) -> None:
    await asyncio.gather(*(nothing_awaited(number) for number in range(count)))


gathered_widely = gathered


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def process_pool(count: int) -> None:
    nothing.map(range(count)).result()


def flow_runs(count: int) -> None:
    for _ in range(count):
        empty()


def slots(count: int) -> None:
    for _ in range(count):
        with concurrency("bench"):
            pass


@flow
def artifacts(count: int) -> None:
    for number in range(count):
        create_markdown_artifact("# Report", key=f"report-{number % 50}")


@flow
def progress(count: int) -> None:
    id = create_progress_artifact(0, key="progress")
    for number in range(count):
        update_progress_artifact(id, 100 * number / count)


def a_limit() -> None:
    """Make the limit of `slots`, and take its slot once."""
    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="bench", limit=1))
    slots(5)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    logging.disable(logging.INFO if name != "logs" else logging.NOTSET)
    empty()
    sequential(10)
    if name == "memory":
        before = peak_megabytes()
        sequential(count)
        print(peak_megabytes() - before)
        return
    if name in ("artifacts", "progress"):
        globals()[name](5)
    if name == "kept_cost":
        kept(10)
        print(kept_cost(count))
        return
    if name == "slots":
        a_limit()
    if name == "process_pool":
        process_pool(4)
    started = time.perf_counter()
    made = globals()[name](count)
    if name.startswith("gathered"):
        asyncio.run(made)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
