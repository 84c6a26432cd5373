"""The installation that is tortured: a server behind a bad network, workers, a program that serves, and scripts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from prefect._store.database import Database, open_database
from tests.databases import Restarted
from tests.faults.proxies import Proxy
from tests.faults.servers import free_port
from tests.serving import until
from tests.torture.actors import Actor
from tests.torture.clients import Client
from tests.torture.ledgers import Ledger
from tests.torture.mutants import LEASE, MUTANT

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUTAGE = 3.0
"""Seconds of an outage after which flows keep on disk what they reached."""
LEDGERS = "TORTURE_LEDGERS"
START = 120.0
"""Seconds that the installation has to come up, on whatever machine."""
USUAL_START = 0.4
"""Seconds in which a command of ours comes and goes on a machine that is not slow."""


class Postgres(NamedTuple):
    """A PostgreSQL server and a new database there, where a world is not to be on SQLite."""

    server: Restarted
    url: str


class World:
    """All processes, files and ledgers of one torture, in one folder."""

    def __init__(self, folder: Path, *, postgres: Postgres | None = None, mutant: str | None = None) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.postgres = postgres.server if postgres is not None else None
        self.database_url = postgres.url if postgres is not None else f"sqlite:///{self.home / 'prefect.db'}"
        self.done, self.logged, self.limited, self.asked, self.struck = (
            Ledger(folder / f"{name}.log") for name in ("exec", "logs", "slots", "client", "nemesis")
        )
        self._port = free_port()
        self.proxy = Proxy(self._port)
        self.client = Client(self.proxy.url, self.asked)
        self._env = self._environment(mutant)
        self.server = self._actor("server", "-m", "prefect", *self._serving())
        self.workers = [
            self._worker("worker-1", "http"),
            self._worker("worker-2", "http"),
            self._worker("worker-3", "local", is_embedded=True),
        ]
        self.served = self._actor("served", "-m", "tests.torture.user.served")
        self.scripts: list[Actor] = []
        self.slowness = 1.0
        self.db: Database

    @property
    def actors(self) -> list[Actor]:
        """Those who are to be at work all the time."""
        return [self.server, *self.workers, self.served]

    @property
    def url(self) -> str:
        """The address of the API past the bad network."""
        return f"http://127.0.0.1:{self._port}/api"

    def start(self) -> None:
        """Return when the server answers and the workers have been started."""
        self.home.mkdir(parents=True)
        self.db = open_database(self.database_url)
        self.server.start()
        until(self.answers, START)
        for actor in (*self.workers, self.served):
            actor.start()
        self.measure()

    def measure(self) -> None:
        """See how slow the machine is now: limits of time are multiplied by the slowest that was seen."""
        since = time.monotonic()
        subprocess.run([sys.executable, "-m", "prefect", "--help"], env=self._env, capture_output=True, check=True)
        self.slowness = max(self.slowness, (time.monotonic() - since) / USUAL_START)
        self.client.slowness = self.slowness

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2, verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    def start_script(self, *, is_embedded: bool) -> Actor:
        """A program that calls a flow, beside all others."""
        script = self._actor(f"script-{len(self.scripts)}", "-m", "tests.torture.user.flows", is_embedded=is_embedded)
        script.start()
        self.scripts.append(script)
        return script

    def processes(self) -> list[psutil.Process]:
        """Everything that lives of this world, told by its environment."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def close(self) -> None:
        """End everything that lives of this world."""
        self.proxy.close()
        for actor in (*self.actors, *self.scripts):
            actor.kill()
        deadline = time.monotonic() + 10
        while (left := self.processes()) and time.monotonic() < deadline:
            for process in left:
                process.send_signal(signal.SIGKILL)
            psutil.wait_procs(left, 1)
        self.db.close()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(LEDGERS) == str(self.folder)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def _environment(self, mutant: str | None) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "TORTURE_"))}
        return {
            **known,
            "PYTHONPATH": os.pathsep.join(map(str, (HERE / "planted", ROOT / "src", ROOT))),
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": self.proxy.url,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.database_url,
            "PREFECT_FLOWS_LEASE_SECONDS": str(LEASE),
            "PREFECT_CLIENT_OUTAGE_SECONDS": str(OUTAGE),
            "PREFECT_API_REQUEST_TIMEOUT": "2",
            "PREFECT_RUNNER_GRACE_SECONDS": "1",
            "PREFECT_RUNNER_POLL_FREQUENCY": "2",
            LEDGERS: str(self.folder),
            **({MUTANT: mutant} if mutant else {}),
        }

    def _actor(self, name: str, *command: str, is_embedded: bool = False) -> Actor:
        env: Mapping[str, str] = {**self._env, "PREFECT_API_URL": ""} if is_embedded else self._env
        return Actor(name, [sys.executable, *command], env, self.folder)

    def _worker(self, name: str, pool: str, *, is_embedded: bool = False) -> Actor:
        command = ("-m", "prefect", "worker", "start", "--pool", pool, "--type", "process", "--name", name)
        return self._actor(name, *command, "--limit", "4", is_embedded=is_embedded)

    def _serving(self) -> tuple[str, ...]:
        return ("server", "start", "--port", str(self._port), "--no-worker", "--no-ui")
