"""Promises taken out of the product, one at a time, from outside: the product itself has no switch for it.

Every interpreter of a torture loads `planted/sitecustomize.py`, which calls `plant`. It also makes the leases and the
looks at them short, so that a torture is soon quiet again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

LEASE = 2.0
"""Seconds that a lease lasts during a torture."""
NAMED = "torture"
"""The name of a concurrency limit."""
NAMED_LEASE = 4.0
"""Seconds of the leases of its slots; who holds one does so for less."""
MUTANT = "TORTURE_MUTANT"
"""The environment variable that names the mutant."""
HOSTS = {"server", "worker", "tests.torture.user.served"}
"""Words of the commands of programs that claim runs or carry duties out."""


def plant() -> None:
    """Change this interpreter's product as the environment says, before anything of it is imported elsewhere."""
    mutant = os.environ.get(MUTANT)
    if mutant:
        MUTANTS[mutant]()
    if HOSTS.intersection(sys.orig_argv):
        shorten()


def shorten() -> None:
    """Have claims last as long as the other leases, and be looked at often."""
    for module, name in (("prefect.runner.source", "EmbeddedSource"), ("prefect.runner.http_source", "HttpSource")):
        vars(getattr(_part(module), name))["__init__"].__kwdefaults__["lease"] = timedelta(seconds=LEASE)
    duties = _part("prefect.runner.duties")
    often = duties.LEASES._replace(every=0.5)
    duties.DUTIES = tuple(often if duty == duties.LEASES else duty for duty in duties.DUTIES)
    duties.LEASES = often


def _part(module: str) -> Any:
    """A module of the product, to be changed."""
    return import_module(module)


def no_epochs() -> None:
    """Nobody asks whether a run was begun anew elsewhere."""
    flow_runs, leases = _part("prefect._orchestration.flow_runs"), _part("prefect._store.leases")
    checked, wanted = flow_runs.set_state, flow_runs._is_wanted
    flow_runs.set_state = lambda *args, **given: checked(*args, **{**given, "epoch": None})
    flow_runs._is_wanted = lambda standing, epoch, holder: wanted(standing, standing.epoch, holder)
    leases.lost = lambda conn, tenures: leases.Lost()


def no_reaper() -> None:
    """Nobody looks for leases that ran out."""
    _part("prefect._orchestration.duties.leases").end_abandoned_runs = lambda *_, **__: []


def torn_results() -> None:
    """Results are written in place, on a disk that is not fast."""
    _part("prefect._engine.local_files").write_whole = _written_in_place


def _written_in_place(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb", buffering=0) as written:
        half = len(content) // 2
        written.write(content[:half])
        time.sleep(0.4)
        written.write(content[half:])


def no_unique_slots() -> None:
    """Two runs of one time of a schedule have different keys."""
    schedule = _part("prefect._domain.deployments").DeploymentSchedule
    key = schedule.key
    schedule.key = lambda self, due: f"{key(self, due)} {uuid4()}"


def deferred_writes() -> None:
    """A transaction that writes begins as one that reads."""
    connection = _part("prefect._store.connection").SqliteConnection
    connection.begin = lambda self, within=None: self.raw.execute("BEGIN")


def no_spool() -> None:
    """What a server cannot take in time is forgotten."""
    _part("prefect.client.spool").Spool.keep = lambda self, request: self.folder / "forgotten"


def no_line() -> None:
    """Whoever asks for slots has them, however many are taken."""
    _part("prefect._orchestration.taking_slots").served = lambda line, free: list(line)


def turns_of_one_s_own() -> None:
    """A process counts its turns for itself, beside the others."""
    connection = _part("prefect._store.connection").SqliteConnection
    turns = count(1)

    def turn(self: Any) -> int:
        if self._turn is None:
            self._turn = next(turns)
            self.raw.execute("UPDATE turn SET value = MAX(value, ?)", (self._turn,))
        return int(self._turn)

    connection.turn = property(turn)


def no_versions() -> None:
    """Whoever looks for firings believes to be the only one, and names them as it likes."""
    progress, windows = _part("prefect._store.automation_progress"), _part("prefect._domain.automations.windows")
    windows.firing_id = lambda trigger_id, *causes: uuid4()

    def moved(conn: Any, before: Any, seen: Any, known: Any) -> bool:
        conn.execute("UPDATE automation_progress SET version = version + 1, seen = ?", (str(seen),))
        return True

    progress.move = moved


MUTANTS: dict[str, Callable[[], None]] = {
    "no-epochs": no_epochs,
    "no-reaper": no_reaper,
    "torn-results": torn_results,
    "no-unique-slots": no_unique_slots,
    "deferred-writes": deferred_writes,
    "no-spool": no_spool,
    "no-line": no_line,
    "turns-of-one-s-own": turns_of_one_s_own,
    "no-versions": no_versions,
}
