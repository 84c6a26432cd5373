"""The command line of the torture."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom

from tests.torture.campaign import Campaign
from tests.torture.mutants import MUTANTS
from tests.torture.world import World


def main() -> int:
    told = _parsed()
    seed = SystemRandom().randrange(1_000_000) if told.seed is None else told.seed
    again = f"python -m tests.torture --seed {seed} --minutes {told.minutes} --db {told.db}"
    print(f"seed {seed}; to replay: {again}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix=f"torture-{seed}-"))
    world = World(folder, mutant=told.mutant)
    began = time.monotonic()
    try:
        outcome = Campaign(world, seed).run(told.minutes * 60)
    finally:
        world.close()
    print(f"{outcome.strikes} strikes, {outcome.runs} runs, {time.monotonic() - began:.0f} s")
    for violation in outcome.violations:
        print(violation)
    if outcome.violations:
        print(f"The ledgers, the words of all programs and the database are in {folder}; to replay: {again}")
    return 1 if outcome.violations else 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Torture a whole installation.")
    parser.add_argument("--seed", type=int, help="what chance is drawn from; without it, a seed is drawn and told")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the nemesis strikes")
    parser.add_argument("--db", choices=["sqlite"], default="sqlite")
    parser.add_argument("--mutant", choices=MUTANTS, help="a promise that is taken out of the product beforehand")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
