"""What of `programs.py` Dagster has: its jobs are flows, its ops tasks. Recorded in the SQLite of an instance.

A job's ops are laid out before it runs, which is not timed.
"""

from __future__ import annotations

import sys
import tempfile
import time

from dagster import DagsterInstance, JobDefinition, job, op


@op
def nothing() -> int:
    return 1


def of_ops(count: int) -> JobDefinition:
    @job(config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}})
    def sequential() -> None:
        for number in range(count):
            nothing.alias(f"nothing_{number}")()

    return sequential


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    instance = DagsterInstance.local_temp(tempfile.gettempdir())
    jobs = {"sequential": lambda: [of_ops(count)], "flow_runs": lambda: [of_ops(1)] * count}[name]()
    of_ops(1).execute_in_process(instance=instance)
    started = time.perf_counter()
    for each in jobs:
        each.execute_in_process(instance=instance)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
