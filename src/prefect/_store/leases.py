"""Leases: which process runs a flow run, and until when it is believed to be alive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from prefect._domain.leases import Tenures
from prefect._domain.states import StateType
from prefect._store.database import Connection
from prefect._store.values import moment, must_read_identity

Place = Literal["work_queue_id", "deployment_id"]
HOOKS = "hooks"
"""Who holds the lease of a run that ended with its process, and whose hooks wait for somebody to call them."""


class HeldLease(NamedTuple):
    """Who holds a run's lease, and in which epoch it was taken."""

    holder: str
    epoch: int


def take_lease(conn: Connection, flow_run_id: UUID, holder: str, *, now: datetime, ttl: timedelta) -> int:
    """Lease a run to a process, in a new epoch, which is given."""
    run = str(flow_run_id)
    conn.execute("UPDATE flow_run SET epoch = epoch + 1 WHERE id = ?", (run,))
    epoch = epoch_of(conn, flow_run_id)
    conn.execute(
        "INSERT INTO flow_run_lease (flow_run_id, holder, epoch, expires_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (flow_run_id) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, "
        "expires_at = excluded.expires_at",
        (run, holder, epoch, moment(now + ttl)),
    )
    return epoch


def epoch_of(conn: Connection, flow_run_id: UUID) -> int:
    """How often a run has been leased."""
    return int(conn.execute("SELECT epoch FROM flow_run WHERE id = ?", (str(flow_run_id),))[0][0])


def renew_leases(conn: Connection, holder: str, *, now: datetime, ttl: timedelta) -> int:
    """Lengthen all leases of a process; how many it holds."""
    return conn.change("UPDATE flow_run_lease SET expires_at = ? WHERE holder = ?", (moment(now + ttl), holder))


def are_held(conn: Connection, flow_run_ids: Sequence[UUID], holder: str) -> bool:
    """Whether somebody holds the lease of any of these runs."""
    if not flow_run_ids:
        return False
    marks = ", ".join("?" * len(flow_run_ids))
    sql = f"SELECT 1 FROM flow_run_lease WHERE holder = ? AND flow_run_id IN ({marks}) LIMIT 1"
    return bool(conn.execute(sql, (holder, *map(str, flow_run_ids))))


def renew_leases_of(
    conn: Connection, flow_run_ids: Sequence[UUID], holder: str, *, now: datetime, ttl: timedelta
) -> int:
    """Lengthen the leases of some runs that a process holds; how many it holds."""
    marks = ", ".join("?" * len(flow_run_ids))
    sql = f"UPDATE flow_run_lease SET expires_at = ? WHERE holder = ? AND flow_run_id IN ({marks})"
    return conn.change(sql, (moment(now + ttl), holder, *map(str, flow_run_ids)))


def pending_claims(conn: Connection, holder: str) -> dict[UUID, int]:
    """The runs that somebody has claimed and that have not started yet, each with the epoch of the claim."""
    rows = conn.execute(
        "SELECT l.flow_run_id, l.epoch FROM flow_run_lease l JOIN flow_run r ON r.id = l.flow_run_id "
        "WHERE l.holder = ? AND r.state_type = 'PENDING'",
        (holder,),
    )
    return {must_read_identity(id): epoch for id, epoch in rows}


class Standing(NamedTuple):
    """In which epoch a run is, and the type of its state."""

    epoch: int
    state_type: StateType


