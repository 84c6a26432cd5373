"""Leases: which process runs a flow run, and until when it is believed to be alive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prefect._domain.leases import Tenures
from prefect._domain.states import StateType
from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_identity

ENDED_BY_OTHERS = (StateType.CRASHED.value, StateType.CANCELLED.value)
"""The types of the ends of a run that need not be its process's own doing."""


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
    """In which epoch a run is, the type of its state, and who holds its lease."""

    epoch: int
    state_type: StateType
    holder: str | None


def standings(conn: Connection, flow_run_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """How those of some runs stand that are there."""
    if not flow_run_ids:
        return {}
    marks = ", ".join("?" * len(flow_run_ids))
    rows = conn.execute(
        "SELECT r.id, r.epoch, r.state_type, l.holder FROM flow_run r LEFT JOIN flow_run_lease l "
        f"ON l.flow_run_id = r.id WHERE r.id IN ({marks}) AND r.state_type IS NOT NULL",
        [str(id) for id in flow_run_ids],
    )
    return {must_read_identity(id): Standing(epoch, StateType(type), holder) for id, epoch, type, holder in rows}


class Lost(NamedTuple):
    """Of the flow runs that a process writes of: those that others have begun anew, and those that they have ended."""

    overtaken: frozenset[UUID] = frozenset()
    ended: frozenset[UUID] = frozenset()


def lost(conn: Connection, tenures: Tenures) -> Lost:
    """The flow runs that a process writes of and has no more."""
    leased = {str(tenure.leased) for tenure in tenures.of.values()}
    if not leased:
        return Lost()
    lock = " FOR SHARE OF r" if conn.dialect == "postgresql" else ""
    rows = conn.execute(
        f"SELECT r.id, r.epoch, r.state_type FROM flow_run r WHERE r.id IN ({', '.join('?' * len(leased))}) "
        f"AND NOT EXISTS (SELECT 1 FROM flow_run_lease l WHERE l.flow_run_id = r.id AND l.holder = ?){lock}",
        (*leased, tenures.holder),
    )
    not_held = {must_read_identity(id): (epoch, type) for id, epoch, type in rows}
    mine = {run: (tenure, *not_held[tenure.leased]) for run, tenure in tenures.of.items() if tenure.leased in not_held}
    overtaken = frozenset(run for run, (tenure, epoch, _) in mine.items() if epoch > tenure.epoch)
    ended = frozenset(run for run, (*_, type) in mine.items() if type in ENDED_BY_OTHERS)
    return Lost(overtaken, ended - overtaken)


def spare_leases(conn: Connection, *, now: datetime, ttl: timedelta) -> int:
    """Have every lease of a process last so long from now on; how many."""
    return conn.change("UPDATE flow_run_lease SET expires_at = ?", (moment(now + ttl),))


def read_lease(conn: Connection, flow_run_id: UUID) -> HeldLease | None:
    """A run's lease, or None."""
    rows = conn.execute("SELECT holder, epoch FROM flow_run_lease WHERE flow_run_id = ?", (str(flow_run_id),))
    return HeldLease(*rows[0]) if rows else None


def leases_of_flow(conn: Connection, flow_name: str) -> dict[UUID, str]:
    """The runs of a flow that belong to no deployment and are leased, each with the holder of its lease."""
    rows = conn.execute(
        "SELECT l.flow_run_id, l.holder FROM flow_run_lease l JOIN flow_run r ON r.id = l.flow_run_id "
        "JOIN flow f ON f.id = r.flow_id WHERE f.name = ? AND r.deployment_id IS NULL",
        (flow_name,),
    )
    return {must_read_identity(id): holder for id, holder in rows}


def expired_leases(conn: Connection, now: datetime) -> list[UUID]:
    """The runs whose process has not been heard of in time."""
    rows = conn.execute("SELECT flow_run_id FROM flow_run_lease WHERE expires_at < ?", (moment(now),))
    return [must_read_identity(row[0]) for row in rows]


def drop_expired_lease(conn: Connection, flow_run_id: UUID, now: datetime) -> bool:
    """Take a run's lease away if its process has not been heard of in time; whether it was so."""
    sql = "DELETE FROM flow_run_lease WHERE flow_run_id = ? AND expires_at < ?"
    return conn.change(sql, (str(flow_run_id), moment(now))) > 0


def lease_again(conn: Connection, flow_run_id: UUID, held: HeldLease, *, now: datetime, ttl: timedelta) -> None:
    """Give a lease that ran out back to who held it, in its old epoch, unless somebody holds one."""
    conn.execute(
        "INSERT INTO flow_run_lease (flow_run_id, holder, epoch, expires_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (str(flow_run_id), held.holder, held.epoch, moment(now + ttl)),
    )


def drop_lease(conn: Connection, flow_run_id: UUID) -> None:
    """Give a run's lease back."""
    conn.execute("DELETE FROM flow_run_lease WHERE flow_run_id = ?", (str(flow_run_id),))
