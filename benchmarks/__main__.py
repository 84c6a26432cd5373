"""Measure this package beside its peers and the machine's limits, and write `benchmarks/RESULTS.md`.

    python -m benchmarks                    everything (about half an hour; installs the peers on first use)
    python -m benchmarks import sequential  some of it, printed only

Each side runs in an environment and a home of its own, one right after the other. Of three tries the fastest is taken
(of slow upstream one); a rate is counts per second. A side that fails or takes too long is shown as a dash, with the
reason on the way; a side that has nothing of the kind is left empty.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST_S = 400


@dataclass(frozen=True)
class Peer:
    """Who is measured beside us, what to install for it, and its own words for the programs."""

    name: str
    needs: tuple[str, ...]
    programs: str
    has: tuple[str, ...]
    """The programs that it has a word for, by their names."""
    imports: str
    hello: str

    @property
    def python(self) -> Path:
        return HERE / ".peers" / self.name / "bin" / "python"


HELLO = "from prefect import flow\n\n\n@flow\ndef hello():\n    return 1\n\n\nhello()\n"
HELLO_DBOS = """
from dbos import DBOS

@DBOS.workflow()
def hello():
    return 1

DBOS(config={"name": "hello", "system_database_url": "sqlite:///hello.sqlite", "log_level": "ERROR"})
DBOS.launch()
hello()
DBOS.destroy()
"""
HELLO_DAGSTER = """
import os
from dagster import DagsterInstance, job, op

@op
def hello():
    return 1

@job
def hello_job():
    hello()

hello_job.execute_in_process(instance=DagsterInstance.local_temp(os.getcwd()))
"""
UPSTREAM = Peer(
    name="prefect",
    needs=(
        *("prefect==3.9.1", "fastapi==0.139.*", "starlette<1.1", "cyclopts<5", "sqlalchemy<2.1"),
        *("psutil", "pgserver"),
    ),
    programs="programs.py",
    has=(),
    imports="from prefect import flow, task",
    hello=HELLO,
)
DBOS = Peer(
    name="dbos",
    needs=("dbos",),
    programs="dbos_programs.py",
    has=("import", "hello", "sequential", "kept", "subflows", "flow_runs"),
    imports="from dbos import DBOS",
    hello=HELLO_DBOS,
)
DAGSTER = Peer(
    name="dagster",
    needs=("dagster",),
    programs="dagster_programs.py",
    has=("import", "hello", "sequential", "flow_runs"),
    imports="from dagster import job, op",
    hello=HELLO_DAGSTER,
)
PROCRASTINATE = Peer(
    name="procrastinate",
    needs=("procrastinate", "psycopg[binary]", "pgserver"),
    programs="procrastinate_programs.py",
    has=("trigger_worker_pg", "worker_runs_pg"),
    imports="import procrastinate",
    hello="",
)
OTHERS = (DBOS, DAGSTER, PROCRASTINATE)


@dataclass(frozen=True)
class Program:
    name: str
    title: str
    ours: int
    theirs: int
    limit: str | None = None
    least: float | None = None
    """The ratio that the budget asks for, ours to upstream's."""
    goal: str = ""
    """What is asked for otherwise."""
    tries: int = 3
    """How often we are measured."""
    longest_s: int = LONGEST_S


