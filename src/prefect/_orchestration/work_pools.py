"""What can be done with work pools: make one, change it, and claim the runs that wait in it.

Their queues are in `work_queues.py`, their workers in `workers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.flow_runs import FlowRun
from prefect._domain.job_templates import require_whole, template_for
from prefect._domain.leases import Lease
from prefect._domain.states import State, StateType
from prefect._domain.transitions.verdicts import Accept
from prefect._domain.work_pools import (
    DEFAULT_POOL,
    DEFAULT_QUEUE,
    POLLED_WITHIN,
    RESERVED,
    WorkPool,
    WorkQueue,
    checked_name,
)
from prefect._orchestration import slots
from prefect._orchestration.duties.catching_up import has_missed, skip_missed
from prefect._orchestration.duties.foreman import write_status
from prefect._orchestration.duties.leases import end_tasks_left_open
from prefect._orchestration.flow_runs import move
from prefect._orchestration.telling import changes as changes_of
from prefect._orchestration.telling import told_of_pool, told_of_queue
from prefect._store import concurrency, deployments, flow_runs, leases
from prefect._store import work_pools as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.work_pools import Window
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, ProtectedName

NewId = Callable[[], UUID]
MOST = 200
"""How many runs are claimed in one transaction."""
REMEMBERED = timedelta(seconds=10)
"""How often it is written down that somebody asks for runs."""


class Claim(NamedTuple):
    """A run that was claimed, and the epoch of the claim: who carries it out proposes Running in that epoch."""

    run: FlowRun
    epoch: int


class FoundPool(NamedTuple):
    """A pool, its status, and how many of its runs are under way."""

    pool: WorkPool
    status: str
    active_slots: int


def ensure_pool(
    conn: Connection,
    name: str,
    *,
    id: UUID | None = None,
    type: str = "process",
    now: datetime,
    new_id: NewId,
    **fields: Any,
) -> WorkPool:
    """The pool of that name with its default queue, made where it is not there."""
    known = store.read_work_pool(conn, name)
    if known is None:
        template = fields.pop("base_job_template", None) or template_for(type)
        require_whole(template)
        made = WorkPool(id or new_id(), name, type, base_job_template=template, created=now, updated=now, **fields)
        store.insert_work_pool(conn, made)
        known = store.read_work_pool(conn, name)
    assert known is not None
    if known.default_queue_id is None:
        queue = ensure_queue(conn, known, DEFAULT_QUEUE, id=new_id(), now=now)
        if known.created == now:
            told_of_pool(conn, "created", replace(known, default_queue_id=queue.id), now=now)
    return known


def ensure_queue(conn: Connection, pool: WorkPool, name: str, *, id: UUID, now: datetime) -> WorkQueue:
    """The queue of that name in a pool, made where it is not there, which is told; `id` names a new one."""
    queue = store.ensure_queue(conn, pool, name, id=id, now=now)
    if queue.id == id:
        told_of_queue(conn, "created", queue, now=now)
    return queue


def create(db: Database, name: str, *, now: datetime, new_id: NewId, **fields: Any) -> FoundPool:
    """A new pool with its default queue.

    Raises `ValueError` for a name or a job template that does not fit, `ProtectedName` for a name that only we give,
    and `ObjectAlreadyExists` where the name is taken.
    """
    if checked_name(name).lower().startswith(RESERVED):
        raise ProtectedName(f"Names of work pools that begin with {RESERVED!r} are kept for the system.")
    id = new_id()
    with db.write() as conn:
        known = store.read_work_pool(conn, name)
        if known is not None and known.id != id:
            raise ObjectAlreadyExists(ValueError(f"There is a work pool {name!r} already."))
        return _found(conn, ensure_pool(conn, name, id=id, now=now, new_id=new_id, **fields), now)


def ensure(db: Database, name: str, *, now: datetime, new_id: NewId, **fields: Any) -> FoundPool:
    """The pool of that name, made where it is not there."""
    with db.read() as conn:
        known = store.read_work_pool(conn, name)
        if known is not None and known.default_queue_id is not None:
            return _found(conn, known, now)
    with db.write() as conn:
        return _found(conn, ensure_pool(conn, name, now=now, new_id=new_id, **fields), now)


def read(db: Database, name: str, *, now: datetime) -> FoundPool:
    """The pool of that name. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return _found(conn, pool_named(conn, name), now)


