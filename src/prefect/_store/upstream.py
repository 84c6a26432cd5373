"""Reading the database of another installation, of version 3, as records of our tables. Nothing in it is written.

Most of its tables are ours by another hand: the same names, other types. What differs is said here, table by table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import orjson

from prefect._domain.flow_runs import FlowRunPolicy
from prefect._domain.task_runs import TaskRunPolicy
from prefect._store.postgres import address_of
from prefect._store.table_records import ENDED, PIECE, Record, Table, columns_of
from prefect.exceptions import ConfigurationError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
RENAMED: Mapping[str, Mapping[str, str]] = {
    "concurrency_limit_v2": {"slots": "limit"},
    "deployment": {"job_variables": "infra_overrides"},
}
"""For our columns those of theirs that hold the same under another name."""
OF_STATE = "LEFT JOIN artifact a ON a.id = {state}.result_artifact_id"
"""Where a state's result is told, if not by the state itself."""
WITH_STATE = (
    "SELECT r.*, s.message AS state_message, s.state_details AS state_details, s.data AS state_data, "
    "s.timestamp AS state_moment, a.data AS result_data FROM ({meant}) r "
    f"LEFT JOIN {{table}}_state s ON s.id = r.state_id {OF_STATE.format(state='s')} ORDER BY r.id"
)
WITH_RESULT = f"SELECT r.*, a.data AS result_data FROM ({{meant}}) r {OF_STATE.format(state='r')} ORDER BY r.id"
PLAIN = "{meant} ORDER BY id"
RUNS = {"flow_run": FlowRunPolicy, "task_run": TaskRunPolicy}
STATES = frozenset({"flow_run_state", "task_run_state"})
POLICIES = {name: frozenset(field.name for field in fields(policy)) for name, policy in RUNS.items()}
OF_ITS_RUN = frozenset({"flow_run_id", "task_run_id"})


class Reading(Protocol):
    """A connection that only reads."""

    def rows(self, sql: str) -> Iterator[dict[str, Any]]: ...
    def tables(self) -> set[str]: ...
    def close(self) -> None: ...


class SqliteReading:
    """An SQLite file, opened so that it cannot be written.

    One that nobody writes to beside us is not even locked; of one that is in use, what is committed is seen.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ConfigurationError(f"There is no file {str(path)!r}.")
        log = path.with_name(f"{path.name}-wal")
        is_in_use = log.is_file() and log.stat().st_size > 0
        how = "mode=ro" if is_in_use else "mode=ro&immutable=1"
        self._conn = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)
        self._conn.row_factory = sqlite3.Row
        try:
            self._conn.execute("BEGIN")
            self._conn.execute("SELECT COUNT(*) FROM sqlite_master")
        except sqlite3.DatabaseError as error:
            self._conn.close()
            raise ConfigurationError(f"The file {str(path)!r} cannot be read: {error}.") from error

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        with closing(self._conn.execute(sql)) as found:
            while some := found.fetchmany(PIECE):
                yield from (dict(row) for row in some)

    def tables(self) -> set[str]:
        return {row[0] for row in self._conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def close(self) -> None:
        self._conn.close()


class PostgresReading:
    """A PostgreSQL database, in one transaction that only reads."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from psycopg.rows import dict_row
            from psycopg.types.string import TextLoader
        except ImportError as error:
            raise ConfigurationError(
                "To read PostgreSQL, install its driver: pip install 'prefect[postgresql]'."
            ) from error
        try:
            self._conn = psycopg.connect(address_of(url).conninfo, row_factory=dict_row)
        except psycopg.OperationalError as error:
            raise ConfigurationError(f"The database cannot be reached: {str(error).strip()}") from error
        for type in ("json", "jsonb"):
            self._conn.adapters.register_loader(type, TextLoader)
        self._count = 0
        self._conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        self._count += 1
        with self._conn.cursor(name=f"records_{self._count}") as found:
            found.itersize = PIECE
            yield from found.execute(sql)

    def tables(self) -> set[str]:
        found = self._conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return {str(row["tablename"]) for row in found.fetchall()}

    def close(self) -> None:
        self._conn.close()


UNFINISHED = (
    f"SELECT state_type, COUNT(*) AS many FROM flow_run WHERE state_type IS NULL OR state_type NOT IN {ENDED} "
    "GROUP BY state_type"
)