PROGRAMS = [
    Program("import", "`from prefect import flow, task`", 1, 1, least=12),
    Program("hello", "cold `python hello.py`, run recorded", 1, 1, least=25),
    Program("command_help", "`prefect --help`, processor time", 5, 2, goal="60 ms"),
    Program("command_version", "`prefect version`, processor time", 5, 2, goal="80 ms"),
    Program("command_ls", "`prefect flow-run ls`, processor time", 5, 2, goal="150 ms"),
    Program("sequential", "sequential no-op tasks", 5_000, 300, "raw_sqlite", 20, "50% of the limit"),
    Program("kept", "kept steps of a durable flow (upstream: kept results)", 5_000, 300),
    Program("kept_cost", "what a kept step takes more than a task that is not kept", 3_000, 300),
    Program("gathered", "awaited no-op tasks, 1 000 gathered", 1_000, 300),
    Program("gathered_widely", "the same, 10 000", 10_000, 300),
    Program("submitted", "submitted no-op tasks", 3_000, 300, "thread_pool", 20, "10 000 /s"),
    Program("mapped", "mapped no-op tasks (one wide map)", 5_000, 300, "thread_pool", 20, "10 000 /s"),
    Program("process_pool", "no-op tasks mapped over two processes", 3_000, 100, goal="3 000 /s"),
    Program("chain", "a deep chain of submitted tasks", 2_000, 200, "thread_pool"),
    Program("subflows", "subflow runs", 300, 10, least=200, goal="1 500 /s"),
    Program("flow_runs", "flow runs in a row", 100, 10),
    Program("logs", "log lines, recorded", 10_000, 10_000, "plain_logging", goal="60 000 /s"),
    Program("artifacts", "artifacts made, recorded", 2_000, 100),
    Program("progress", "progress moved on, recorded", 3_000, 100),
    Program("slots", "a slot of a limit, taken and given back", 2_000, 100),
    Program("memory", "memory grown by 100 000 tasks (upstream: 20 000)", 100_000, 20_000, goal="20 MB", tries=1),
    Program("server_start", "server: from the command to healthy", 1, 1, least=7),
    Program("idle_memory", "server: memory when idle", 1, 1, least=1.9),
    Program("idle_cpu", "server: CPU when idle", 1, 1, least=6),
    Program("trigger", "a served deployment: from trigger to user code, median", 200, 3, least=30, goal="25 ms"),
    Program("trigger_p95", "the same, 95 % within", 200, 3, goal="60 ms"),
    Program("trigger_pg", "the same on PostgreSQL, median", 100, 3, goal="25 ms", tries=1),
    Program("trigger_worker", "a worker: from trigger to user code, median", 200, 3, goal="25 ms"),
    Program("trigger_worker_p95", "the same, 95 % within", 200, 3, goal="60 ms"),
    Program("trigger_worker_pg", "the same on PostgreSQL, median", 100, 3, goal="25 ms", tries=1),
    Program("trigger_own", "the server's own worker: from trigger to user code, median", 100, 0, goal="25 ms", tries=1),
    Program("schedule_start", "from the time of a schedule to user code, median", 30, 10, goal="50 ms", tries=1),
    Program("worker_runs", "runs that a worker carries out", 200, 10, goal="60 /s"),
    Program("worker_runs_pg", "the same on PostgreSQL", 100, 10, goal="60 /s", tries=1),
    Program("warm_runs", "runs of code that is kept loaded", 200, 0, goal="300 /s", tries=1),
    Program("requests", "flow runs made and moved by 16 clients (3 requests each)", 800, 80, goal="667 /s"),
    Program("requests_pg", "the same on PostgreSQL", 400, 80, tries=1),
    Program("requests_three", "the same, three servers on one PostgreSQL", 400, 0, tries=1),
    Program("reads", "reads of one flow run by 16 clients", 4_000, 200, goal="5 000 /s"),
    Program(
        "memory_after",
        "memory that a server has more after 100 000 requests, 9 MB bodies, 1 000 000 log lines",
        100_000,
        0,
        goal="30 MB",
        tries=1,
        longest_s=1_800,
    ),
    Program(
        "big_runs",
        "the slowest question about a run of 50 000 tasks and 1 000 000 lines, beside 10 000 due runs",
        50_000,
        0,
        goal="300 ms",
        tries=1,
        longest_s=1_800,
    ),
    Program("set_state_p95", "`set_state` at 1 000 runs a minute, p95", 160, 160),
    Program("slot_wakeup", "from a slot given back to its waiter, another process, with a server", 10, 3),
    Program("event_action", "from an event to the run that an automation makes for it, median", 50, 3),
    Program("heard", "mapped tasks beside a server with an automation that counts them", 10_000, 300, "unheard"),
    Program("heard_through", "the same, recorded by way of the server", 10_000, 300, "unheard_through"),
    Program("events_in", "events in by HTTP, 100 a request", 10_000, 2_000),
    Program("events_one_by_one", "events in by HTTP, one a request", 1_000, 500),
    Program("events_socket", "events in by a websocket", 10_000, 2_000),
    Program(
        "feed",
        "a feed's questions on 10 000 000 events (upstream: 1 000 000), p95",
        10_000_000,
        1_000_000,
        tries=1,
        longest_s=3_600,
    ),
    Program("dashboard", "a dashboard's questions on 200 000 flow runs, p95", 200_000, 200_000),
]
SERVICE = frozenset(
    {
        *("server_start", "idle_memory", "idle_cpu", "trigger", "trigger_p95", "trigger_worker", "trigger_worker_p95"),
        *("worker_runs", "requests", "set_state_p95", "slot_wakeup", "event_action", "dashboard"),
        *("heard", "unheard", "heard_through", "unheard_through"),
        *("events_in", "events_one_by_one", "events_socket", "feed"),
    }
)
"""Programs that need a server; they are in `service.py`, the same for both sides."""
STARTS = frozenset(
    {
        *("trigger_pg", "trigger_worker_pg", "trigger_own", "schedule_start", "warm_runs", "worker_runs_pg"),
        *("requests_pg", "requests_three", "reads", "memory_after", "big_runs"),
    }
)
"""More of these; they are in `starts.py`."""
COMMANDS = frozenset({"command_help", "command_version", "command_ls"})
"""Those of `commands.py`."""