def list_pools(
    db: Database, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, now: datetime
) -> list[FoundPool]:
    """Pools by name."""
    with db.read() as conn:
        pools = store.list_work_pools(conn, limit=limit, offset=offset, filter=filter)
        return [_found(conn, pool, now) for pool in pools]


def count(db: Database, filter: Filter = EVERYTHING) -> int:
    """How many pools are meant."""
    with db.read() as conn:
        return store.count_work_pools(conn, filter)


def update(db: Database, name: str, changes: dict[str, Any], *, now: datetime) -> None:
    """Change some fields of a pool. Raises `ObjectNotFound`, and `ValueError` for a job template that does not fit."""
    require_whole(changes.get("base_job_template") or {})
    with db.write() as conn:
        known = pool_named(conn, name)
        store.update_work_pool(conn, name, changes, now=now)
        payload = changes_of(known, pool_named(conn, changes.get("name") or name))
        if payload and payload["updated_fields"] != ["is_paused"]:
            told_of_pool(conn, "updated", pool_named(conn, changes.get("name") or name), now=now, payload=payload)
        if "is_paused" in changes:
            write_status(conn, now=now)


def delete(db: Database, name: str, *, now: datetime) -> None:
    """Remove a pool with its queues. Raises `ObjectNotFound`, and `ProtectedName` for the default pool."""
    if name == DEFAULT_POOL:
        raise ProtectedName(f"The work pool {DEFAULT_POOL!r} cannot be removed; it serves deployments that name none.")
    with db.write() as conn:
        pool = pool_named(conn, name)
        for queue in store.list_work_queues(conn, pool.id):
            told_of_queue(conn, "deleted", queue, now=now)
        store.delete_work_pool(conn, name)
        told_of_pool(conn, "deleted", pool, now=now)


def _found(conn: Connection, pool: WorkPool, now: datetime) -> FoundPool:
    return FoundPool(pool, pool.status(now), sum(store.slots_in_use(conn, pool.id).values()))


def pool_named(conn: Connection, name: str) -> WorkPool:
    """The pool of that name. Raises `ObjectNotFound`."""
    pool = store.read_work_pool(conn, name)
    if pool is None:
        raise no_pool(name)
    return pool


def no_pool(name: str) -> ObjectNotFound:
    """What is raised where there is no pool of that name."""
    return ObjectNotFound(help_message=f"There is no work pool {name!r}. `prefect work-pool ls` lists those there are.")


def claim_from_pool(
    db: Database,
    name: str,
    lease: Lease,
    *,
    queue_names: Sequence[str] = (),
    limit: int,
    known: Collection[tuple[UUID, int]] | None = None,
    now: datetime,
    new_id: NewId,
) -> list[Claim]:
    """Take runs that are due in a pool: they are Pending and leased to the one who asks, and given to nobody else.

    Queues are served by priority; paused ones, and those whose limit or whose pool's limit is reached, give nothing. A
    pool that does not exist holds nothing. Who may not have heard of all that it has claimed says which are `known`,
    and is given the others again.
    """
    with db.read() as conn:
        pool = store.read_work_pool(conn, name)
        unheard = _unheard(conn, lease, known)
        if pool is None or not (unheard or _has_something(conn, pool, queue_names, limit, now)):
            return unheard
    with db.write() as conn:
        pool = store.lock_work_pool(conn, name)
        if pool is None:
            return []
        _remember(conn, pool, queue_names, now)
        skip_missed(conn, now=now, new_id=new_id)
        unheard = _unheard(conn, lease, known)
        due = list(_due_in_pool(conn, pool, queue_names, limit - len(unheard), Window(now, taking=True)))
        return [*unheard, *_claimed(conn, due, lease, now, new_id)]


