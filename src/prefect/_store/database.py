"""The database: opening it, reading from it, and the one way to write to it.

`with db.read() as conn` and `with db.write() as conn` give a connection of this thread inside a transaction. On SQLite
a write begins with BEGIN IMMEDIATE, so that it waits for its turn at its start and never fails half-way.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from prefect._domain.addresses import without_password
from prefect._store import migrations
from prefect._store.connection import PATIENCE, Connection, FileId, PostgresConnection, SqliteConnection
from prefect._store.faults import Fault, fault_of
from prefect._store.homes import DEFAULT_FILE, FILE_BESIDE, belongs_to_others, require_place
from prefect.exceptions import ConfigurationError

TRY_EVERY = 0.1
"""Seconds between two tries to reach a database that is away."""
UNUSABLE = re.compile("unable to open|readonly|not a database|malformed")
"""What SQLite says of a file that is no database, or cannot be written to."""


class Database:
    """A database with one connection for each thread that uses it; a forked child opens its own.

    A connection is idle or at work in a transaction. One that is at work when the database is closed is closed by its
    thread as soon as it is not: SQLite takes the process with it where a connection is closed under a statement.
    """

    def __init__(self, url: str, durability: str, patience: float = PATIENCE) -> None:
        self.url = url
        self.durability = durability
        self.patience = patience
        self._local = threading.local()
        self._idle: set[SqliteConnection | PostgresConnection] = set()
        self._at_work: set[SqliteConnection | PostgresConnection] = set()
        self._guard = threading.Lock()
        self._listening: WeakSet[threading.Event] = WeakSet()
        self._was_reached = False
        self._pid = os.getpid()
        self._turn = threading.Lock()
        self._file: FileId | None = None

    @property
    def dialect(self) -> str:
        return "postgresql" if self.url.startswith("postgresql") else "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database."""
        with self._transaction() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, or undone if the block raises."""
        with self._my_turn() as patience_left, self._transaction(within=patience_left) as conn:
            yield conn

    def must_be_writable(self) -> None:
        """Raises `ConfigurationError` where nothing can be written."""
        with self.write() as conn:
            conn.execute("DELETE FROM configuration WHERE key IS NULL")

    @contextmanager
    def _my_turn(self) -> Iterator[float]:
        """Threads of one process take turns before they ask SQLite, which makes those who wait look again and again.

        Gives the seconds that are left to wait for other processes.
        """
        if self.dialect == "postgresql":
            yield self.patience
            return
        if self._pid != os.getpid():
            self._start_anew_in_child()
        turn, since = self._turn, time.monotonic()
        if not turn.acquire(timeout=self.patience):
            raise sqlite3.OperationalError(f"database is locked: others have been writing for {self.patience} s")
        try:
            yield max(self.patience - (time.monotonic() - since), 0.0)
        finally:
            turn.release()

    @contextmanager
    def _transaction(self, *, within: float | None = None) -> Iterator[Connection]:
        conn = self._begun(within)
        try:
            yield conn
            conn.commit()
            if within is not None:
                self._tell_of_commit()
        except BaseException as error:
            conn.rollback()
            if _is_of_the_file(error):
                raise _unusable(self.url, error) from error
            raise
        finally:
            self._give_back(conn)

    def _begun(self, within: float | None) -> SqliteConnection | PostgresConnection:
        """This thread's connection, in a new transaction.

        A connection that was lost is made anew. While a database that was there is away, one waits with patience.
        """
        deadline = time.monotonic() + self.patience
        while True:
            conn = None
            try:
                conn = self._taken()
                conn.begin(within=within)
                self._was_reached = True
                return conn
            except BaseException as error:
                if conn is not None:
                    self._give_back(conn)
                is_final = not self._was_reached or time.monotonic() > deadline
                if is_final or fault_of(error) is not Fault.AWAY:
                    raise
            if not self.let_go():
                time.sleep(TRY_EVERY)

    def let_go(self) -> bool:
        """Close this thread's connection, which is made anew when it is needed; whether there was one."""
        conn, self._local.conn = getattr(self._local, "conn", None), None
        with self._guard:
            if conn not in self._idle:
                return False
            self._idle.remove(conn)
        conn.close()
        return True

    def commits_here(self) -> threading.Event:
        """Set after each commit that this process makes through this object, until nobody holds it any more."""
        told = threading.Event()
        with self._guard:
            self._listening.add(told)
        return told

    def _tell_of_commit(self) -> None:
        if self._listening:
            with self._guard:
                for told in self._listening:
                    told.set()

    def _taken(self) -> SqliteConnection | PostgresConnection:
        """This thread's connection, which is at work from now on; a new one where it has none that is open."""
        if self._pid != os.getpid():
            self._start_anew_in_child()
        conn: SqliteConnection | PostgresConnection | None = getattr(self._local, "conn", None)
        with self._guard:
            if conn in self._idle:
                self._idle.remove(conn)
                self._at_work.add(conn)
                return conn
        conn = self._local.conn = self.connect()
        with self._guard:
            self._at_work.add(conn)
        return conn

    def _give_back(self, conn: SqliteConnection | PostgresConnection) -> None:
        with self._guard:
            is_wanted = conn in self._at_work
            self._at_work.discard(conn)
            if is_wanted:
                self._idle.add(conn)
        if not is_wanted:
            conn.close()

    def _start_anew_in_child(self) -> None:
        self._pid, self._local = os.getpid(), threading.local()
        self._idle, self._at_work = set(), set()
        self._turn, self._guard = threading.Lock(), threading.Lock()

    def connect(self) -> SqliteConnection | PostgresConnection:
        """A further connection, which the caller closes."""
        if self.dialect == "postgresql":
            return PostgresConnection(self.url)
        made = SqliteConnection(self.url.removeprefix("sqlite:///"), self.durability, self._file)
        self._file = made.file
        return made

    def room_on_disk(self) -> int | None:
        """Bytes that are free where the database's file is; None for one that is elsewhere."""
        if self.dialect == "postgresql":
            return None
        import shutil

        return shutil.disk_usage(Path(self.url.removeprefix("sqlite:///")).parent).free

    def close(self) -> None:
        """Close every connection that was opened here; those at work as soon as they are idle."""
        with self._guard:
            idle, self._idle = self._idle, set()
            self._at_work.clear()
        for conn in idle:
            conn.close()


