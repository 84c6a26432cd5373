"""Measure task runs on a Dask cluster of this machine, two processes of one thread, beside upstream and bare Dask.

    python -m benchmarks.clusters           the table; it is also written to `benchmarks/CLUSTERS.md`

`DaskTaskRunner` of prefect-dask is the same on both sides, each in an environment of its own; bare Dask submits a
function that does nothing, and records nothing. CPU is what the flow's process, which has the scheduler, and the two
workers took for each task run: a figure that a busy machine does not change.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import UPSTREAM, machine

HERE = Path(__file__).resolve().parent
SIDES = {"ours": ("--editable", str(HERE.parent)), "upstream 3.9.1": UPSTREAM.needs}
COUNTS = {"ours": 2_000, "upstream 3.9.1": 200}
LONGEST_S = 400
PROGRAM = """
import json, logging, sys, time
import distributed, psutil
from prefect import flow, task
from prefect_dask import DaskTaskRunner

@task
def nothing(number):
    return number

def cpu(cluster):
    processes = [psutil.Process(), *(psutil.Process(worker.process.pid) for worker in cluster.workers.values())]
    return sum(sum(process.cpu_times()[:2]) for process in processes)

def main(count):
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        @flow(task_runner=DaskTaskRunner(address=cluster.scheduler_address))
        def mapped(numbers):
            nothing.map(range(numbers)).result()

        def bare(numbers):
            with distributed.Client(cluster) as client:
                client.gather([client.submit(int, number, pure=False) for number in range(numbers)])

        told = {}
        for name, measured in (("recorded", mapped), ("bare", bare)):
            measured(20)
            spent, began = cpu(cluster), time.perf_counter()
            measured(count)
            seconds = time.perf_counter() - began
            told[name] = {"rate": count / seconds, "cpu_ms": (cpu(cluster) - spent) / count * 1000}
        print(json.dumps(told))

if __name__ == "__main__":
    logging.disable(logging.INFO)
    main(int(sys.argv[1]))
"""


def main() -> None:
    told = {side: measured(side) for side in SIDES}
    lines = [
        "| | task runs a second | CPU of each | bare Dask beside it | CPU of each |",
        "|---|--:|--:|--:|--:|",
        *(row(side, figures) for side, figures in told.items()),
    ]
    print("\n".join(lines))
    text = "\n".join(["# Task runs on a Dask cluster of two processes", "", machine(), "", *lines, ""])
    (HERE / "CLUSTERS.md").write_text(text, encoding="utf-8")


def row(side: str, figures: dict[str, dict[str, float]]) -> str:
    cells = [f"{part['rate']:,.0f} /s | {part['cpu_ms']:.1f} ms" for part in (figures["recorded"], figures["bare"])]
    return f"| {side} | {' | '.join(cells)} |"


def measured(side: str) -> dict[str, dict[str, float]]:
    """What the program says in the environment of a side, in a home of its own."""
    python = installed(side)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        program = Path(home) / "program.py"
        program.write_text(PROGRAM, encoding="utf-8")
        known = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PYTHON"))}
        known |= {"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        command = [str(python), str(program), str(COUNTS[side])]
        ended = subprocess.run(
            command, env=known, cwd=home, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    if ended.returncode:
        sys.exit(f"{side} failed:\n{ended.stderr[-3000:]}")
    told: dict[str, dict[str, float]] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told


def installed(side: str) -> Path:
    """The Python of a side's environment, which is made on first use."""
    place = HERE / ".peers" / f"dask-{side.split()[0]}"
    python = place / "bin" / "python"
    if not python.exists():
        uv = [sys.executable, "-m", "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--python", sys.executable, str(place)], check=True)
        wanted = [*SIDES[side], "prefect-dask", "psutil"]
        subprocess.run([*uv, "pip", "install", "--python", str(python), *wanted], check=True)
    return python


if __name__ == "__main__":
    main()