def claim_of_deployments(
    db: Database,
    deployment_ids: Sequence[UUID],
    lease: Lease,
    *,
    limit: int,
    known: Collection[tuple[UUID, int]] | None = None,
    now: datetime,
    new_id: NewId,
) -> list[Claim]:
    """Take runs of some deployments that are due, in the same way."""
    if not deployment_ids:
        return []
    with db.read() as conn:
        remembered = deployments.are_touched(conn, deployment_ids, since=now - REMEMBERED)
        has_due = bool(store.due_of_deployments(conn, deployment_ids, Window(now), limit=1))
        if remembered and not has_due and not _unheard(conn, lease, known):
            return []
    with db.write() as conn:
        if not remembered:
            deployments.touch_deployments(conn, deployment_ids, now=now)
        skip_missed(conn, now=now, new_id=new_id)
        unheard = _unheard(conn, lease, known)
        left = min(limit, MOST) - len(unheard)
        window = Window(now, taking=True)
        due = store.due_of_deployments(conn, deployment_ids, window, limit=left) if left > 0 else []
        return [*unheard, *_claimed(conn, due, lease, now, new_id)]


def _unheard(conn: Connection, lease: Lease, known: Collection[tuple[UUID, int]] | None) -> list[Claim]:
    """What somebody has claimed and does not know of, since the answer was lost; what is known has its epoch."""
    if known is None:
        return []
    claimed = leases.pending_claims(conn, lease.holder)
    runs = [(flow_runs.read_flow_run(conn, id), epoch) for id, epoch in claimed.items() if (id, epoch) not in known]
    return [Claim(run, epoch) for run, epoch in runs if run is not None]


def due_in_pool(
    db: Database, name: str, window: Window, *, queue_names: Sequence[str] = (), limit: int, now: datetime
) -> list[tuple[WorkPool, FlowRun]]:
    """The runs of a pool that could be claimed, for whoever claims them one by one. Raises `ObjectNotFound`."""
    with db.read() as conn:
        pool = pool_named(conn, name)
        due = [] if pool.is_paused else list(_due_in_pool(conn, pool, queue_names, limit, window))
        runs = [run for id in due if (run := flow_runs.read_flow_run(conn, id)) is not None]
        remembered = not _forgotten(conn, pool, queue_names, now)
    if not remembered:
        with db.write() as conn:
            _remember(conn, pool, queue_names, now)
    return [(pool, run) for run in runs]


def due_of_deployments(
    db: Database, deployment_ids: Sequence[UUID], window: Window, *, limit: int, now: datetime
) -> list[FlowRun]:
    """The runs of some deployments that could be claimed, for whoever claims them one by one."""
    if not deployment_ids:
        return []
    with db.read() as conn:
        due = store.due_of_deployments(conn, deployment_ids, window, limit=limit)
        runs = [run for id in due if (run := flow_runs.read_flow_run(conn, id)) is not None]
        remembered = deployments.are_touched(conn, deployment_ids, since=now - REMEMBERED)
    if not remembered:
        with db.write() as conn:
            deployments.touch_deployments(conn, deployment_ids, now=now)
    return runs


def due_in_queue(db: Database, queue_id: UUID, window: Window, *, limit: int, now: datetime) -> list[FlowRun]:
    """The runs of a queue that could be claimed. Raises `ObjectNotFound`."""
    with db.write() as conn:
        queue = store.read_work_queue_by_id(conn, queue_id)
        if queue is None:
            raise ObjectNotFound(help_message=f"There is no work queue {queue_id}.")
        store.touch_queues(conn, [queue.id], now=now)
        write_status(conn, now=now)
        used = store.slots_in_use(conn, queue.work_pool_id).get(queue.id, 0)
        most = 0 if queue.is_paused else min(limit, _free(queue.concurrency_limit, used))
        due = store.due_in_queue(conn, queue.id, window, limit=most) if most > 0 else []
        return [run for id in due if (run := flow_runs.read_flow_run(conn, id)) is not None]


