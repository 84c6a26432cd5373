"""Connections to a database: what a statement needs of one, and the two that there are."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

from prefect._domain.searching import holder_of
from prefect._store.faults import Fault, FileGone, fault_of
from prefect._store.postgres import address_of
from prefect.exceptions import ConfigurationError

PATIENCE = 60.0
"""Seconds that a writer waits for its turn, unless told otherwise."""
MOST_AT_ONCE = 256
"""Rows that one statement inserts: of the widest table fewer `?` than a statement of SQLite may have (32 766)."""
BAD_PATTERN = "2201B"
"""PostgreSQL's code for a regular expression that it cannot read."""
VALUES = re.compile(r"VALUES (\([?, ]+\))")

Row = tuple[Any, ...]
FileId = tuple[int, int]
"""What tells a file from others at the same path: its device, and its number there."""


def file_at(path: str) -> FileId | None:
    """The file to which a path leads now, or None."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Connection(Protocol):
    """What a statement needs of a connection; parameters are written as `?`.

    `insert` takes an INSERT of one row (`VALUES (?, ?)`) and makes it one of many. `turn` is the place of this
    transaction in the one order of all that record something (decision 0020). `for_update` ends a SELECT whose rows are
    to be kept for this transaction alone; on SQLite, where one writes at a time, it is empty.
    """

    dialect: str
    for_update: str

    @property
    def turn(self) -> int: ...
    @property
    def has_turn(self) -> bool: ...
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]: ...
    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int: ...
    def insert(self, sql: str, rows: Sequence[Row]) -> None: ...
    def script(self, sql: str) -> None: ...


class SqliteConnection:
    """A connection to an SQLite file."""

    dialect = "sqlite"
    for_update = ""

    def __init__(self, path: str, durability: str, file: FileId | None = None) -> None:
        """`file` is the one that the path is to lead to, where that is known. Raises `FileGone` for another."""
        if file is not None and file_at(path) != file:
            raise FileGone(path)
        self._path = path
        self.raw = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={durability}",
            "foreign_keys=ON",
            "cache_size=-4000",
            "temp_store=MEMORY",
        ):
            self.raw.execute(f"PRAGMA {pragma}")
        self.raw.create_function("matches", 2, _matches, deterministic=True)
        self.file = file_at(path)
        self._turn: int | None = None
        self._writes = False

    @property
    def turn(self) -> int:
        """The writer's turn: one more than the last writer's that had one."""
        if self._turn is None:
            self.raw.execute("UPDATE turn SET value = value + 1")
            self._turn = int(self.raw.execute("SELECT value FROM turn").fetchone()[0])
        return self._turn

    @property
    def has_turn(self) -> bool:
        """Whether this transaction has taken its turn."""
        return self._turn is not None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self.raw.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self.raw.execute(sql, parameters).rowcount

    def insert(self, sql: str, rows: Sequence[Row]) -> None:
        """Insert rows, hundreds in one step: powers of two, so that the statements that are kept prepared are few.

        A step of SQLite gives the interpreter away, and a thread that wants it back from a busy one waits for it, so
        a step for each row would hold the write lock for seconds while somebody computes.
        """
        group = VALUES.search(sql)
        assert group is not None
        start = 0
        while start < len(rows):
            size = min(1 << (len(rows) - start).bit_length() - 1, MOST_AT_ONCE)
            many = f"{sql[: group.start(1)]}{', '.join([group[1]] * size)}{sql[group.end(1) :]}"
            self.raw.execute(many, list(chain.from_iterable(rows[start : start + size])))
            start += size

    def script(self, sql: str) -> None:
        for statement in sql.split(";"):
            if statement.strip():
                self.raw.execute(statement)

    def begin(self, *, within: float | None = None) -> None:
        """Begin a transaction; with `within`, one that writes, for whose turn one waits so many seconds."""
        self._turn, self._writes = None, within is not None
        self._must_be_there()
        if within is None:
            self.raw.execute("BEGIN")
        else:
            self.raw.execute(f"PRAGMA busy_timeout = {within * 1000:.0f}")
            self.raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        if self._writes:
            self._must_be_there()
        self.raw.execute("COMMIT")

    def _must_be_there(self) -> None:
        """Raise `FileGone` where the path leads to another file by now, or to none."""
        if file_at(self._path) != self.file:
            raise FileGone(self._path)

    def rollback(self) -> None:
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")

    def close(self) -> None:
        self.raw.close()


def _matches(pattern: str, text: str | None) -> bool:
    """What `matches(pattern, text)` means in a statement."""
    return text is not None and holder_of(pattern)(text)


class PostgresConnection:
    """A connection to a PostgreSQL database."""

    dialect = "postgresql"
    for_update = " FOR UPDATE"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from psycopg.types.string import TextLoader
        except ImportError as error:
            raise ConfigurationError(
                "The database is PostgreSQL, but its driver is not installed: pip install 'prefect[postgresql]'."
            ) from error
        address = address_of(url)
        self.raw = psycopg.connect(address.conninfo, autocommit=True)
        self.raw.adapters.register_loader("jsonb", TextLoader)  # as SQLite gives it: a text is told from its JSON
        if not address.prepares:
            self.raw.prepare_threshold = None
        self._turn: int | None = None

    @property
    def turn(self) -> int:
        """The transaction's number, which the server counts up; `turn` holds what is added in this database."""
        if self._turn is None:
            number = "pg_current_xact_id()::text::bigint"
            self._turn = int(self.execute(f"SELECT value + {number} FROM turn")[0][0])
        return self._turn

    @property
    def has_turn(self) -> bool:
        """Whether this transaction has taken its turn."""
        return self._turn is not None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Raises `ValueError` for a pattern that this server cannot read."""
        try:
            cursor = self.raw.execute(_percent(sql), parameters)
        except Exception as error:
            if getattr(error, "sqlstate", None) == BAD_PATTERN:
                raise ValueError(f"PostgreSQL cannot read this pattern: {str(error).splitlines()[0]}") from None
            raise
        return cursor.fetchall() if cursor.description else []

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self.raw.execute(_percent(sql), parameters).rowcount

    def insert(self, sql: str, rows: Sequence[Row]) -> None:
        with self.raw.cursor() as cursor:
            cursor.executemany(_percent(sql), rows)

    def script(self, sql: str) -> None:
        self.raw.execute(_percent(sql))

    def begin(self, *, within: float | None = None) -> None:
        self._turn = None
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
