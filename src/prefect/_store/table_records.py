"""Whole tables as plain records, for what goes from one database to another, or into files.

A record is a row as JSON has it: ids and moments as texts, what is structured as itself. `TABLES` says of each table
what else than the id tells its records apart, and which of its columns name records of others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from prefect._domain.states import FINAL
from prefect._store.connection import Connection
from prefect._store.migrations import CHAIN, script
from prefect._store.values import json_text, moment, must_read_moment, read_json, read_moment

Record = dict[str, Any]
PIECE = 500
"""How many records are read or written at once."""
NOT_TAKEN = frozenset({"epoch", "turn", "last_polled", "planned_until"})
"""Columns that tell only of the database in which they stand."""
EMPTY: Mapping[str, Any] = {"JSON_TEXT": {}, "BOOLEAN": False, "INTEGER": 0, "BIGINT": 0, "REAL": 0.0, "TEXT": ""}
"""What stands, by its type, in a column that must hold something of which nothing is known."""
LISTS = frozenset({"tags", "capabilities", "filters", "actions_on_trigger", "actions_on_resolve"})
"""Columns for which that is an empty list."""
ENDED = f"({', '.join(sorted(repr(type.value) for type in FINAL))})"
OF_ENDED = "SELECT id FROM flow_run WHERE state_type IN " + ENDED


class Table(NamedTuple):
    """A table whose records are taken. Those of a `history` are so on wish; runs only once they have ended.

    `key` is what else than its id tells a record apart; `refers` says of columns in which table they name a record. A
    record cannot be without the records in `needs`, and is a part of the one in `part_of`: it comes and stays with it.
    """

    name: str
    noun: str
    key: tuple[str, ...] = ()
    refers: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()
    part_of: str | None = None
    history: bool = False
    meant: str = "1 = 1"


SCHEMAS = {"parent_block_schema_id": "block_schema", "reference_block_schema_id": "block_schema"}
DOCUMENTS = {"parent_block_document_id": "block_document", "reference_block_document_id": "block_document"}
OF_RUNS = {"flow_run_id": "flow_run", "task_run_id": "task_run"}
TABLES = (
    Table("flow", "flows", ("name",)),
    Table("block_type", "block types", ("slug",)),
    Table(
        "block_schema",
        "block schemas",
        ("checksum", "version"),
        {"block_type_id": "block_type"},
        ("block_type_id",),
    ),
    Table("block_schema_reference", "parts of block schemas", (), SCHEMAS, tuple(SCHEMAS), "parent_block_schema_id"),
    Table(
        "block_document",
        "blocks",
        ("block_type_id", "name"),
        {"block_type_id": "block_type", "block_schema_id": "block_schema"},
        ("block_type_id", "block_schema_id"),
    ),
    Table("block_document_reference", "parts of blocks", (), DOCUMENTS, tuple(DOCUMENTS), "parent_block_document_id"),
    Table("variable", "variables", ("name",)),
    Table("saved_search", "saved searches", ("name",)),
    Table("concurrency_limit_v2", "concurrency limits", ("name",)),
    Table("work_pool", "work pools", ("name",)),
    Table("work_queue", "work queues", ("work_pool_id", "name"), {"work_pool_id": "work_pool"}, ("work_pool_id",)),
    Table(
        "deployment",
        "deployments",
        ("flow_id", "name"),
        {
            "flow_id": "flow",
            "work_queue_id": "work_queue",
            "concurrency_limit_id": "concurrency_limit_v2",
            "storage_document_id": "block_document",
            "infrastructure_document_id": "block_document",
        },
        ("flow_id",),
    ),
    Table(
        "deployment_schedule",
        "schedules",
        (),
        {"deployment_id": "deployment"},
        ("deployment_id",),
        "deployment_id",
    ),
    Table("automation", "automations"),
    Table(
        "flow_run",
        "flow runs",
        ("flow_id", "idempotency_key"),
        {"flow_id": "flow", "deployment_id": "deployment", "work_queue_id": "work_queue"},
        ("flow_id",),
        history=True,
        meant=f"state_type IN {ENDED}",
    ),
    Table(
        "flow_run_state",
        "states of flow runs",
        (),
        {"flow_run_id": "flow_run"},
        ("flow_run_id",),
        "flow_run_id",
        history=True,
        meant=f"flow_run_id IN ({OF_ENDED})",
    ),
    Table(
        "task_run",
        "task runs",
        (),
        {"flow_run_id": "flow_run"},
        (),
        "flow_run_id",
        history=True,
        meant=f"state_type IN {ENDED} AND (flow_run_id IS NULL OR flow_run_id IN ({OF_ENDED}))",
    ),
    Table(
        "task_run_state",
        "states of task runs",
        (),
        {"task_run_id": "task_run"},
        (),
        "task_run_id",
        history=True,
        meant=f"task_run_id IN (SELECT id FROM task_run WHERE state_type IN {ENDED} "
        f"AND (flow_run_id IS NULL OR flow_run_id IN ({OF_ENDED})))",
    ),
    Table(
        "log",
        "log lines",
        (),
        OF_RUNS,
        (),
        "flow_run_id",
        history=True,
        meant=f"flow_run_id IS NULL OR flow_run_id IN ({OF_ENDED})",
    ),
    Table(
        "artifact",
        "artifacts",
        (),
        OF_RUNS,
        (),
        history=True,
        meant=f"flow_run_id IS NULL OR flow_run_id IN ({OF_ENDED})",
    ),
    Table("artifact_collection", "latest artifacts", ("key",), {"latest_id": "artifact", **OF_RUNS}, history=True),
    Table(
        "flow_run_input",
        "inputs of flow runs",
        (),
        {"flow_run_id": "flow_run"},
        ("flow_run_id",),
        "flow_run_id",
        history=True,
        meant=f"flow_run_id IN ({OF_ENDED})",
    ),
)
"""What is taken: first what others need."""


class Column(NamedTuple):
    """A column's type, as migrations write it, whether it must hold something, and what it holds unless told."""

    type: str
    must: bool
    usual: str | None = None


