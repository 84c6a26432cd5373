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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from prefect._domain.addresses import without_password
from prefect._store import migrations
from prefect._store.faults import Fault, fault_of
from prefect._store.homes import DEFAULT_FILE, FILE_BESIDE, belongs_to_others
from prefect._store.postgres import address_of
from prefect.exceptions import ConfigurationError

PATIENCE = 60.0
"""Seconds that a writer waits for its turn, unless told otherwise."""

TRY_EVERY = 0.1
"""Seconds between two tries to reach a database that is away."""
MOST_VARIABLES = 32_766
"""How many `?` a statement may have (SQLite 3.32 and later)."""
VALUES = re.compile(r"VALUES (\([?, ]+\))")
UNUSABLE = re.compile("unable to open|readonly|not a database")
"""What SQLite says of a file that is no database, or cannot be written to."""

Row = tuple[Any, ...]


class Connection(Protocol):
    """What a statement needs of a connection; parameters are written as `?`.

    `insert` takes an INSERT of one row (`VALUES (?, ?)`) and makes it one of many.
    """

    dialect: str

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]: ...
    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int: ...
    def insert(self, sql: str, rows: Sequence[Row]) -> None: ...
    def script(self, sql: str) -> None: ...


class SqliteConnection:
    """A connection to an SQLite file."""

    dialect = "sqlite"

    def __init__(self, path: str, durability: str) -> None:
        self.raw = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={durability}",
            "foreign_keys=ON",
            "cache_size=-20000",
            "temp_store=MEMORY",
        ):
            self.raw.execute(f"PRAGMA {pragma}")

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self.raw.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self.raw.execute(sql, parameters).rowcount

    def insert(self, sql: str, rows: Sequence[Row]) -> None:
        """Insert rows, a thousand or so in one step.

        A step of SQLite gives the interpreter away, and a thread that wants it back from a busy one waits for it, so
        a step for each row would hold the write lock for seconds while somebody computes.
        """
        group = VALUES.search(sql)
        assert group is not None
        most = MOST_VARIABLES // len(rows[0])
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            many = f"{sql[: group.start(1)]}{', '.join([group[1]] * len(part))}{sql[group.end(1) :]}"
            self.raw.execute(many, list(chain.from_iterable(part)))

    def script(self, sql: str) -> None:
        for statement in sql.split(";"):
            if statement.strip():
                self.raw.execute(statement)

    def begin(self, *, within: float | None = None) -> None:
        """Begin a transaction; with `within`, one that writes, for whose turn one waits so many seconds."""
        if within is None:
            self.raw.execute("BEGIN")
        else:
            self.raw.execute(f"PRAGMA busy_timeout = {within * 1000:.0f}")
            self.raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.raw.execute("COMMIT")

    def rollback(self) -> None:
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")

    def close(self) -> None:
        self.raw.close()


class PostgresConnection:
    """A connection to a PostgreSQL database."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise ConfigurationError(
                "The database is PostgreSQL, but its driver is not installed: pip install 'prefect[postgresql]'."
            ) from error
        address = address_of(url)
        self.raw = psycopg.connect(address.conninfo, autocommit=True)
        if not address.prepares:
            self.raw.prepare_threshold = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        cursor = self.raw.execute(_percent(sql), parameters)
        return cursor.fetchall() if cursor.description else []

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self.raw.execute(_percent(sql), parameters).rowcount

    def insert(self, sql: str, rows: Sequence[Row]) -> None:
        with self.raw.cursor() as cursor:
            cursor.executemany(_percent(sql), rows)

    def script(self, sql: str) -> None:
        self.raw.execute(_percent(sql))

    def begin(self, *, within: float | None = None) -> None:
        self.raw.execute("BEGIN READ ONLY" if within is None else "BEGIN")

    def commit(self) -> None:
        self.raw.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction; where the database is away, it has done so itself."""
        if self.raw.closed:
            return
        try:
            self.raw.execute("ROLLBACK")
        except Exception as error:
            if fault_of(error) is not Fault.AWAY:
                raise

    def close(self) -> None:
        self.raw.close()


@lru_cache(maxsize=1024)
def _percent(sql: str) -> Any:
    return sql.replace("%", "%%").replace("?", "%s")


class Database:
    """A database with one connection for each thread that uses it; a forked child opens its own."""

    def __init__(self, url: str, durability: str, patience: float = PATIENCE) -> None:
        self.url = url
        self.durability = durability
        self.patience = patience
        self._local = threading.local()
        self._opened: list[SqliteConnection | PostgresConnection] = []
        self._was_reached = False
        self._pid = os.getpid()
        self._turn = threading.Lock()

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
        except BaseException as error:
            conn.rollback()
            if _is_of_the_file(error):
                raise _unusable(self.url, error) from error
            raise

    def _begun(self, within: float | None) -> SqliteConnection | PostgresConnection:
        """This thread's connection, in a new transaction.

        A connection that was lost is made anew. While a database that was there is away, one waits with patience.
        """
        deadline = time.monotonic() + self.patience
        while True:
            try:
                conn = self._connection()
                conn.begin(within=within)
                self._was_reached = True
                return conn
            except Exception as error:
                is_final = not self._was_reached or time.monotonic() > deadline
                if is_final or fault_of(error) is not Fault.AWAY:
                    raise
            if not self._forgotten():
                time.sleep(TRY_EVERY)

    def _forgotten(self) -> bool:
        """Let go of this thread's connection, which is of no use any more; whether there was one."""
        conn = getattr(self._local, "conn", None)
        if conn is None:
            return False
        self._local.conn = None
        self._opened.remove(conn)
        conn.close()
        return True

    def _connection(self) -> SqliteConnection | PostgresConnection:
        self._start_anew_in_child()
        conn = getattr(self._local, "conn", None)
        if conn is not None:
            return conn  # type: ignore[no-any-return]  # a thread local has no types
        conn = self.connect()
        self._local.conn = conn
        self._opened.append(conn)
        return conn

    def _start_anew_in_child(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._opened, self._local, self._turn = os.getpid(), [], threading.local(), threading.Lock()

    def connect(self) -> SqliteConnection | PostgresConnection:
        """A further connection, which the caller closes."""
        if self.dialect == "postgresql":
            return PostgresConnection(self.url)
        return SqliteConnection(self.url.removeprefix("sqlite:///"), self.durability)

    def close(self) -> None:
        """Close every connection that was opened here."""
        while self._opened:
            self._opened.pop().close()
        self._local = threading.local()


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
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        if path.name == FILE_BESIDE and (path.parent / DEFAULT_FILE).exists():
            logging.getLogger("prefect.database").warning(
                "%s belongs to another program and stays as it is; runs are recorded beside it, in %s.",
                path.parent / DEFAULT_FILE,
                path,
            )
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
