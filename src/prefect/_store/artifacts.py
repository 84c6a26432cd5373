"""Artifacts as recorded, and the latest of each key.

A row of `artifact_collection` is a key and points to its latest artifact; what that one holds is never copied, so that
an update is one row's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.artifacts import Artifact, ArtifactCollection
from prefect._domain.filters import Filters
from prefect._domain.sorting import Order
from prefect._store.conditions import meant, order_by
from prefect._store.connection import Connection, Row
from prefect._store.values import (
    identity,
    json_text,
    moment,
    must_read_identity,
    must_read_moment,
    read_identity,
    read_json,
)

HELD = "type, description, data, metadata_, flow_run_id, task_run_id"
COLUMNS = f"id, created, updated, key, {HELD}"
LATEST = (
    "(SELECT c.id, c.created, a.updated, c.key, c.latest_id, a.type, a.description, a.data, a.metadata_, "
    "a.flow_run_id, a.task_run_id FROM artifact_collection c JOIN artifact a ON a.id = c.latest_id)"
)


@dataclass(frozen=True)
class Part:
    """The part of a list that is asked for."""

    order: Order
    limit: int
    offset: int = 0


def insert_artifact(conn: Connection, artifact: Artifact) -> bool:
    """Add an artifact; False where it is there already."""
    sql = f"INSERT INTO artifact ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    row = (
        str(artifact.id),
        moment(artifact.created),
        moment(artifact.updated),
        artifact.key,
        artifact.type,
        artifact.description,
        _json_or_null(artifact.data),
        _json_or_null(artifact.metadata_),
        identity(artifact.flow_run_id),
        identity(artifact.task_run_id),
    )
    return conn.change(sql, row) > 0


def point_to_latest(conn: Connection, key: str, artifact_id: UUID, *, id: UUID, now: datetime) -> UUID:
    """Have an artifact stand for its key; the key's id, which is `id` for a new one."""
    rows = conn.execute(
        "INSERT INTO artifact_collection (id, created, key, latest_id) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET latest_id = excluded.latest_id RETURNING id",
        (str(id), moment(now), key, str(artifact_id)),
    )
    return must_read_identity(rows[0][0])


def read_artifact(conn: Connection, artifact_id: UUID) -> Artifact | None:
    """The artifact with that id, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM artifact WHERE id = ?", (str(artifact_id),))
    return _artifact(rows[0]) if rows else None


def read_latest(conn: Connection, key: str) -> Artifact | None:
    """The latest artifact of a key, or None."""
    wanted = "SELECT latest_id FROM artifact_collection WHERE key = ?"
    rows = conn.execute(f"SELECT {COLUMNS} FROM artifact WHERE id = ({wanted})", (key,))
    return _artifact(rows[0]) if rows else None


def read_collection(conn: Connection, key: str) -> ArtifactCollection | None:
    """A key with its latest artifact, or None."""
    rows = conn.execute(f"SELECT * FROM {LATEST} r WHERE r.key = ?", (key,))
    return _collection(rows[0]) if rows else None


def list_artifacts(conn: Connection, wanted: Filters, part: Part) -> list[Artifact]:
    """The artifacts that are meant."""
    sql, values = meant("artifact", wanted, conn.dialect, "r.")
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM artifact r WHERE {sql} ORDER BY {order_by(part.order, 'r.')} LIMIT ? OFFSET ?",
        (*values, part.limit, part.offset),
    )
    return [_artifact(row) for row in rows]


def count_artifacts(conn: Connection, wanted: Filters) -> int:
    """How many artifacts are meant."""
    sql, values = meant("artifact", wanted, conn.dialect, "r.")
    return int(conn.execute(f"SELECT COUNT(*) FROM artifact r WHERE {sql}", values)[0][0])


def list_collections(conn: Connection, wanted: Filters, part: Part) -> list[ArtifactCollection]:
    """The keys whose latest artifacts are meant."""
    sql, values = meant("artifact_collection", wanted, conn.dialect, "r.")
    rows = conn.execute(
        f"SELECT * FROM {LATEST} r WHERE {sql} ORDER BY {order_by(part.order, 'r.')} LIMIT ? OFFSET ?",
        (*values, part.limit, part.offset),
    )
    return [_collection(row) for row in rows]


def count_collections(conn: Connection, wanted: Filters) -> int:
    """How many keys there are whose latest artifacts are meant."""
    sql, values = meant("artifact_collection", wanted, conn.dialect, "r.")
    return int(conn.execute(f"SELECT COUNT(*) FROM {LATEST} r WHERE {sql}", values)[0][0])


def replace_artifact(conn: Connection, artifact: Artifact) -> None:
    """Give the artifact of that id this description, data and metadata."""
    conn.execute(
        "UPDATE artifact SET updated = ?, description = ?, data = ?, metadata_ = ? WHERE id = ?",
        (
            moment(artifact.updated),
            artifact.description,
            _json_or_null(artifact.data),
            _json_or_null(artifact.metadata_),
            str(artifact.id),
        ),
    )


def hold_key(conn: Connection, key: str) -> None:
    """Have whoever makes something under a key meanwhile wait for this transaction."""
    conn.execute("UPDATE artifact_collection SET latest_id = latest_id WHERE key = ?", (key,))


def delete_artifact(conn: Connection, artifact_id: UUID) -> bool:
    """Remove an artifact; whether there was one."""
    return conn.change("DELETE FROM artifact WHERE id = ?", (str(artifact_id),)) > 0


def point_to_what_is_left(conn: Connection, key: str) -> None:
    """Have the latest of what is left stand for a key; a key of which nothing is left goes, too."""
    newest = "SELECT id FROM artifact WHERE key = ? ORDER BY created DESC, id DESC LIMIT 1"
    conn.execute(
        "DELETE FROM artifact_collection WHERE key = ? AND NOT EXISTS (SELECT 1 FROM artifact WHERE key = ?)",
        (key, key),
    )
    conn.execute(f"UPDATE artifact_collection SET latest_id = ({newest}) WHERE key = ?", (key, key))


def _json_or_null(value: Any) -> str | None:
    return None if value is None else json_text(value)


def _artifact(row: Row) -> Artifact:
    id, created, updated, key, *held = row
    return Artifact(must_read_identity(id), must_read_moment(created), must_read_moment(updated), key, *_held(held))


def _collection(row: Row) -> ArtifactCollection:
    id, created, updated, key, latest_id, *held = row
    return ArtifactCollection(
        must_read_identity(id),
        must_read_moment(created),
        must_read_moment(updated),
        key,
        must_read_identity(latest_id),
        *_held(held),
    )


def _held(row: list[Any]) -> tuple[Any, ...]:
    """What an artifact holds, in the order of `HELD`."""
    type, description, data, metadata, flow_run_id, task_run_id = row
    return (
        type,
        description,
        read_json(data),
        read_json(metadata),
        read_identity(flow_run_id),
        read_identity(task_run_id),
    )
