"""What goes wrong: each strike is written down with its moment, and is healed after a while."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from prefect.runner.processes import RunProcess
from tests.databases import Restarted
from tests.torture.actors import Actor, signalled, told
from tests.torture.evidence import processes_at_work
from tests.torture.mutants import LEASE
from tests.torture.world import World


class Healing(NamedTuple):
    """What ends a strike, and when."""

    at: float
    heal: Callable[[], None]


class Nemesis:
    """Strikes by chance; `deeds` says what and how often, `strength` how many leases its outages last at most."""

    def __init__(self, world: World, deeds: Mapping[Deed, int] | None = None, strength: float = 2.5) -> None:
        self._world = world
        self._deeds = deeds or {**DEEDS, **(ON_SQLITE if world.postgres is None else ON_POSTGRES)}
        self._is_database_away = False
        self._struck: set[Actor] = set()
        self._strength = strength
        self._healings: list[Healing] = []
        self._lock: sqlite3.Connection | None = None
        self.count = 0

    def strike(self, rng: Random) -> None:
        """Do one evil deed, or two at once."""
        for _ in range(2 if rng.random() < 0.2 else 1):
            (deed,) = rng.choices(list(self._deeds), list(self._deeds.values()))
            deed(self, rng)
            self.count += 1

    def heal_what_is_due(self) -> None:
        """End the strikes that have lasted long enough, and start again what has ended by itself."""
        due = [healing for healing in self._healings if healing.at <= time.monotonic()]
        for healing in due:
            self._healings.remove(healing)
            healing.heal()
        for actor in self._world.actors:
            if not (actor.is_alive() or actor in self._struck or self._is_database_away):
                self._start(actor)

    def heal(self) -> None:
        """End all strikes."""
        while self._healings:
            self._healings.pop(0).heal()
            time.sleep(0.01)
        for actor in self._world.actors:
            if not actor.is_alive():
                actor.start()

    # -- processes ------------------------------------------------------------------------------------------------

    def kill_child(self, rng: Random) -> None:
        self._signal_child(rng, signal.SIGKILL)

    def end_child(self, rng: Random) -> None:
        self._signal_child(rng, signal.SIGTERM)

    def stop_child(self, rng: Random) -> None:
        stopped = self._signal_child(rng, signal.SIGSTOP)
        if stopped is not None:
            self._later(self._seconds(rng), lambda: self._go_on(stopped))

    def kill_worker_and_child(self, rng: Random) -> None:
        """Kill a run's process, and before that the worker that would notice."""
        alive = self._at_work()
        for actor in self._world.workers:
            own = {child.pid for child in actor.descendants()}
            for name in (name for name in alive if told(name).pid in own):
                self._kill(rng, actor)
                self._note(signal.SIGKILL.name, process=name)
                signalled(told(name), signal.SIGKILL)
                return

    def kill_worker(self, rng: Random) -> None:
        self._kill(rng, rng.choice([*self._world.workers, self._world.served]))

    def end_worker(self, rng: Random) -> None:
        self._signal(rng, rng.choice([*self._world.workers, self._world.served]), signal.SIGTERM)

    def stop_worker(self, rng: Random) -> None:
        self._stop(rng, rng.choice(self._world.workers))

    def kill_fork_server(self, rng: Random) -> None:
        for child in rng.choice(self._world.workers).descendants()[:1]:
            self._note("kill fork server", process=f"{child.pid}:{child.create_time()}")
            signalled(RunProcess.of(child.pid), signal.SIGKILL)

    def kill_server(self, rng: Random) -> None:
        self._kill(rng, self._world.server)

    def end_server(self, rng: Random) -> None:
        self._signal(rng, self._world.server, signal.SIGTERM)

    def stop_server(self, rng: Random) -> None:
        self._stop(rng, self._world.server)

    def _signal_child(self, rng: Random, number: signal.Signals) -> RunProcess | None:
        alive = self._at_work()
        if not alive:
            return None
        name = rng.choice(alive)
        self._note(number.name, process=name)
        return told(name) if signalled(told(name), number) else None

    def _at_work(self) -> list[str]:
        return [name for name in processes_at_work(self._world) if told(name).is_alive()]

    def _go_on(self, stopped: RunProcess) -> None:
        self._note("SIGCONT", process=f"{stopped.pid}:{stopped.started}")
        signalled(stopped, signal.SIGCONT)

    def _kill(self, rng: Random, actor: Actor) -> None:
        self._signal(rng, actor, signal.SIGKILL)

    def _signal(self, rng: Random, actor: Actor, number: signal.Signals) -> None:
        """Signal a program, and have it started again soon."""
        if actor.is_alive():
            self._note(number.name, actor=actor.name)
            actor.signal(number)
            self._struck.add(actor)
            self._later(rng.uniform(0.1, 0.6 * self._seconds(rng)), lambda: self._start(actor))

    def _start(self, actor: Actor) -> None:
        """Start a program again; a server when the one before has left its port."""
        if actor.is_alive() and self._was_started_since(actor):
            return
        if actor.is_alive() and actor is self._world.server:
            self._later(0.2, lambda: self._start(actor))
            return
        self._struck.discard(actor)
        self._note("start", actor=actor.name)
        actor.start()

    def _was_started_since(self, actor: Actor) -> bool:
        ends = ("SIGKILL", "SIGTERM", "start")
        noted = [entry["what"] for entry in self._world.struck.entries() if entry.get("actor") == actor.name]
        return next((what for what in reversed(noted) if what in ends), None) == "start"

    def _stop(self, rng: Random, actor: Actor) -> None:
        if actor.is_alive():
            self._note("SIGSTOP", actor=actor.name)
            stopped = actor.process
            actor.signal(signal.SIGSTOP)
            self._later(self._seconds(rng), lambda: self._go_on_with(actor, stopped))

    def _go_on_with(self, actor: Actor, stopped: RunProcess) -> None:
        self._note("SIGCONT", actor=actor.name)
        signalled(stopped, signal.SIGCONT)

    # -- network and database -------------------------------------------------------------------------------------

    def cut(self, rng: Random) -> None:
        self._note("cut")
        self._world.proxy.cut()
        self._later(self._seconds(rng), self._mend)

    def stall(self, rng: Random) -> None:
        self._note("stall")
        self._world.proxy.stall()
        self._later(self._seconds(rng), self._flow)

    def reset(self, rng: Random) -> None:
        self._note("reset")
        self._world.proxy.reset()

    def lose_answers(self, rng: Random) -> None:
        self._note("lose answers")
        self._world.proxy.lose_answers("/api/", times=rng.randint(1, 5))

    def hold_database(self, rng: Random) -> None:
        """Keep everybody else from writing for a while."""
        if self._lock is not None:
            return
        path = self._world.database_url.removeprefix("sqlite:///")
        lock = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
        try:
            lock.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            lock.close()
            return
        self._note("hold database")
        self._lock = lock
        self._later(self._seconds(rng), self._let_go)

    def restart_database(self, rng: Random) -> None:
        """End PostgreSQL as in a crash; it comes back after a while."""
        postgres = self._world.postgres
        if postgres is not None and not self._is_database_away:
            self._is_database_away = True
            self._note("crash database")
            postgres.crash()
            self._later(self._seconds(rng), lambda: self._start_database(postgres))

    def _start_database(self, postgres: Restarted) -> None:
        self._note("start database")
        postgres.start()
        self._is_database_away = False

    def _let_go(self) -> None:
        if self._lock is not None:
            self._note("let go")
            self._lock.execute("ROLLBACK")
            self._lock.close()
            self._lock = None

    def _mend(self) -> None:
        self._note("mend")
        self._world.proxy.mend()

    def _flow(self) -> None:
        self._note("flow")
        self._world.proxy.go_on()

    # -- all ------------------------------------------------------------------------------------------------------

    def _seconds(self, rng: Random) -> float:
        return rng.uniform(0.3, self._strength * LEASE)

    def _later(self, seconds: float, heal: Callable[[], None]) -> None:
        self._healings.append(Healing(time.monotonic() + seconds, heal))

    def _note(self, what: str, **facts: str) -> None:
        self._world.struck.note(what, **facts)


Deed = Callable[[Nemesis, Random], None]
DEEDS: dict[Deed, int] = {
    Nemesis.kill_child: 4,
    Nemesis.end_child: 2,
    Nemesis.stop_child: 4,
    Nemesis.kill_worker_and_child: 4,
    Nemesis.kill_worker: 3,
    Nemesis.end_worker: 2,
    Nemesis.stop_worker: 1,
    Nemesis.kill_fork_server: 1,
    Nemesis.kill_server: 3,
    Nemesis.end_server: 1,
    Nemesis.stop_server: 1,
    Nemesis.cut: 3,
    Nemesis.stall: 2,
    Nemesis.reset: 1,
    Nemesis.lose_answers: 3,
}
ON_SQLITE: dict[Deed, int] = {Nemesis.hold_database: 2}
ON_POSTGRES: dict[Deed, int] = {Nemesis.restart_database: 3}