def open_database(url: str, *, durability: str = "normal", patience: float = PATIENCE) -> Database:
    """Open a database, made and brought up to date where that is needed.

    `durability` is SQLite's `synchronous`: with "normal" a commit survives the death of the process, with "full" also
    the loss of power. A writer waits for its turn for the seconds of its `patience`. Raises `ConfigurationError` for an
    address that cannot be used, or a database that is away.
    """
    db = Database(_plain(url), durability, patience)
    try:
        if db.dialect == "sqlite":
            _prepare_file(Path(db.url.removeprefix("sqlite:///")))
        _bring_up_to_date(db)
    except BaseException as error:
        db.close()
        if isinstance(error, OSError) or _is_of_the_file(error):
            raise _unusable(db.url, error) from error
        if fault_of(error) is Fault.AWAY:
            raise _unreachable(db.url, error) from error
        raise
    return db


def server_version(url: str) -> str:
    """The version of what keeps a database. Nothing is made; raises what the driver raises."""
    plain = _plain(url)
    if plain.startswith("sqlite"):
        return sqlite3.sqlite_version
    conn = PostgresConnection(plain)
    try:
        return str(conn.execute("SHOW server_version")[0][0])
    finally:
        conn.close()


def _bring_up_to_date(db: Database) -> None:
    with db.read() as conn:
        version = migrations.version(conn)
    if version != migrations.LATEST:
        with db.write() as conn:
            migrations.upgrade(conn)
    if db.dialect == "postgresql":
        _count_on(db)


def _count_on(db: Database) -> None:
    """Have turns go on after those that are recorded, where a cluster counts anew: that of a restored dump."""
    tables = ("flow_run_state", "task_run_state", "events")
    latest = f"GREATEST({', '.join(f'COALESCE((SELECT MAX(turn) FROM {table}), 0)' for table in tables)})"
    behind = f"{latest} - value - pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    with db.read() as conn:
        is_behind = conn.execute(f"SELECT 1 FROM turn WHERE {behind} >= 0")
    if is_behind:
        with db.write() as conn:
            conn.execute("SELECT value FROM turn FOR UPDATE")
            conn.execute(f"UPDATE turn SET value = value + {behind} + 1 WHERE {behind} >= 0")


def _is_of_the_file(error: BaseException) -> bool:
    """Whether an error says that a file is no database, or cannot be written to."""
    return isinstance(error, sqlite3.DatabaseError) and bool(UNUSABLE.search(str(error)))


def _unusable(url: str, error: BaseException) -> ConfigurationError:
    path = url.removeprefix("sqlite:///")
    return ConfigurationError(
        f"The database {path} cannot be used: {error}. It must be a file of SQLite, or a new one in a folder that can "
        "be written to; PREFECT_HOME, or PREFECT_SERVER_DATABASE_CONNECTION_URL, says where it is."
    )


def _unreachable(url: str, error: BaseException) -> ConfigurationError:
    why = str(error).strip().partition("\n")[0]
    return ConfigurationError(
        f"The database {without_password(url)} cannot be reached: {why}. Is it running, and is "
        "PREFECT_SERVER_DATABASE_CONNECTION_URL right?"
    )


def reset_database(url: str) -> list[str]:
    """Drop every table of ours and make them anew, in one transaction; the tables of others, which stay."""
    db = open_database(url)
    with db.write() as conn:
        migrations.drop_everything(conn)
        migrations.upgrade(conn)
        others = migrations.foreign_tables(conn)
    db.close()
    return others


def _plain(url: str) -> str:
    plain = re.sub(r"^(sqlite|postgresql)\+\w+:", r"\1:", url)
    if plain.startswith("postgres://"):
        plain = plain.replace("postgres://", "postgresql://", 1)
    if not plain.startswith(("sqlite:///", "postgresql://")):
        raise ConfigurationError(
            f"The database address {without_password(url)!r} cannot be used. Expected sqlite:///path/to/file.db or "
            "postgresql://user:password@host/name; see PREFECT_SERVER_DATABASE_CONNECTION_URL."
        )
    return plain


def _prepare_file(path: Path) -> None:
    if belongs_to_others(path):
        raise ConfigurationError(migrations.FOREIGN)
    require_place(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        if path.name == FILE_BESIDE and (path.parent / DEFAULT_FILE).exists():
            logging.getLogger("prefect.database").warning(
                "%s belongs to another program and stays as it is; runs are recorded beside it, in %s. To take over "
                "what it holds: prefect server import --from %s",
                path.parent / DEFAULT_FILE,
                path,
                path.parent / DEFAULT_FILE,
            )
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
