"""Lists in the order of time are read from an index, not by looking at all there is, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from prefect._clock import new_id, now
from prefect._domain.filters import read_filter
from prefect._domain.sorting import read_sort
from prefect._store import artifacts, logs
from prefect._store.artifacts import Part
from prefect._store.connection import Connection
from prefect._store.database import Database

WHOLE = re.compile(r"TEMP B-TREE|Seq Scan|(?<!Incremental )Sort  \(")
"""What a plan says where a whole table is read, or sorted."""
SINCE = {"timestamp": {"after_": "2026-01-01T00:00:00Z"}}


class Explained:
    """A connection that asks how each statement would be carried out, and answers with nothing."""

    def __init__(self, conn: Any) -> None:
        self.dialect = conn.dialect
        self._conn = conn
        self.plan: list[str] = []
        if self.dialect == "postgresql":  # small tables are read whole where that is allowed
            conn.execute("SET LOCAL enable_seqscan = off")
            conn.execute("SET LOCAL enable_sort = off")

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        how = "EXPLAIN" if self.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        self.plan += [str(row[-1]) for row in self._conn.execute(f"{how} {sql}", parameters)]
        return []


def log_list(sort: str, **filter: Any) -> Callable[[Connection], object]:
    return lambda conn: logs.find_logs(conn, read_filter("log", filter), read_sort("log", sort), limit=10)


def artifact_list(sort: str) -> Callable[[Connection], object]:
    return lambda conn: artifacts.list_artifacts(conn, {}, Part(read_sort("artifact", sort), 10))


@pytest.mark.parametrize(
    ("index", "ask"),
    [
        ("log_by_time", log_list("TIMESTAMP_ASC")),
        ("log_by_time", log_list("TIMESTAMP_DESC")),
        ("log_by_time", log_list("TIMESTAMP_ASC", **SINCE)),
        ("log_by_time", log_list("TIMESTAMP_DESC", **SINCE, level={"ge_": 40})),
        ("log_by_time", lambda conn: logs.follow_logs(conn, read_filter("log", {}), since=now(), known=(), limit=10)),
        ("log_of_flow_run", log_list("TIMESTAMP_ASC", flow_run_id={"any_": [new_id()]})),
        ("log_of_task_run", log_list("TIMESTAMP_ASC", task_run_id={"any_": [new_id()]})),
        ("artifact_by_time", artifact_list("CREATED_DESC")),
    ],
)
def test_a_list_by_time_is_read_from_an_index(db: Database, index: str, ask: Callable[[Any], object]) -> None:
    with db.read() as conn:
        explained = Explained(conn)
        ask(explained)

    assert f" {index}" in "\n".join(explained.plan)
    assert not [step for step in explained.plan if WHOLE.search(step)]
