"""Holders of slots that are killed or stopped, and a server that is killed: no slot is stuck or held twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from prefect._clock import now
from prefect._store.database import Database, open_database
from prefect.concurrency.sync import concurrency
from prefect.settings import get_current_settings
from tests.concurrency.limits import a_limit, active
from tests.concurrency.limits import holders as held_by
from tests.faults.servers import serving

HOLDER = """
import select, sys
from prefect.concurrency.sync import concurrency

with concurrency("x", lease_duration=float(sys.argv[1]), strict="strict" in sys.argv):
    print("holds", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        pass
print("let go", flush=True)
"""
LEASE, LONG_LEASE = 1.0, 30.0
SECOND = timedelta(seconds=1)


@pytest.fixture
def db(home: Path) -> Iterator[Database]:
    """The database in which the limits of the test are, opened for the test alone."""
    with closing(open_database(str(get_current_settings().server.database.connection_url))) as opened:
        yield opened


class Holder:
    """A program that takes a slot and holds it until it is told to let go."""

    def __init__(self, *options: str, lease: float = LEASE, env: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-c", HOLDER, str(lease), *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **(env or {})}
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def let_go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def told(self) -> str:
        """What it said on standard error, when it has ended by itself."""
        self.process.wait(20)
        assert self.process.stderr is not None
        return self.process.stderr.read()


@pytest.fixture
def holders() -> Iterator[list[Holder]]:
    """Holders that are ended with the test."""
    made: list[Holder] = []
    yield made
    for holder in made:
        holder.process.kill()
        holder.process.communicate()


def test_the_slot_of_a_killed_holder_is_free_when_its_lease_ends(db: Database, holders: list[Holder]) -> None:
    a_limit(db)
    holders.append(Holder())
    assert holders[0].says() == "holds"

    holders[0].signal(signal.SIGKILL)
    killed_at = time.monotonic()
    with concurrency("x"):
        waited = time.monotonic() - killed_at

    assert waited < LEASE + 1


def test_a_holder_that_was_stopped_past_its_lease_notices_and_ends(db: Database, holders: list[Holder]) -> None:
    a_limit(db)
    holders.append(Holder("strict"))
    assert holders[0].says() == "holds"
    holders[0].signal(signal.SIGSTOP)

    with concurrency("x"):
        assert active(db) == 1
        holders[0].signal(signal.SIGCONT)
        assert "ConcurrencySlotsLost" in holders[0].told()
        assert active(db) == 1


def test_who_was_stopped_past_its_lease_and_is_not_strict_goes_on_warned(db: Database, holders: list[Holder]) -> None:
    a_limit(db)
    holders.append(Holder())
    assert holders[0].says() == "holds"
    holders[0].signal(signal.SIGSTOP)

    with concurrency("x"):
        holders[0].signal(signal.SIGCONT)
        time.sleep(LEASE)
        holders[0].let_go()
        assert holders[0].says() == "let go"
        assert active(db) == 1

    assert "are held no longer" in holders[0].told()


@pytest.mark.long
def test_a_server_that_is_killed_forgets_no_holder(db: Database, holders: list[Holder]) -> None:
    a_limit(db, limit=4)
    with serving("--no-worker", "--no-ui") as server:
        holders += [Holder(lease=LONG_LEASE, env={"PREFECT_API_URL": server.url}) for _ in range(4)]
        assert [holder.says() for holder in holders] == ["holds"] * 4

        server.kill()
        server.start()
        assert active(db) == 4
        for holder in holders[:2]:
            holder.let_go()
            assert holder.says() == "let go"
        for holder in holders[2:]:
            holder.signal(signal.SIGKILL)

        left = held_by(db)
        assert len(left) == 2
        assert all(one.expires_at is not None and one.expires_at - now() <= LONG_LEASE * SECOND for one in left)
