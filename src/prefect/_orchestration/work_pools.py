"""What can be done with work pools: make one, change it, and claim the runs that wait in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType
from prefect._domain.transitions.verdicts import Accept
from prefect._domain.work_pools import WorkPool, WorkQueue
from prefect._orchestration.flow_runs import Lease, move
from prefect._store import flow_runs, leases
from prefect._store import work_pools as store
from prefect._store.database import Connection, Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

NewId = Callable[[], UUID]


class Claim(NamedTuple):
    """A run that was claimed, and the epoch of the claim: who carries it out proposes Running in that epoch."""

    run: FlowRun
    epoch: int


MOST = 200
"""How many runs are claimed in one transaction."""


def ensure_pool(
    conn: Connection, name: str, *, type: str = "process", now: datetime, new_id: NewId, **fields: Any
) -> WorkPool:
    """The pool of that name with its default queue, made where it is not there."""
    store.insert_work_pool(conn, WorkPool(new_id(), name, type, created=now, updated=now, **fields))
    pool = store.read_work_pool(conn, name)
    assert pool is not None
    if pool.default_queue_id is None:
        store.ensure_queue(conn, pool, id=new_id(), now=now)
    return pool


def create(db: Database, name: str, *, now: datetime, new_id: NewId, **fields: Any) -> WorkPool:
    """A new pool with its default queue. Raises `ObjectAlreadyExists` where the name is taken."""
    with db.write() as conn:
        if store.read_work_pool(conn, name) is not None:
            raise ObjectAlreadyExists(ValueError(f"There is a work pool {name!r} already."))
        return ensure_pool(conn, name, now=now, new_id=new_id, **fields)


def read(db: Database, name: str) -> WorkPool:
    """The pool of that name. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _pool(conn, name)


def list_pools(db: Database, *, limit: int, offset: int = 0) -> list[WorkPool]:
    """Pools by name."""
    with db.read() as conn:
        return store.list_work_pools(conn, limit=limit, offset=offset)


def update(db: Database, name: str, changes: dict[str, Any], *, now: datetime) -> None:
    """Change some fields of a pool. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.update_work_pool(conn, name, changes, now=now):
            raise _no_pool(name)


def delete(db: Database, name: str) -> None:
    """Remove a pool with its queues. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.delete_work_pool(conn, name):
            raise _no_pool(name)


def queues(db: Database, name: str) -> list[WorkQueue]:
    """A pool's queues in the order in which they are served. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return store.list_work_queues(conn, _pool(conn, name).id)


def _pool(conn: Connection, name: str) -> WorkPool:
    pool = store.read_work_pool(conn, name)
    if pool is None:
        raise _no_pool(name)
    return pool


def _no_pool(name: str) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no work pool {name!r}. `prefect work-pool ls` lists those there are.")


def claim_from_pool(
    db: Database,
    name: str,
    lease: Lease,
    *,
    queue_names: Sequence[str] = (),
    limit: int,
    now: datetime,
    new_id: NewId,
) -> list[Claim]:
    """Take runs that are due in a pool: they are Pending and leased to the one who asks, and given to nobody else.

    Queues are served by priority; paused ones, and those whose limit or whose pool's limit is reached, give nothing. A
    pool that does not exist holds nothing.
    """
    with db.read() as conn:
        pool = store.read_work_pool(conn, name)
        if pool is None or pool.is_paused or not list(_due_in_pool(conn, pool, queue_names, limit, now)):
            return []
    with db.write() as conn:
        pool = _pool(conn, name)
        return _claimed(conn, list(_due_in_pool(conn, pool, queue_names, limit, now)), lease, now, new_id)


def claim_of_deployments(
    db: Database, deployment_ids: Sequence[UUID], lease: Lease, *, limit: int, now: datetime, new_id: NewId
) -> list[Claim]:
    """Take runs of some deployments that are due, in the same way."""
    with db.read() as conn:
        if not store.due_of_deployments(conn, deployment_ids, before=now, limit=1):
            return []
    with db.write() as conn:
        due = store.due_of_deployments(conn, deployment_ids, before=now, limit=limit)
        return _claimed(conn, due, lease, now, new_id)


def _due_in_pool(
    conn: Connection, pool: WorkPool, queue_names: Sequence[str], limit: int, now: datetime
) -> Iterator[UUID]:
    used = store.slots_in_use(conn, pool.id)
    left = min(limit, MOST, _free(pool.concurrency_limit, sum(used.values())))
    for queue in store.list_work_queues(conn, pool.id):
        if left <= 0:
            return
        if queue.is_paused or (queue_names and queue.name not in queue_names):
            continue
        most = min(left, _free(queue.concurrency_limit, used.get(queue.id, 0)))
        due = store.due_in_queue(conn, queue.id, before=now, limit=most) if most > 0 else []
        left -= len(due)
        yield from due


def _free(limit: int | None, used: int) -> int:
    return MOST if limit is None else limit - used


def _claimed(conn: Connection, due: list[UUID], lease: Lease, now: datetime, new_id: NewId) -> list[Claim]:
    claimed = []
    for flow_run_id in due:
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        if run is None or run.empirical_policy.retry_type == "in_process":
            continue
        pending = State(StateType.PENDING, "Pending", id=new_id(), timestamp=now)
        verdict, _ = move(conn, run, pending, now=now, spare_id=new_id())
        if isinstance(verdict, Accept):
            epoch = leases.take_lease(conn, run.id, lease.holder, now=now, ttl=lease.ttl)
            claimed.append(Claim(run, epoch))
    return claimed


def soonest(db: Database, *, after: datetime) -> datetime | None:
    """When the next run of a deployment is due after a moment, or None where none is planned."""
    with db.read() as conn:
        return store.next_due(conn, after=after)
