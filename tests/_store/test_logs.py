"""Patterns in log lines, on both databases."""

from __future__ import annotations

import pytest

from prefect._clock import new_id
from prefect._domain.filters import read_filter
from prefect._domain.logs import Log
from prefect._domain.sorting import read_sort
from prefect._store import logs
from prefect._store.database import Database
from tests._store.records import NOON, SECOND

TEXTS = ("a timeout", "timed out", "a time-out of 12 ms", "C:\\bin")


@pytest.fixture
def lines(db: Database) -> None:
    with db.write() as conn:
        logs.insert_logs(conn, [Log(new_id(), "x", 20, text, NOON + n * SECOND) for n, text in enumerate(TEXTS)])


def found(db: Database, pattern: str) -> list[str]:
    asked = read_filter("log", {"pattern": {"matches_": pattern}})
    with db.read() as conn:
        return [line.message for line in logs.find_logs(conn, asked, read_sort("log", "TIMESTAMP_ASC"), limit=10)]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        (r"TIME(D |-)?OUT", [0, 1, 2]),
        (r"\bout\b", [1, 2]),
        (r"time\Bout", [0]),
        (r"\d+ ms$", [2]),
        (r":\\b", [3]),
        (r"[^a-z ]", [2, 3]),
    ],
)
def test_a_pattern_means_the_same_on_both_databases(db: Database, lines: None, pattern: str, meant: list[int]) -> None:
    assert found(db, pattern) == [TEXTS[n] for n in meant]


def test_a_pattern_that_one_database_cannot_read_is_told(db: Database, lines: None) -> None:
    if db.dialect == "sqlite":
        assert found(db, r"\p{Nd}{2}") == [TEXTS[2]]
    else:
        with pytest.raises(ValueError, match="PostgreSQL cannot read this pattern: invalid regular expression"):
            found(db, r"\p{Nd}{2}")
