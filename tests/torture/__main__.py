"""The command line of the torture."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from tests.databases import Restarted, postgres_at_work
from tests.torture.campaign import Campaign, Outcome
from tests.torture.mutants import MUTANTS
from tests.torture.world import Postgres, World

SEEDS = (1, 2, 3)
"""With one of these every mutant is caught."""


def main() -> int:
    told = _parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process of the world is left
    if told.mutants:
        return catch_mutants(told.minutes)
    seed = SystemRandom().randrange(1_000_000) if told.seed is None else told.seed
    again = f"python -m tests.torture --seed {seed} --minutes {told.minutes:g} --db {told.db}"
    again += f" --mutant {told.mutant}" if told.mutant else ""
    print(f"Seed {seed}. To replay: {again}", flush=True)
    began = time.monotonic()
    outcome, folder = tortured(seed, told.minutes * 60, db=told.db, mutant=told.mutant)
    print(f"{outcome.strikes} strikes, {outcome.runs} runs, {time.monotonic() - began:.0f} s.")
    for violation in outcome.violations:
        print(violation)
    if outcome.violations:
        print(f"Broken: {', '.join(outcome.broken)}. The ledgers, what all programs said, the evidence and, on SQLite,")
        print(f"the database (home/prefect.db) are in {folder}. To replay: {again}")
    return 1 if outcome.violations else 0


def tortured(seed: int, seconds: float, *, db: str, mutant: str | None) -> tuple[Outcome, Path]:
    """Torture a new world; what came of it, and its folder, which is left where something is broken."""
    folder = Path(tempfile.mkdtemp(prefix=f"torture-{seed}-"))
    with database(db) as postgres:
        world = World(folder, postgres=postgres, mutant=mutant)
        try:
            outcome = Campaign(world, seed).run(seconds)
        finally:
            world.close()
    if not outcome.violations:
        shutil.rmtree(folder)
    return outcome, folder


@contextmanager
def database(kind: str) -> Iterator[Postgres | None]:
    """A PostgreSQL server where that is wanted; a world brings its SQLite file itself."""
    if kind == "sqlite":
        yield None
        return
    with postgres_at_work() as server:
        server.psql("CREATE DATABASE torture")
        yield Postgres(Restarted(server), str(server.get_uri("torture")))


def catch_mutants(minutes: float) -> int:
    """Have the torture find every mutant, and say how; 1 where one is not found."""
    missed = 0
    print(f"{'mutant':<18}{'seed':<6}caught by", flush=True)
    for mutant in MUTANTS:
        for seed in SEEDS:
            outcome, _ = tortured(seed, minutes * 60, db="sqlite", mutant=mutant)
            if outcome.violations:
                print(f"{mutant:<18}{seed:<6}{', '.join(outcome.broken)}", flush=True)
                break
        else:
            missed += 1
            print(f"{mutant:<18}{'':<6}nothing", flush=True)
    return 1 if missed else 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Torture a whole installation.")
    parser.add_argument("--seed", type=int, help="what chance is drawn from; without it, one is drawn and told")
    parser.add_argument("--minutes", type=float, default=0.5, help="how long the nemesis strikes")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite", help="what the world is recorded in")
    parser.add_argument("--mutant", choices=MUTANTS, help="a promise that is taken out of the product beforehand")
    parser.add_argument("--mutants", action="store_true", help="see that the torture finds every mutant")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
