"""One torture from its beginning to its end: the world is built, tortured, left in peace, and looked at."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.serving import until
from tests.torture.evidence import gathered, leases_and_slots, open_runs, state_of
from tests.torture.invariants import Violation, violations
from tests.torture.ledgers import Entry
from tests.torture.nemesis import Nemesis
from tests.torture.traces import nothing_is_held, programs_stay_small, violations_in
from tests.torture.workload import Workload
from tests.torture.world import World

CLIENTS = 2
SECRET = "SEKRIT-7a61c0de"
QUIET_WITHIN = 30.0
"""Seconds after the last fault in which all runs end."""
PROBE_WITHIN = 10.0
"""Seconds in which a run that is asked for then completes."""
ENDED_WITHIN = 10.0
"""Seconds in which the programs end when they are asked to."""


class Outcome(NamedTuple):
    """What a torture came to."""

    violations: list[Violation]
    strikes: int
    runs: int


class Campaign:
    """The torture of a world."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.workload = Workload(world)
        self.nemesis = Nemesis(world)
        self._seed = seed
        self._rng = Random(seed)
        self._is_over = threading.Event()
        self._found: list[Violation] = []

    def run(self, seconds: float) -> Outcome:
        """Torture the world for so long; what came of it."""
        self.world.start()
        self.workload.prepare(SECRET)
        self._torture(seconds)
        self._come_to_rest()
        seen = gathered(self.world)
        self._found += [*violations(seen), *violations_in(self.world, seen, SECRET)]
        return Outcome(self._found, self.nemesis.count, len(seen.runs))

    def _torture(self, seconds: float) -> None:
        clients = [threading.Thread(target=self._use, args=(Random(self._seed + n),)) for n in range(1, CLIENTS + 1)]
        for client in clients:
            client.start()
        end, next_strike = time.monotonic() + seconds, time.monotonic() + 1
        while time.monotonic() < end:
            self.nemesis.heal_what_is_due()
            if time.monotonic() >= next_strike:
                self.nemesis.strike(self._rng)
                next_strike = time.monotonic() + self._rng.uniform(0.3, 2.0)
            time.sleep(0.02)
        self._is_over.set()
        self.nemesis.heal()
        for client in clients:
            client.join()

    def _use(self, rng: Random) -> None:
        while not self._is_over.wait(rng.uniform(0.1, 0.8)):
            self.workload.step(rng)

    def _come_to_rest(self) -> None:
        self._demand("I15", "the server answers", self.world.answers, QUIET_WITHIN)
        self.workload.stop_schedules()
        self._demand("I2", "all runs end", self._are_all_ended, QUIET_WITHIN)
        self._probe()
        self._demand("I7", "nothing is held", lambda: not [*nothing_is_held(self.world)], QUIET_WITHIN)
        self._found += [Violation("I13", told) for told in programs_stay_small(self.world.actors)]
        self._end_programs()

    def _probe(self) -> None:
        """New runs complete soon."""
        for name in ("steps of http", "steps of local"):
            run = self.workload.create_run(self.workload.deployments[name])
            self._demand("I15", f"a new run of {name!r} completes", self._has_completed(run), PROBE_WITHIN)

    def _has_completed(self, run: str | None) -> Callable[[], bool]:
        return lambda: run is not None and state_of(self.world.db, run) == "COMPLETED"

    def _are_all_ended(self) -> bool:
        return not open_runs(self.world.db) and not any(script.is_alive() for script in self.world.scripts)

    def _end_programs(self) -> None:
        """No process is left where all programs were asked to end."""
        for actor in (*self.world.workers, self.world.served):
            actor.signal(signal.SIGTERM)
        programs = [*self.world.workers, self.world.served, *self.world.scripts]
        self._demand("I7", "the programs end", lambda: all(actor.are_all_gone() for actor in programs), ENDED_WITHIN)
        server = self.world.server.process.pid
        self._demand("I7", "no process is left", lambda: not self._left(server), ENDED_WITHIN)
        self.world.server.signal(signal.SIGTERM)
        self._demand("I7", "the server ends", self.world.server.are_all_gone, ENDED_WITHIN)

    def _left(self, server: int) -> list[Entry]:
        return [{"pid": process.pid} for process in self.world.processes() if process.pid != server]

    def _demand(self, invariant: str, what: str, holds: Callable[[], bool], seconds: float) -> None:
        try:
            until(holds, seconds)
        except AssertionError:
            self._found.append(Violation(invariant, f"it does not hold within {seconds:.0f} s that {what}"))


__all__ = ["Campaign", "Outcome", "leases_and_slots"]