def standings(conn: Connection, flow_run_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """How those of some runs stand that are there."""
    if not flow_run_ids:
        return {}
    marks = ", ".join("?" * len(flow_run_ids))
    rows = conn.execute(
        f"SELECT id, epoch, state_type FROM flow_run WHERE id IN ({marks}) AND state_type IS NOT NULL",
        [str(id) for id in flow_run_ids],
    )
    return {must_read_identity(id): Standing(epoch, StateType(type)) for id, epoch, type in rows}


def overtaken(conn: Connection, tenures: Tenures) -> set[UUID]:
    """Of the flow runs that a process writes of those that somebody else has begun anew since."""
    leased = {str(tenure.leased) for tenure in tenures.of.values()}
    if not leased:
        return set()
    lock = " FOR SHARE OF r" if conn.dialect == "postgresql" else ""
    rows = conn.execute(
        f"SELECT r.id, r.epoch FROM flow_run r WHERE r.id IN ({', '.join('?' * len(leased))}) AND NOT EXISTS "
        f"(SELECT 1 FROM flow_run_lease l WHERE l.flow_run_id = r.id AND l.holder = ?){lock}",
        (*leased, tenures.holder),
    )
    latest = {must_read_identity(id): epoch for id, epoch in rows}
    return {run for run, tenure in tenures.of.items() if latest.get(tenure.leased, 0) > tenure.epoch}


def spare_leases(conn: Connection, *, now: datetime, ttl: timedelta) -> int:
    """Have every lease of a process last so long from now on; how many."""
    sql = "UPDATE flow_run_lease SET expires_at = ? WHERE holder <> ?"
    return conn.change(sql, (moment(now + ttl), HOOKS))


def read_lease(conn: Connection, flow_run_id: UUID) -> HeldLease | None:
    """A run's lease, or None."""
    rows = conn.execute("SELECT holder, epoch FROM flow_run_lease WHERE flow_run_id = ?", (str(flow_run_id),))
    return HeldLease(*rows[0]) if rows else None


def expired_leases(conn: Connection, now: datetime) -> list[UUID]:
    """The runs whose process has not been heard of in time."""
    rows = conn.execute("SELECT flow_run_id FROM flow_run_lease WHERE expires_at < ?", (moment(now),))
    return [must_read_identity(row[0]) for row in rows]


def drop_expired_lease(conn: Connection, flow_run_id: UUID, now: datetime) -> bool:
    """Take a run's lease away if its process has not been heard of in time; whether it was so."""
    sql = "DELETE FROM flow_run_lease WHERE flow_run_id = ? AND expires_at < ?"
    return conn.change(sql, (str(flow_run_id), moment(now))) > 0


def drop_lease(conn: Connection, flow_run_id: UUID) -> None:
    """Give a run's lease back."""
    conn.execute("DELETE FROM flow_run_lease WHERE flow_run_id = ?", (str(flow_run_id),))


def leave_hooks(conn: Connection, flow_run_id: UUID, *, until: datetime) -> None:
    """Have the hooks of an ended run wait for somebody to call them, where it belongs to a deployment."""
    conn.execute(
        "INSERT INTO flow_run_lease (flow_run_id, holder, epoch, expires_at) "
        "SELECT id, ?, epoch, ? FROM flow_run WHERE id = ? AND deployment_id IS NOT NULL ON CONFLICT DO NOTHING",
        (HOOKS, moment(until), str(flow_run_id)),
    )


def hooks_wait(conn: Connection) -> bool:
    """Whether hooks of any run wait to be called."""
    return bool(conn.execute("SELECT 1 FROM flow_run_lease WHERE holder = ? LIMIT 1", (HOOKS,)))


def take_hooks(
    conn: Connection, place: Place, ids: Sequence[UUID], holder: str, *, until: datetime, limit: int
) -> list[UUID]:
    """Take the hooks of runs in some places to call them; nobody else gets them."""
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    waiting = (
        "SELECT l.flow_run_id FROM flow_run_lease l JOIN flow_run r ON r.id = l.flow_run_id "
        f"WHERE l.holder = ? AND r.state_type IN ('CRASHED', 'CANCELLED') AND r.{place} IN ({marks}) LIMIT ?"
    )
    rows = conn.execute(
        f"UPDATE flow_run_lease SET holder = ?, expires_at = ? WHERE holder = ? AND flow_run_id IN ({waiting}) "
        "RETURNING flow_run_id",
        (holder, moment(until), HOOKS, HOOKS, *map(str, ids), limit),
    )
    return [must_read_identity(row[0]) for row in rows]