@lru_cache(maxsize=1)
def _columns_of_all() -> dict[str, dict[str, Column]]:
    """The columns of every table, as the chain of migrations makes them."""
    made = sqlite3.connect(":memory:")
    try:
        for name in CHAIN:
            made.executescript(script(name, "sqlite"))
        return {
            table.name: {
                name: Column(type.upper(), bool(must), usual and usual.strip("'"))
                for _, name, type, must, usual, _ in made.execute(f"PRAGMA table_info({table.name})")
            }
            for table in TABLES
        }
    finally:
        made.close()


def columns_of(table: Table) -> dict[str, Column]:
    """The columns of a table that are taken, by their names."""
    return {name: column for name, column in _columns_of_all()[table.name].items() if name not in NOT_TAKEN}


def read_records(conn: Connection, table: Table) -> Iterator[Record]:
    """The records of a table, piece by piece in the order of their ids."""
    columns, last = columns_of(table), ""
    names = ", ".join(f'"{name}"' for name in columns)
    while True:
        after = " AND id > ?" if last else ""
        rows = conn.execute(
            f"SELECT {names} FROM {table.name} WHERE ({table.meant}){after} ORDER BY id LIMIT {PIECE}",
            (last,) if last else (),
        )
        for row in rows:
            yield {name: _told(column, value) for (name, column), value in zip(columns.items(), row, strict=True)}
        if len(rows) < PIECE:
            return
        last = str(dict(zip(columns, rows[-1], strict=True))["id"])


def _told(column: Column, value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case "JSON_TEXT":
            return read_json(value)
        case "TIMESTAMP":
            return moment(read_moment(value))
        case "UUID":
            return str(value)
        case "BOOLEAN":
            return bool(value)
    return value


def ids_there(conn: Connection, table: Table, ids: Sequence[str]) -> set[str]:
    """Which of some ids there are in a table."""
    if not ids:
        return set()
    marks = ", ".join("?" * len(ids))
    return {str(row[0]) for row in conn.execute(f"SELECT id FROM {table.name} WHERE id IN ({marks})", list(ids))}


def id_of_key(conn: Connection, table: Table, record: Record) -> str | None:
    """The id of the record that a table has under the key of one, or None."""
    values = [record.get(name) for name in table.key]
    if not values or None in values:
        return None
    condition = " AND ".join(f'"{name}" = ?' for name in table.key)
    rows = conn.execute(f"SELECT id FROM {table.name} WHERE {condition}", values)
    return str(rows[0][0]) if rows else None


def insert_records(conn: Connection, table: Table, records: Sequence[Record], *, now: str) -> None:
    """Write records that a table does not have."""
    if not records:
        return
    columns = columns_of(table)
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    rows = [
        tuple(_written(name, column, record.get(name), now) for name, column in columns.items()) for record in records
    ]
    conn.insert(f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", rows)


def _written(name: str, column: Column, value: Any, now: str) -> Any:
    if value is None and column.must:
        value = _usual(name, column, now)
    if value is None:
        return None
    match column.type:
        case "JSON_TEXT":
            return json_text(value)
        case "TIMESTAMP":
            return moment(must_read_moment(value))
        case "BOOLEAN":
            return bool(value)
    return value


def _usual(name: str, column: Column, now: str) -> Any:
    """What a column holds of which nothing is known."""
    if column.usual is not None:
        return column.usual
    if column.type == "TIMESTAMP":
        return now
    return [] if name in LISTS else EMPTY.get(column.type)
