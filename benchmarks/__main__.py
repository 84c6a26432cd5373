"""Measure this package beside upstream Prefect and the machine's limits, and write `benchmarks/RESULTS.md`.

    python -m benchmarks                    everything (about ten minutes; installs the peer on first use)
    python -m benchmarks import sequential  some of it, printed only

Each side runs in an environment and a home of its own, one right after the other. Of the best-of-three times the
smallest is taken; a rate is counts per second. A side that fails or takes too long is shown as a dash, with the reason.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEER = HERE / ".peers" / "prefect"
PEER_NEEDS = ["prefect==3.8.0", "fastapi==0.139.*", "starlette<1.1", "cyclopts<5", "sqlalchemy<2.1"]
LONGEST_S = 400
HELLO = "from prefect import flow\n\n\n@flow\ndef hello():\n    return 1\n\n\nhello()\n"


@dataclass(frozen=True)
class Program:
    name: str
    title: str
    ours: int
    theirs: int
    limit: str | None = None
    least: float | None = None
    """The ratio that the budget asks for, ours to upstream's."""


PROGRAMS = [
    Program("import", "`from prefect import flow, task`", 1, 1, least=12),
    Program("hello", "cold `python hello.py`, run recorded", 1, 1, least=25),
    Program("sequential", "sequential no-op tasks", 5_000, 300, "raw_sqlite", 20),
    Program("submitted", "submitted no-op tasks", 3_000, 300, "thread_pool", 20),
    Program("mapped", "mapped no-op tasks (one wide map)", 5_000, 300, "thread_pool", 20),
    Program("chain", "a deep chain of submitted tasks", 2_000, 200, "thread_pool"),
    Program("subflows", "subflow runs", 300, 10, least=200),
    Program("flow_runs", "flow runs in a row", 100, 10),
    Program("logs", "log lines, recorded", 10_000, 10_000),
    Program("memory", "memory of 20 000 tasks (MB per 1 000)", 20_000, 1_000),
]
WHOLE_PROCESS = {"import", "hello"}


def main() -> int:
    wanted = set(sys.argv[1:])
    unknown = wanted - {program.name for program in PROGRAMS}
    if unknown:
        print(f"No such program: {', '.join(sorted(unknown))}. There are: {', '.join(p.name for p in PROGRAMS)}.")
        return 2
    theirs, reason = peer()
    chosen = [program for program in PROGRAMS if not wanted or program.name in wanted]
    lines = [*HEADER, *rows(chosen, theirs)]
    print("\n".join(lines))
    if not wanted:
        text = "\n".join([f"# Results\n\n{machine()}\n\n{reason}\n", *lines, "", EXPLANATION])
        (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    return 0


HEADER = [
    "| program | ours | upstream 3.8.0 | ratio | asked for | limit | share of it |",
    "|---|--:|--:|--:|--:|--:|--:|",
]
EXPLANATION = """\
Ratios are ours to upstream's, higher is better. The limits: `raw_sqlite` inserts the four rows of a task run in batches
and does nothing else; `thread_pool` submits a no-op to a bare `ThreadPoolExecutor` and records nothing.
Upstream runs as its user would run it with no server set up: its first flow starts a temporary one, outside of the
measured time except for the cold start.
"""


def rows(programs: Sequence[Program], theirs: Path | None) -> Iterator[str]:
    """A line of the table per program, as it is measured."""
    for program in programs:
        print(f"… {program.title}", file=sys.stderr, flush=True)
        ours = best(Path(sys.executable), program, program.ours, tries=3)
        peers = best(theirs, program, program.theirs, tries=1) if theirs else None
        limit = seconds([sys.executable, HERE / "limits.py", program.limit, program.ours]) if program.limit else None
        yield row(program, ours, peers, limit)


def row(program: Program, ours: float | None, peers: float | None, limit: float | None) -> str:
    if program.name in WHOLE_PROCESS:
        shown, other = text(ours, "s"), text(peers, "s")
        ratio = peers / ours if ours and peers else None
    elif program.name == "memory":
        shown, other = text(ours, "MB"), text(peers, "MB")
        ratio = peers / ours if ours and peers else None
    else:
        mine, their = rate(program.ours, ours), rate(program.theirs, peers)
        shown, other = text(mine, "/s"), text(their, "/s")
        ratio = mine / their if mine and their else None
    bound = rate(program.ours, limit)
    share = f"{limit / ours:.0%}" if limit and ours else ""
    asked = f"{program.least:.0f} x" if program.least else ""
    named = f"{program.limit} {text(bound, '/s')}" if program.limit else ""
    return f"| {program.title} | {shown} | {other} | {text(ratio, 'x')} | {asked} | {named} | {share} |"


def rate(count: int, taken: float | None) -> float | None:
    return count / taken if taken else None


def text(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def best(python: Path, program: Program, count: int, *, tries: int) -> float | None:
    """The smallest time of some tries; None where none of them ended well."""
    if program.name == "import":
        command: list[object] = [python, "-c", "from prefect import flow, task"]
    elif program.name == "hello":
        command = [python, "-c", HELLO]
    else:
        command = [python, HERE / "programs.py", program.name, count]
    whole = program.name in WHOLE_PROCESS
    taken = [seconds(command, whole=whole) for _ in range(3 if program.name == "import" else tries)]
    return min((value for value in taken if value is not None), default=None)


def seconds(command: Sequence[object], *, whole: bool = False) -> float | None:
    """What a program says it took, or the time of its whole process, in a fresh home; None where it failed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        known = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PYTHON"))}
        known |= {"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        known |= {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "60"}
        started = time.perf_counter()
        try:
            ended = subprocess.run(
                [str(part) for part in command],
                env=known, cwd=home, capture_output=True, text=True, timeout=LONGEST_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            print(f"  took more than {LONGEST_S} s: {command}", file=sys.stderr)
            return None
        taken = time.perf_counter() - started
    if ended.returncode:
        print(f"  failed: {command}\n{ended.stderr[-2000:]}", file=sys.stderr)
        return None
    return taken if whole else max(float(ended.stdout.strip().splitlines()[-1]), 1e-9)


def peer() -> tuple[Path | None, str]:
    """The interpreter of upstream's environment, made on first use, and what to say of it."""
    python = PEER / "bin" / "python"
    if not python.exists():
        venv.create(PEER, with_pip=True)
        made = subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER_NEEDS], check=False)
        if made.returncode:
            return None, "Upstream could not be installed here, so its columns are empty."
    return python, f"Upstream: {', '.join(PEER_NEEDS)}."


def machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = named[0] if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."


if __name__ == "__main__":
    sys.exit(main())
