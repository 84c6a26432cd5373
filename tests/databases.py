"""Both databases, for tests that hold on each: a real SQLite file and a real PostgreSQL server."""

from __future__ import annotations

import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from prefect._store.database import Database, open_database

_numbers = count()
_emptied: dict[str, list[str]] = {}
"""Of each server the databases that are used again: to make one and its 300 files takes longer than most tests."""
END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', one);
    END LOOP;
    CREATE SCHEMA public;
END $$
"""


@contextmanager
def postgres_at_work() -> Iterator[Any]:
    """A PostgreSQL server for the time of the block, from a wheel that carries one.

    It lives apart from pytest's folders, whose permissions other sessions set anew while it runs as a user of its own.
    Raises `ImportError` where there is none for this Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = import_module("pgserver")
        server = pgserver.get_server(tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off")  # what is written outlives its processes, not the machine's power
    server.psql("SELECT pg_reload_conf()")
    try:
        yield server
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server; skipped where there is none for this Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("pgserver", reason="no PostgreSQL: the wheel pgserver has none for this Python")
    with postgres_at_work() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that nobody has opened yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with empty_database(request.getfixturevalue("postgres")) as address:
        yield address


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    """A new database, closed after the test."""
    opened = open_database(url)
    yield opened
    opened.close()


@contextmanager
def empty_database(server: Any) -> Iterator[str]:
    """The address of a database with nothing in it, for the time of the block."""
    emptied = _emptied.setdefault(str(server.pgdata), [])
    name = emptied.pop() if emptied else _made(server)
    address = str(server.get_uri(name))
    yield address
    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute(END_OTHERS)
        conn.execute(EMPTY)
    emptied.append(name)


def _made(server: Any) -> str:
    name = f"store_{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name}")
    return name


class Restarted:
    """A PostgreSQL server that ends as in a crash, and is started again."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def crash(self) -> None:
        """End it at once: what was not committed is undone."""
        process = psutil.Process(self._server.get_pid())
        all_of_it = [process, *process.children()]
        process.send_signal(signal.SIGQUIT)
        _, alive = psutil.wait_procs(all_of_it, 30)
        assert not alive

    def start(self) -> None:
        """Return when it answers."""
        self._server.ensure_postgres_running()

    def end_connections(self) -> None:
        """End every connection, as a restart does."""
        self._server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def crash_and_start(self) -> None:
        self.crash()
        self.start()


@pytest.fixture
def postgres_process(postgres: Any) -> Iterator[Restarted]:
    """The PostgreSQL server of these tests; it runs again after the test."""
    restarted = Restarted(postgres)
    yield restarted
    restarted.start()


@pytest.fixture
def postgres_url(postgres: Any) -> Iterator[str]:
    """The address of an empty database there."""
    with empty_database(postgres) as address:
        yield address