def claimable(
    db: Database,
    *,
    pool_name: str | None = None,
    queue_names: Sequence[str] = (),
    deployment_ids: Sequence[UUID] = (),
    limit: int = MOST,
    now: datetime,
) -> list[UUID]:
    """The runs that somebody could claim from a pool, or of some deployments; a pool that is not there has none."""
    with db.read() as conn:
        if pool_name is None:
            return store.due_of_deployments(conn, deployment_ids, Window(now), limit=limit)
        pool = store.read_work_pool(conn, pool_name)
        return list(_due_in_pool(conn, pool, queue_names, limit, Window(now))) if pool is not None else []


def _has_something(conn: Connection, pool: WorkPool, queue_names: Sequence[str], limit: int, now: datetime) -> bool:
    """Whether there is anything to write for somebody who asks a pool for runs."""
    if _forgotten(conn, pool, queue_names, now) or has_missed(conn, now=now):
        return True
    return not pool.is_paused and bool(list(_due_in_pool(conn, pool, queue_names, limit, Window(now))))


def _served(conn: Connection, pool: WorkPool, queue_names: Sequence[str]) -> list[WorkQueue]:
    return [q for q in store.list_work_queues(conn, pool.id) if not queue_names or q.name in queue_names]


def _forgotten(conn: Connection, pool: WorkPool, queue_names: Sequence[str], now: datetime) -> list[UUID]:
    """The queues of which it was written down too long ago that somebody asks for their runs."""
    served = _served(conn, pool, queue_names)
    return [q.id for q in served if q.last_polled is None or q.last_polled < now - REMEMBERED]


def _remember(conn: Connection, pool: WorkPool, queue_names: Sequence[str], now: datetime) -> None:
    forgotten = _forgotten(conn, pool, queue_names, now)
    if forgotten:
        store.touch_queues(conn, forgotten, now=now)
        store.keep_alive(conn, pool.id, now + timedelta(seconds=POLLED_WITHIN))
        write_status(conn, now=now)


def _due_in_pool(
    conn: Connection, pool: WorkPool, queue_names: Sequence[str], limit: int, window: Window
) -> Iterator[UUID]:
    if pool.is_paused:
        return
    used = store.slots_in_use(conn, pool.id)
    left = min(limit, MOST, _free(pool.concurrency_limit, sum(used.values())))
    for queue in _served(conn, pool, queue_names):
        if left <= 0:
            return
        if queue.is_paused:
            continue
        most = min(left, _free(queue.concurrency_limit, used.get(queue.id, 0)))
        due = store.due_in_queue(conn, queue.id, window, limit=most) if most > 0 else []
        left -= len(due)
        yield from due


def _free(limit: int | None, used: int) -> int:
    return MOST if limit is None else limit - used


def _claimed(conn: Connection, due: list[UUID], lease: Lease, now: datetime, new_id: NewId) -> list[Claim]:
    runs = [run for id in due if (run := flow_runs.lock_flow_run(conn, id)) is not None]
    concurrency.lock_limits(conn, sorted({run.deployment_id for run in runs if run.deployment_id is not None}))
    claimed = []
    for run in runs:
        pending = State(StateType.PENDING, "Pending", id=new_id(), timestamp=now)
        verdict, _ = move(conn, run, pending, now=now, spare_id=new_id())
        if isinstance(verdict, Accept):
            epoch = leases.take_lease(conn, run.id, lease.holder, now=now, ttl=lease.ttl)
            slots.keep(conn, run)
            if run.run_count:
                end_tasks_left_open(conn, run, now=now, new_id=new_id)
            claimed.append(Claim(run, epoch))
    return claimed


def soonest(db: Database, *, after: datetime) -> datetime | None:
    """When the next run of a deployment is due after a moment, or None where none is planned."""
    with db.read() as conn:
        return store.next_due(conn, after=after)