class UpstreamDatabase:
    """The database of another installation, as records of our tables."""

    def __init__(self, url: str) -> None:
        is_file = url.startswith("sqlite")
        self._reading: Reading = SqliteReading(_path_of(url)) if is_file else PostgresReading(url)
        self._tables = self._reading.tables()
        if "schema_version" in self._tables or not {"alembic_version", "flow", "deployment_schedule"} <= self._tables:
            self.close()
            raise ConfigurationError(
                "That database is none of Prefect 3: it has not the tables that were expected, among them "
                "alembic_version, flow and deployment_schedule."
            )

    @property
    def keys(self) -> Sequence[str]:
        """The key with which its blocks are encrypted, where the database itself holds it."""
        found = self._reading.rows("SELECT value FROM configuration WHERE key = 'ENCRYPTION_KEY'")
        return [value["fernet_key"] for row in found if (value := _json(row["value"])) and "fernet_key" in value]

    def records(self, table: Table) -> Iterator[Record]:
        """What it has in a table."""
        if table.name not in self._tables:
            return
        how = WITH_STATE if table.name in RUNS else WITH_RESULT if table.name in STATES else PLAIN
        sql = how.format(table=table.name, meant=f"SELECT * FROM {table.name} WHERE {table.meant}")
        parts = self._parts_of_schemas() if table.name == "block_schema" else {}
        for row in self._reading.rows(sql):
            record = _record(table, row)
            if table.name == "block_schema":
                record["fields"] = _whole(record["id"], parts)
            yield record

    def unfinished(self) -> dict[str, int]:
        """How many flow runs have not ended, by the types of their states."""
        rows = self._reading.rows(UNFINISHED)
        return {str(row["state_type"] or "PENDING"): int(row["many"]) for row in rows}

    def _parts_of_schemas(self) -> dict[str, tuple[Record, list[tuple[str, str]]]]:
        """The schemas by their ids, each with the fields that hold documents of other schemas."""
        sql = (
            "SELECT s.id, s.fields, s.checksum, t.slug FROM block_schema s JOIN block_type t ON t.id = s.block_type_id"
        )
        found: dict[str, tuple[Record, list[tuple[str, str]]]] = {
            str(row["id"]): ({**row, "fields": _json(row["fields"])}, []) for row in self._reading.rows(sql)
        }
        for row in self._reading.rows("SELECT * FROM block_schema_reference"):
            parent, other = str(row["parent_block_schema_id"]), str(row["reference_block_schema_id"])
            if parent in found and other in found:
                found[parent][1].append((row["name"], other))
        return found

    def close(self) -> None:
        self._reading.close()


def _path_of(url: str) -> Path:
    _, _, path = url.partition(":///")
    return Path(path.partition("?")[0]).expanduser()


def _record(table: Table, row: Mapping[str, Any]) -> Record:
    """A row of theirs as a record of ours."""
    renamed = RENAMED.get(table.name, {})
    record = {name: _value(column.type, row.get(renamed.get(name, name))) for name, column in columns_of(table).items()}
    if table.name in RUNS:
        record["empirical_policy"] = _known(record["empirical_policy"], POLICIES[table.name])
        record["state_timestamp"] = record["state_timestamp"] or _value("TIMESTAMP", row["state_moment"])
    data = "state_data" if table.name in RUNS else "data"
    if "result_data" in row and record[data] is None:
        record[data] = _json(row["result_data"])
    if "state_details" in record:
        record["state_details"] = details_without_its_run(record["state_details"])
    return record


def details_without_its_run(details: Mapping[str, Any] | None) -> dict[str, Any]:
    """The details of a state that say something, without the ids of the run that it belongs to."""
    return {name: value for name, value in (details or {}).items() if name not in OF_ITS_RUN and value is not None}


def _known(policy: Mapping[str, Any] | None, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in (policy or {}).items() if name in names}


def known_policy(table: Table, policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """What of a run's policy we know."""
    return _known(policy, POLICIES[table.name])


def _value(type: str, value: Any) -> Any:
    if value is None:
        return None
    match type:
        case "JSON_TEXT":
            return _json(value)
        case "TIMESTAMP":
            return _moment(value).isoformat()
        case "REAL":
            return _seconds(value)
        case "BOOLEAN":
            return bool(value)
        case "UUID":
            return str(UUID(str(value)))
    return value


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


def _moment(value: Any) -> datetime:
    read = datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value
    return read.replace(tzinfo=timezone.utc) if read.tzinfo is None else read.astimezone(timezone.utc)


def _seconds(value: Any) -> float:
    """A duration: PostgreSQL has an interval, SQLite the moment so long after 1970."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        return (_moment(value) - EPOCH).total_seconds()
    return float(value)


def _whole(schema_id: str, parts: Mapping[str, tuple[Record, list[tuple[str, str]]]]) -> dict[str, Any]:
    """The fields of a schema with those of the schemas to which it refers, as clients send them."""
    schema, references = parts[schema_id]
    fields: dict[str, Any] = dict(schema["fields"])
    told: dict[str, Any] = {}
    definitions: dict[str, Any] = dict(fields.pop("definitions", None) or {})
    for name, other in references:
        reference = {"block_schema_checksum": parts[other][0]["checksum"], "block_type_slug": parts[other][0]["slug"]}
        known = told.get(name)
        told[name] = reference if known is None else [*(known if isinstance(known, list) else [known]), reference]
        inner = _whole(other, parts)
        definitions.update(inner.pop("definitions", {}))
        definitions[str(inner.get("title"))] = inner
    fields["block_schema_references"] = told
    return {**fields, "definitions": definitions} if definitions else fields
