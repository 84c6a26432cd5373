"""What can be done with artifacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.artifacts import Artifact, ArtifactCollection
from prefect._domain.events import ROLE, related, resource
from prefect._domain.filters import Filters
from prefect._orchestration.telling import told_of
from prefect._store import artifacts as store
from prefect._store.artifacts import Part
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.values import json_text
from prefect._store.watching import announce
from prefect.exceptions import ObjectNotFound

MOST_TOLD = 10_000
"""Characters of data that an event repeats."""


def create(db: Database, artifact: Artifact, *, new_id: Callable[[], UUID]) -> Artifact:
    """A new artifact, which becomes the latest of its key; of one that is there already, what is recorded."""
    with db.write() as conn:
        if not store.insert_artifact(conn, artifact):
            return _artifact(conn, artifact.id)
        if artifact.key is not None:
            id = new_id()
            known = store.point_to_latest(conn, artifact.key, artifact.id, id=id, now=artifact.created)
            _tell(conn, "created" if known == id else "updated", known, artifact, now=artifact.created)
        announce(conn)
    return artifact


def read(db: Database, artifact_id: UUID) -> Artifact:
    """The artifact with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _artifact(conn, artifact_id)


def read_latest(db: Database, key: str) -> Artifact:
    """The latest artifact of a key. Raises `ObjectNotFound`."""
    with db.read() as conn:
        found = store.read_latest(conn, key)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no artifact with the key {key!r}.")
    return found


def list_artifacts(db: Database, wanted: Filters, part: Part) -> list[Artifact]:
    """The artifacts that are meant."""
    with db.read() as conn:
        return store.list_artifacts(conn, wanted, part)


def count_artifacts(db: Database, wanted: Filters) -> int:
    """How many artifacts are meant."""
    with db.read() as conn:
        return store.count_artifacts(conn, wanted)


def list_collections(db: Database, wanted: Filters, part: Part) -> list[ArtifactCollection]:
    """The keys whose latest artifacts are meant."""
    with db.read() as conn:
        return store.list_collections(conn, wanted, part)


def count_collections(db: Database, wanted: Filters) -> int:
    """How many keys there are whose latest artifacts are meant."""
    with db.read() as conn:
        return store.count_collections(conn, wanted)


def update(db: Database, artifact_id: UUID, changes: dict[str, Any], *, now: datetime) -> None:
    """Change an artifact's data, description or metadata. Raises `ObjectNotFound`."""
    with db.write() as conn:
        store.replace_artifact(conn, replace(_artifact(conn, artifact_id), **changes, updated=now))
        announce(conn)


def delete(db: Database, artifact_id: UUID, *, now: datetime) -> None:
    """Remove an artifact; the latest of what is left stands for its key. Raises `ObjectNotFound`."""
    with db.write() as conn:
        artifact = _artifact(conn, artifact_id)
        if artifact.key is None:
            store.delete_artifact(conn, artifact_id)
        else:
            _take_from_key(conn, artifact.key, artifact, now)


def _take_from_key(conn: Connection, key: str, artifact: Artifact, now: datetime) -> None:
    store.hold_key(conn, key)
    before = store.read_collection(conn, key)
    store.delete_artifact(conn, artifact.id)
    store.point_to_what_is_left(conn, key)
    latest = store.read_latest(conn, key)
    if before is not None and before.latest_id == artifact.id:
        _tell(conn, "updated" if latest is not None else "deleted", before.id, latest or artifact, now=now)


def _tell(conn: Connection, what: str, collection_id: UUID, latest: Artifact, *, now: datetime) -> None:
    """Tell what became of a key, whose latest artifact this is, or was."""
    runs = {"flow-run": latest.flow_run_id, "task-run": latest.task_run_id}
    around = [
        {**resource("artifact", latest.id), ROLE: "latest"},
        *(related(kind, id) for kind, id in runs.items() if id is not None),
    ]
    is_small = len(json_text(latest.data)) <= MOST_TOLD
    payload = {
        "key": latest.key,
        "type": latest.type,
        "data": latest.data if is_small else None,
        "description": latest.description,
    }
    told_of(
        conn,
        what,
        resource("artifact-collection", collection_id, latest.key),
        now=now,
        around=around,
        payload=payload,
    )


def _artifact(conn: Connection, artifact_id: UUID) -> Artifact:
    found = store.read_artifact(conn, artifact_id)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no artifact {artifact_id}.")
    return found