def main() -> int:
    wanted = set(sys.argv[1:])
    unknown = wanted - {program.name for program in PROGRAMS}
    if unknown:
        print(f"No such program: {', '.join(sorted(unknown))}. There are: {', '.join(p.name for p in PROGRAMS)}.")
        return 2
    chosen = [program for program in PROGRAMS if not wanted or program.name in wanted]
    lines = [*HEADER, *rows(chosen, {peer.name: installed(peer) for peer in (UPSTREAM, *OTHERS)})]
    print("\n".join(lines))
    if not wanted:
        text = "\n".join([f"# Results\n\n{machine()}\n", *lines, "", EXPLANATION, *(versions(p) for p in OTHERS)])
        (HERE / "RESULTS.md").write_text(text + "\n", encoding="utf-8")
    return 0


HEADER = [
    "| program | ours | upstream 3.9.1 | ratio | asked for | DBOS | Dagster | Procrastinate | limit | share of it |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
]
EXPLANATION = f"""\
The ratio is ours to upstream's, higher is better. The limits: `raw_sqlite` inserts the four rows of a task run into the
same tables in batches and does nothing else; `thread_pool` submits a no-op to a bare `ThreadPoolExecutor` and records
nothing; `plain_logging` writes the same lines by `logging` to the same stream, and keeps them nowhere; `unheard` is the
same without the automation. Memory is what the peak grew by while the tasks ran.

Our server runs with the extra `fast`, as the development environment has it.

Upstream runs as its user would run it with no server set up: its first flow starts a temporary one, outside of the
measured time except for the cold start. DBOS and Dagster record in SQLite; what they have no word for is left empty.
Procrastinate is a queue: its worker calls functions in its own process, and records no more than that they were called.

- prefect: {", ".join(UPSTREAM.needs)}
"""


def rows(programs: Sequence[Program], has_peer: dict[str, bool]) -> Iterator[str]:
    """A line of the table per program, as it is measured."""
    for program in programs:
        print(f"… {program.title}", file=sys.stderr, flush=True)
        ours = best(Path(sys.executable), UPSTREAM, program, program.ours, tries=program.tries)
        theirs = None
        if has_peer["prefect"] and program.theirs:
            theirs = best(UPSTREAM.python, UPSTREAM, program, program.theirs, tries=1)
        others = []
        for peer in OTHERS:
            taken = None
            if has_peer[peer.name] and program.name in peer.has:
                taken = best(peer.python, peer, program, program.theirs or program.ours, tries=3)
            others.append(shown(program, program.theirs, taken) if program.name in peer.has else "")
        limit = limit_of(program)
        yield row(program, ours, theirs, others, limit)


def limit_of(program: Program) -> float | None:
    """What the program would take without what it does for its user; None where nothing says that."""
    if program.limit is None:
        return None
    script = "service.py" if program.limit in SERVICE else "limits.py"
    taken = [seconds([sys.executable, HERE / script, program.limit, program.ours]) for _ in range(3)]
    return min((value for value in taken if value is not None), default=None)


