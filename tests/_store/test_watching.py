"""The promise of a watch: no commit goes unseen, and it is seen at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from prefect._store import flow_runs
from prefect._store.connection import SqliteConnection
from prefect._store.database import Database, open_database
from prefect._store.watching import Counted, Watch
from tests._store.records import NOON, a_flow_run, a_state

ROOT = Path(__file__).parents[2]
LONG = 20.0
"""Seconds that nobody should need."""
ELSEWHERE = """
import sys
from prefect._store.database import open_database
from tests._store.records import a_flow_run
a_flow_run(open_database(sys.argv[1]))
"""


@pytest.fixture
def watch(db: Database) -> Iterator[Watch]:
    with closing(Watch(db)) as made:
        yield made


@contextmanager
def waiting(watch: Watch) -> Iterator[list[float]]:
    """A thread waits for a commit; the list holds the moment at which it saw one."""
    seen: list[float] = []

    def wait() -> None:
        if watch.wait(LONG):
            seen.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    yield seen
    thread.join()


def test_a_commit_of_another_thread_ends_the_wait_at_once(db: Database, watch: Watch) -> None:
    with waiting(watch) as seen:
        a_flow_run(db)
        committed = time.monotonic()

    assert seen[0] - committed < 0.5


def test_a_commit_of_this_process_is_seen_at_once_however_calm_it_was(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path / 'calm.db'}")) as db:
        ears = Counted(SqliteConnection(str(tmp_path / "calm.db"), "normal"), db.commits_here())
        ears._seen_at -= 24 * 3600
        threading.Timer(0.2, a_flow_run, [db]).start()
        began = time.monotonic()

        assert ears.wait(LONG, LONG)
        assert time.monotonic() - began < LONG / 2
        ears.close()


def test_a_commit_of_another_process_is_seen(url: str, db: Database, watch: Watch) -> None:
    subprocess.run([sys.executable, "-c", ELSEWHERE, url], check=True, cwd=ROOT)

    assert watch.wait(0)


def test_a_commit_before_the_wait_is_not_missed_and_is_told_once(db: Database, watch: Watch) -> None:
    a_flow_run(db)

    assert watch.wait(LONG)
    assert not watch.wait(0)


def test_a_move_of_a_run_is_a_commit(db: Database, watch: Watch) -> None:
    run = a_flow_run(db)
    assert watch.wait(LONG)

    run.state = a_state("RUNNING", after=1)
    run.updated = NOON
    with db.write() as conn:
        flow_runs.write_flow_run(conn, run)

    assert watch.wait(LONG)


def test_without_a_commit_the_wait_ends_in_time(db: Database, watch: Watch) -> None:
    with db.read() as conn:
        flow_runs.runs_in_state(conn, a_state("PAUSED").type)
    began = time.monotonic()

    assert not watch.wait(0.2)
    assert 0.2 <= time.monotonic() - began < 2


def test_what_was_undone_is_no_commit(db: Database, watch: Watch) -> None:
    run = a_flow_run(db)
    assert watch.wait(LONG)

    with suppress(KeyError), db.write() as conn:
        flow_runs.write_flow_run(conn, run)
        raise KeyError

    assert not watch.wait(0.1)


def test_a_watch_that_was_closed_opens_again_and_takes_it_that_there_was_a_commit(watch: Watch) -> None:
    watch.close()

    assert watch.wait(0)
    assert not watch.wait(0)
