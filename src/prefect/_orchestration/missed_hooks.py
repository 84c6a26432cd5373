"""Hooks of runs that nobody saw end: their process and whoever started it died. A runner that is alive calls them.

Each is given to one runner, once; after some minutes without any, they are let be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._domain.states import StateType
from prefect._orchestration import job_variables
from prefect._orchestration.deployments import ToStart
from prefect._store import flow_runs, leases, work_pools
from prefect._store import missed_hooks as store
from prefect._store.connection import Connection
from prefect._store.database import Database


class MissedHooks(NamedTuple):
    """A run as it is started, and what it became."""

    run: ToStart
    became: StateType


def take_of_pool(
    db: Database, pool: str, queue_names: Sequence[str], *, limit: int, now: datetime
) -> list[MissedHooks]:
    """Take hooks of the runs of a pool, of some of its queues or of all."""
    if not _any_wait(db):
        return []
    with db.write() as conn:
        store.drop_expired_hooks(conn, now)
        found = work_pools.read_work_pool(conn, pool)
        queues = work_pools.list_work_queues(conn, found.id) if found is not None else []
        served = [queue.id for queue in queues if not queue_names or queue.name in queue_names]
        taken = store.take_hooks(conn, "work_queue_id", served, limit=limit)
        return [_told(conn, id) for id in taken]


def take_of_deployments(
    db: Database, deployment_ids: Sequence[UUID], *, limit: int, now: datetime
) -> list[MissedHooks]:
    """Take hooks of the runs of some deployments."""
    if not _any_wait(db):
        return []
    with db.write() as conn:
        store.drop_expired_hooks(conn, now)
        taken = store.take_hooks(conn, "deployment_id", deployment_ids, limit=limit)
        return [_told(conn, id) for id in taken]


def _any_wait(db: Database) -> bool:
    with db.read() as conn:
        return store.hooks_wait(conn)


def _told(conn: Connection, flow_run_id: UUID) -> MissedHooks:
    run = flow_runs.read_flow_run(conn, flow_run_id)
    assert run is not None
    assert run.state is not None
    job = job_variables.job_of(conn, run)
    return MissedHooks(ToStart(run.id, leases.epoch_of(conn, run.id), run.name, job), run.state.type)
