"""One torture from its beginning to its end: the world is built, tortured, left in peace, and looked at."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import orjson

from prefect._store.faults import Fault, fault_of
from tests.serving import until
from tests.torture.evidence import gathered, open_runs, state_of
from tests.torture.followers import Follower
from tests.torture.invariants import Violation, violations, violations_on_the_way
from tests.torture.nemesis import Nemesis
from tests.torture.traces import (
    answers_are_no_faults,
    new_results_are_whole,
    nothing_is_held,
    programs_stay_small,
    violations_in,
)
from tests.torture.workload import Workload
from tests.torture.world import World

CLIENTS = 2
SECRET = "SEKRIT-7a61c0de"
LOOK_EVERY = 3.0
"""Seconds between two looks at what can be seen on the way."""
QUIET_WITHIN = 30.0
"""Seconds after the last fault in which all runs end, on a machine that is not slow; so the next two."""
PROBE_WITHIN = 10.0
"""Seconds in which a run that is asked for then completes."""
ENDED_WITHIN = 10.0
"""Seconds in which the programs end when they are asked to."""


class Outcome(NamedTuple):
    """What a torture came to."""

    violations: list[Violation]
    strikes: int
    runs: int

    @property
    def broken(self) -> list[str]:
        """The invariants that do not hold."""
        return sorted({violation.invariant for violation in self.violations}, key=lambda name: int(name[1:]))


class Campaign:
    """The torture of a world."""

    def __init__(
        self, world: World, seed: int, *, workload: Workload | None = None, nemesis: Nemesis | None = None
    ) -> None:
        self.world = world
        self.workload = workload or Workload(world)
        self.nemesis = nemesis or Nemesis(world)
        self._seed = seed
        self._rng = Random(seed)
        self._is_over = threading.Event()
        self._found: list[Violation] = []

    def run(self, seconds: float) -> Outcome:
        """Torture the world for so long; what came of it. Where promises are broken, its folder holds the evidence."""
        self.world.start()
        follower = Follower(self.world.db)
        follower.start()
        self.workload.prepare(SECRET)
        self._torture(seconds)
        self._come_to_rest()
        follower.end()
        seen = gathered(self.world, follower.given)
        self._found += [*violations(seen), *violations_in(self.world, seen, SECRET)]
        if self._found:
            (self.world.folder / "violations.txt").write_text("\n\n".join(map(str, self._found)))
            (self.world.folder / "evidence.json").write_bytes(orjson.dumps(seen, default=str))
        return Outcome(self._found, self.nemesis.count, len(seen.runs))

    def _torture(self, seconds: float) -> None:
        """Have the nemesis strike among the clients; it ends early where it has broken something already."""
        clients = [threading.Thread(target=self._use, args=(Random(self._seed + n),)) for n in range(1, CLIENTS + 1)]
        for client in clients:
            client.start()
        try:
            self._strike(seconds)
        finally:
            self._is_over.set()
            self.nemesis.heal()
            for client in clients:
                client.join()

    def _strike(self, seconds: float) -> None:
        now = time.monotonic()
        end, next_strike, next_look = now + seconds, now + 1, now + LOOK_EVERY
        while (now := time.monotonic()) < end and not self._found:
            self.nemesis.heal_what_is_due()
            if now >= next_strike:
                self.nemesis.strike(self._rng)
                next_strike = now + self._rng.uniform(0.3, 2.0)
            if now >= next_look:
                self._look()
                next_look = time.monotonic() + LOOK_EVERY
            time.sleep(0.02)

    def _look(self) -> None:
        self._found += violations_on_the_way(self.world.done.entries())
        self._found += [Violation("I11", told) for told in answers_are_no_faults(self.world)]
        self._found += [Violation("I12", told) for told in new_results_are_whole(self.world)]

    def _use(self, rng: Random) -> None:
        try:
            while not self._is_over.wait(rng.uniform(0.1, 0.8)):
                self._step(rng)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told with the rest
            self._found.append(Violation("I0", f"a client could not go on: {error!r}"))

    def _step(self, rng: Random) -> None:
        """Do one thing; a client that looks into the database while that is down does nothing."""
        try:
            self.workload.step(rng)
        except Exception as error:
            if fault_of(error) is not Fault.AWAY:
                raise

    def _come_to_rest(self) -> None:
        self.world.measure()
        self._demand("I15", "the server answers", self.world.answers, QUIET_WITHIN)
        self.workload.stop_schedules()
        self._demand("I2", "all runs end", self._are_all_ended, QUIET_WITHIN)
        self._probe()
        self._demand("I7", "nothing is held", lambda: not [*nothing_is_held(self.world)], QUIET_WITHIN)
        self._found += [Violation("I13", told) for told in programs_stay_small(self.world.actors)]
        self._end_programs()

    def _probe(self) -> None:
        """New runs complete soon."""
        for deployment in self.workload.probed:
            run = self.workload.create_run(deployment, count=2, seconds=0.1)
            self._demand("I15", f"a new run of {deployment} completes", self._has_completed(run), PROBE_WITHIN)

    def _has_completed(self, run: str | None) -> Callable[[], bool]:
        return lambda: run is not None and state_of(self.world.db, run) == "COMPLETED"

    def _are_all_ended(self) -> bool:
        return not open_runs(self.world.db) and not any(script.is_alive() for script in self.world.scripts)

    def _end_programs(self) -> None:
        """No process is left where all programs were asked to end."""
        programs = [*self.world.workers, self.world.served]
        for actor in programs:
            actor.signal(signal.SIGTERM)
        self._demand("I7", "the programs end", lambda: all(actor.are_all_gone() for actor in programs), ENDED_WITHIN)
        self._demand("I7", "no process is left", self._is_server_alone, ENDED_WITHIN)
        self.world.server.signal(signal.SIGTERM)
        self._demand("I7", "the server ends", self.world.server.are_all_gone, ENDED_WITHIN)

    def _is_server_alone(self) -> bool:
        return {process.pid for process in self.world.processes()} <= {self.world.server.process.pid}

    def _demand(self, invariant: str, what: str, holds: Callable[[], bool], limit: float) -> None:
        seconds = limit * self.world.slowness
        try:
            until(holds, seconds)
        except AssertionError:
            self._found.append(Violation(invariant, f"it does not hold within {seconds:.0f} s that {what}"))
