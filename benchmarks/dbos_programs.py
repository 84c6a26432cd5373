"""What of `programs.py` DBOS has: its workflows are flows, its steps tasks. Recorded in SQLite, as its default is."""

from __future__ import annotations

import sys
import time

from dbos import DBOS


@DBOS.step()
def nothing(number: int = 0) -> int:
    return number


@DBOS.workflow()
def empty() -> None:
    return None


@DBOS.workflow()
def sequential(count: int) -> None:
    for number in range(count):
        nothing(number)


kept = sequential  # each step of a workflow is kept


@DBOS.workflow()
def subflows(count: int) -> None:
    for _ in range(count):
        empty()


def flow_runs(count: int) -> None:
    for _ in range(count):
        empty()


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    DBOS(config={"name": "bench", "system_database_url": "sqlite:///bench.sqlite", "log_level": "ERROR"})
    DBOS.launch()
    empty()
    sequential(10)
    started = time.perf_counter()
    globals()[name](count)
    print(time.perf_counter() - started)
    DBOS.destroy()


if __name__ == "__main__":
    main()