def row(program: Program, ours: float | None, theirs: float | None, others: Sequence[str], limit: float | None) -> str:
    ratio = None
    if ours and theirs:
        ratio = theirs / ours if program.name in WHOLES else (theirs / program.theirs) / (ours / program.ours)
    cells = [
        program.title,
        shown(program, program.ours, ours),
        shown(program, program.theirs, theirs) if program.theirs else "",
        text(ratio, "x") if program.theirs else "",
        ", ".join(part for part in (f"{program.least:.0f} x" if program.least else "", program.goal) if part),
        *others,
        f"{program.limit} {text(rate(program.ours, limit), '/s')}" if program.limit else "",
        f"{limit / ours:.0%}" if limit and ours else "",
    ]
    return f"| {' | '.join(cells)} |"


WHOLES = {
    "import": "s",
    "hello": "s",
    "kept_cost": "µs",
    "memory": "MB",
    "server_start": "s",
    "idle_memory": "MB",
    "idle_cpu": "%",
    "trigger": "s",
    "trigger_p95": "s",
    "trigger_worker": "s",
    "trigger_worker_p95": "s",
    "trigger_pg": "s",
    "trigger_worker_pg": "s",
    "trigger_own": "s",
    "schedule_start": "ms",
    "memory_after": "MB",
    "big_runs": "ms",
    "command_help": "ms",
    "command_version": "ms",
    "command_ls": "ms",
    "set_state_p95": "ms",
    "slot_wakeup": "ms",
    "event_action": "ms",
    "dashboard": "ms",
    "feed": "ms",
}
"""Programs that are shown as what they took, in this unit; the others as counts per second."""


def shown(program: Program, count: int, taken: float | None) -> str:
    unit = WHOLES.get(program.name)
    return text(taken, unit) if unit else text(rate(count, taken), "/s")


def rate(count: int, taken: float | None) -> float | None:
    return count / taken if taken else None


def text(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def best(python: Path, side: Peer, program: Program, count: int, *, tries: int) -> float | None:
    """The smallest figure of some tries; None where none of them ended well."""
    if program.name == "import":
        command: list[object] = [python, "-c", side.imports]
    elif program.name == "hello":
        command = [python, "-c", side.hello]
    else:
        command = [python, HERE / script_of(program.name, side), program.name, count]
    whole = program.name in {"import", "hello"}
    times = range(3 if program.name == "import" else tries)
    taken = [seconds(command, whole=whole, longest_s=program.longest_s) for _ in times]
    return min((value for value in taken if value is not None), default=None)


def script_of(name: str, side: Peer) -> str:
    """The file that has a program, in the words of a side."""
    if side is not UPSTREAM:
        return side.programs
    if name in COMMANDS:
        return "commands.py"
    return "service.py" if name in SERVICE else "starts.py" if name in STARTS else side.programs


def seconds(command: Sequence[object], *, whole: bool = False, longest_s: int = LONGEST_S) -> float | None:
    """What a program says it took, or the time of its whole process, in a fresh home; None where it failed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        known = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PYTHON"))}
        known |= {"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        known |= {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "60", "DAGSTER_HOME": home, "TMPDIR": home}
        started = time.perf_counter()
        try:
            ended = subprocess.run(
                [str(part) for part in command],
                env=known, cwd=home, capture_output=True, text=True, timeout=longest_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            print(f"  took more than {longest_s} s: {command}", file=sys.stderr)
            return None
        taken = time.perf_counter() - started
    if ended.returncode:
        print(f"  failed: {command}\n{ended.stderr[-2000:]}", file=sys.stderr)
        return None
    return taken if whole else max(float(ended.stdout.strip().splitlines()[-1]), 1e-9)


def installed(peer: Peer) -> bool:
    """Whether the peer's environment is there; it is made on first use."""
    if peer.python.exists():
        return True
    home = peer.python.parents[1]
    venv.create(home, with_pip=False)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(peer.python), *peer.needs]
    made = subprocess.run(install, check=False)
    if made.returncode:
        print(f"  {peer.name} cannot be installed here; its column stays empty.", file=sys.stderr)
        shutil.rmtree(home)
    return not made.returncode


def versions(peer: Peer) -> str:
    """The installed version of a peer, for the report."""
    if not peer.python.exists():
        return f"- {peer.name}: could not be installed here"
    asked = f"import importlib.metadata as m; print(m.version({peer.name!r}))"
    told = subprocess.run([str(peer.python), "-c", asked], capture_output=True, text=True, check=False)
    return f"- {peer.name}: {told.stdout.strip()}"


def machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = named[0] if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."


if __name__ == "__main__":
    sys.exit(main())
