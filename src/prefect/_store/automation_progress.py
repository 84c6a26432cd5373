"""How far automations have come in the feed, and what they know: a row for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.automations.folding import Progress
from prefect._domain.events import Position
from prefect._store.connection import Connection
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment
from prefect._store.watching import announce


class Standing(NamedTuple):
    """Where an automation is: what it has seen of the feed, what it knows, and how often that was written."""

    automation_id: UUID
    version: int
    seen: Position
    progress: Progress


def begin(conn: Connection, automation_id: UUID, seen: Position, progress: Progress) -> None:
    """Have an automation begin here, whatever it knew."""
    conn.execute(
        "INSERT INTO automation_progress (automation_id, version, seen, kept, due) VALUES (?, 1, ?, ?, ?) "
        "ON CONFLICT (automation_id) DO UPDATE SET version = automation_progress.version + 1, seen = excluded.seen, "
        "kept = excluded.kept, due = excluded.due",
        (str(automation_id), str(seen), json_text(progress.kept), moment(progress.due)),
    )
    announce(conn)


def move(conn: Connection, before: Standing, seen: Position, progress: Progress) -> bool:
    """Move an automation on from where it was; False where somebody else did so first."""
    return (
        conn.change(
            "UPDATE automation_progress SET version = version + 1, seen = ?, kept = ?, due = ? "
            "WHERE automation_id = ? AND version = ?",
            (str(seen), json_text(progress.kept), moment(progress.due), str(before.automation_id), before.version),
        )
        > 0
    )


def touch(conn: Connection, automation_id: UUID) -> None:
    """Have those who know an automation read it again."""
    conn.execute("UPDATE automation_progress SET version = version + 1 WHERE automation_id = ?", (str(automation_id),))


def versions(conn: Connection) -> dict[UUID, int]:
    """How often the progress of each automation that is on was written."""
    rows = conn.execute(
        "SELECT p.automation_id, p.version FROM automation_progress p JOIN automation a ON a.id = p.automation_id "
        "WHERE a.enabled = ?",
        (True,),
    )
    return {must_read_identity(id): version for id, version in rows}


def read(conn: Connection, automation_id: UUID) -> Standing | None:
    """Where an automation is, or None."""
    rows = conn.execute(
        "SELECT version, seen, kept, due FROM automation_progress WHERE automation_id = ?", (str(automation_id),)
    )
    return _standing(automation_id, rows[0]) if rows else None


def without_progress(conn: Connection) -> list[UUID]:
    """The automations that are on and have not begun."""
    rows = conn.execute(
        "SELECT id FROM automation WHERE enabled = ? AND id NOT IN (SELECT automation_id FROM automation_progress)",
        (True,),
    )
    return [must_read_identity(id) for (id,) in rows]


def first_due(conn: Connection) -> datetime | None:
    """When the first window of an automation that is on is over, or None."""
    rows = conn.execute(
        "SELECT MIN(p.due) FROM automation_progress p JOIN automation a ON a.id = p.automation_id WHERE a.enabled = ?",
        (True,),
    )
    return read_moment(rows[0][0])


def _standing(automation_id: UUID, row: tuple[Any, ...]) -> Standing:
    version, seen, kept, due = row
    return Standing(automation_id, version, Position.read(seen), Progress(read_json(kept), read_moment(due)))
