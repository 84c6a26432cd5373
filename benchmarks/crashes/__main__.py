"""Kill the same program with `kill -9`, here and elsewhere, and tell what that lost, doubled or left behind.

    python -m benchmarks.crashes                         every side (half an hour; installs the peers on first use)
    python -m benchmarks.crashes ours dbos --kills 56    some sides, and how many kills of each at least

An order is a flow of nine steps, two of them in a subflow (`orders.py`). Its process is killed at a place, each in
turn: before the first step, inside of each step before and behind what it does, and behind each; every second one that
goes on is killed once more, anywhere. The program is started again with the same order, as whoever looks after it
would, until it ends. What happened is read from a ledger outside of every database:

- lost: steps that never happened, and orders that never came to their result
- doubled: steps that happened again although their call had returned before the kill
- again: steps that happened again since the kill hit them before their call had returned; nobody promises otherwise
- stuck: runs that are recorded as under way when all is over and nothing runs any more
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.__main__ import DBOS, UPSTREAM, Peer, installed, machine, versions
from benchmarks.crashes.orders import LEDGER, PLACES, STEPS, findings

HERE = Path(__file__).resolve().parent
LONGEST_S = 120
MOST_STARTS = 5
AT_REST_S = 45
"""After which whoever notices dead processes by their silence has done so."""


@dataclass(frozen=True)
class Side:
    """Who carries out orders: what is given to which Python, and whether a server of its own is around.

    It records in its home, or in another `database`.
    """

    title: str
    program: tuple[str, ...]
    kills: int
    peer: Peer | None = None
    has_server: bool = False
    database: str | None = None

    @property
    def python(self) -> str:
        return str(self.peer.python) if self.peer is not None else sys.executable


SIDES = {
    "ours": Side("ours, `@flow(durable=True)`", ("prefect_program.py", "durable"), 560),
    "ours_server": Side("the same, recorded by a server", ("prefect_program.py", "durable"), 280, has_server=True),
    "dbos": Side("DBOS", ("dbos_program.py",), 280, DBOS),
    "upstream": Side("upstream, `@flow`", ("prefect_program.py", "plain"), 56, UPSTREAM, has_server=True),
    "upstream_kept": Side(
        "upstream, results kept by their inputs", ("prefect_program.py", "kept"), 56, UPSTREAM, has_server=True
    ),
}


@dataclass(frozen=True)
class Outcome:
    orders: int
    deaths: int
    lost: int
    doubled: int
    again: int
    stuck: int


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.crashes")
    asked.add_argument("sides", nargs="*", choices=[*SIDES, []], help="which; all of them unless told otherwise")
    asked.add_argument("--kills", type=int, help="how many of each side at least")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--ledgers", type=Path, help="a folder in which the ledger of each side is left")
    asked.add_argument("--database", help="an empty database of PostgreSQL in which our sides record: postgresql://…")
    given = asked.parse_args()
    print(f"{machine()}\n\n{HEADER}", flush=True)
    for side in [SIDES[name] for name in given.sides or SIDES]:
        if side.peer is None or installed(side.peer):
            if side.peer is None:
                side = replace(side, database=given.database)
            chance, ledgers = random.Random(given.seed), given.ledgers
            print(row(side, measured(side, given.kills or side.kills, chance, ledgers)), flush=True)
    print("\n".join(["", *(versions(peer) for peer in (DBOS, UPSTREAM))]))
    return 0


HEADER = """\
| | kills | orders | steps lost | doubled | runs stuck | again, open at the kill |
|---|--:|--:|--:|--:|--:|--:|"""


def row(side: Side, outcome: Outcome) -> str:
    figures = (outcome.deaths, outcome.orders, outcome.lost, outcome.doubled, outcome.stuck, outcome.again)
    return f"| {side.title} | {' | '.join(map(str, figures))} |"


def measured(side: Side, kills: int, chance: random.Random, ledgers: Path | None) -> Outcome:
    """Carry out orders in a fresh home until there were so many kills."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, _at_home(side, home) as env:
        deaths = orders = unended = 0
        while deaths < kills:
            number = orders
            ended, died = carried_out(side, env, number, _places(number, chance))
            if not died and not ended:
                raise RuntimeError(f"{side.title}: the program of order {number} cannot be carried out.")
            orders, deaths, unended = orders + 1, deaths + died, unended + (not ended)
        time.sleep(AT_REST_S)
        found = findings(Path(home))
        if ledgers is not None:
            ledgers.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(home) / LEDGER, ledgers / f"{side.title}.txt")
        return Outcome(orders, found.deaths, found.lost + unended, found.doubled, found.again, under_way(side, env))


def _places(number: int, chance: random.Random) -> list[int]:
    """Where the processes of an order die: each place in turn, and every second time in any other, too."""
    again = [chance.randrange(PLACES)] if number // PLACES % 2 or number % 2 else []
    return [number % PLACES, *again]


def carried_out(side: Side, env: dict[str, str], number: int, places: Sequence[int]) -> tuple[bool, int]:
    """Start the program of an order until it ends well; whether it did, and how often it was killed."""
    deaths = 0
    for start in range(MOST_STARTS):
        dies = {"DIES_AT": str(places[start])} if start < len(places) else {}
        try:
            ended = started(side, env | dies, str(number))
        except subprocess.TimeoutExpired:
            continue
        deaths += ended.returncode == -signal.SIGKILL
        if ended.returncode == 0:
            return ended.stdout.split()[-1:] == [str(STEPS.total())], deaths
        if ended.returncode != -signal.SIGKILL:
            print(ended.stderr[-1000:], file=sys.stderr)
    return False, deaths


def under_way(side: Side, env: dict[str, str]) -> int:
    """How many runs are recorded as under way."""
    return int(started(side, env, "record").stdout.split()[-1])


def started(side: Side, env: dict[str, str], what: str) -> subprocess.CompletedProcess[str]:
    file, *words = side.program
    return subprocess.run(
        [side.python, str(HERE / file), *words, what],
        env=env, cwd=env["PREFECT_HOME"], capture_output=True, text=True, timeout=LONGEST_S, check=False,
    )  # fmt: skip


@contextmanager
def _at_home(side: Side, home: str) -> Iterator[dict[str, str]]:
    """The environment of programs in a home of their own, with a server where the side has one."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PYTHON"))}
    env |= {"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    env |= {"PREFECT_LOGGING_LEVEL": "ERROR"}
    if side.database is not None:
        env["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = side.database
    if not side.has_server:
        yield env
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(side.python).parent / "prefect"), "server", "start", "--port", str(port)]
    server = subprocess.Popen(command, env=env, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        env["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        _wait_until_healthy(env["PREFECT_API_URL"])
        yield env
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_healthy(api: str) -> None:
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{api}/health", timeout=5):
            return
        time.sleep(0.2)
    raise TimeoutError(f"No server at {api} has become healthy in {LONGEST_S} s.")


if __name__ == "__main__":
    sys.exit(main())
