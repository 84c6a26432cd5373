"""The firings of automations, and what was done for each: its acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.actions import read_action
from prefect._domain.automations.acts import Act, Fired, Status
from prefect._domain.automations.firings import Firing, firing_fields, read_firing
from prefect._store.connection import Connection
from prefect._store.values import (
    json_text,
    moment,
    must_read_identity,
    must_read_moment,
    read_json,
    read_moment,
)

MOST_KEPT = 200
"""How many firings of an automation are kept."""
ACT = "a.firing_id, a.place, a.action, a.status, a.tries, a.reason, a.ended"


class Recorded(NamedTuple):
    """A firing as recorded."""

    automation_id: UUID
    firing: Firing
    recorded: datetime
    acts: tuple[Act, ...]


def insert(conn: Connection, fired: Sequence[Fired], *, leased_until: datetime) -> None:
    """Record firings and their acts, which are under way until then; what is recorded already stays."""
    conn.insert(
        "INSERT INTO automation_firing (id, automation_id, recorded, firing) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        [
            (str(one.firing.id), str(one.automation.id), moment(one.recorded), json_text(firing_fields(one.firing)))
            for one in fired
        ],
    )
    acts = [
        (str(act.firing_id), act.place, json_text(act.action), act.status, act.tries, moment(leased_until))
        for one in fired
        for act in one.acts
    ]
    if acts:
        conn.insert(
            "INSERT INTO automation_action (firing_id, place, action, status, tries, leased_until) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            acts,
        )


def forget_old(conn: Connection, automation_id: UUID) -> None:
    """Let go of the firings of an automation that are too many, but for those with open acts."""
    of = str(automation_id)
    conn.execute(
        "DELETE FROM automation_firing WHERE automation_id = ? AND recorded < (SELECT recorded FROM automation_firing "
        "WHERE automation_id = ? ORDER BY recorded DESC LIMIT 1 OFFSET ?) AND id NOT IN "
        "(SELECT firing_id FROM automation_action WHERE status = 'open')",
        (of, of, MOST_KEPT),
    )


def of_automation(conn: Connection, automation_id: UUID, *, limit: int) -> list[Recorded]:
    """The last firings of an automation, the latest first."""
    rows = conn.execute(
        "SELECT id, automation_id, recorded, firing FROM automation_firing WHERE automation_id = ? "
        "ORDER BY recorded DESC, id LIMIT ?",
        (str(automation_id), limit),
    )
    return [_recorded(conn, row) for row in rows]


def read(conn: Connection, firing_id: UUID) -> Recorded | None:
    """The firing with that id, or None."""
    rows = conn.execute(
        "SELECT id, automation_id, recorded, firing FROM automation_firing WHERE id = ?", (str(firing_id),)
    )
    return _recorded(conn, rows[0]) if rows else None


def left_open(conn: Connection, *, now: datetime, limit: int) -> list[UUID]:
    """Firings with acts that somebody began and has left, the oldest first."""
    rows = conn.execute(
        "SELECT firing_id, MIN(leased_until) AS since FROM automation_action "
        "WHERE status = 'open' AND leased_until <= ? GROUP BY firing_id ORDER BY since LIMIT ?",
        (moment(now), limit),
    )
    return [must_read_identity(id) for id, _ in rows]


def soonest_left(conn: Connection) -> datetime | None:
    """When the next act counts as left that is under way, or None."""
    return read_moment(conn.execute("SELECT MIN(leased_until) FROM automation_action WHERE status = 'open'")[0][0])


def begin_again(conn: Connection, firing_id: UUID, *, now: datetime, until: datetime) -> int:
    """Take the acts of a firing that somebody has left; how many."""
    return conn.change(
        "UPDATE automation_action SET tries = tries + 1, leased_until = ? "
        "WHERE firing_id = ? AND status = 'open' AND leased_until <= ?",
        (moment(until), str(firing_id), moment(now)),
    )


def keep(conn: Connection, firing_id: UUID, *, until: datetime) -> None:
    """Say that the acts of a firing are under way until then."""
    conn.execute(
        "UPDATE automation_action SET leased_until = ? WHERE firing_id = ? AND status = 'open'",
        (moment(until), str(firing_id)),
    )


def end(conn: Connection, act: Act, status: Status, reason: str | None, *, now: datetime) -> bool:
    """Say what became of an act; False where that is known already."""
    return (
        conn.change(
            "UPDATE automation_action SET status = ?, reason = ?, ended = ? "
            "WHERE firing_id = ? AND place = ? AND status = 'open'",
            (status, reason, moment(now), str(act.firing_id), act.place),
        )
        > 0
    )


def _recorded(conn: Connection, row: tuple[Any, ...]) -> Recorded:
    acts = conn.execute(f"SELECT {ACT} FROM automation_action a WHERE a.firing_id = ? ORDER BY a.place", (str(row[0]),))
    return Recorded(
        must_read_identity(row[1]),
        read_firing(read_json(row[3])),
        must_read_moment(row[2]),
        tuple(_act(act) for act in acts),
    )


def _act(row: tuple[Any, ...]) -> Act:
    firing_id, place, action, status, tries, reason, ended = row
    return Act(
        firing_id=must_read_identity(firing_id),
        place=place,
        action=read_action(read_json(action)),
        status=status,
        tries=tries,
        reason=reason,
        ended=read_moment(ended),
    )
