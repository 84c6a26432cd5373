"""What can be done with the queues of work pools."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.flow_runs import FlowRun
from prefect._domain.work_pools import DEFAULT_POOL, WorkPool, WorkQueue, checked_name
from prefect._orchestration.duties.foreman import write_status
from prefect._orchestration.telling import changes as changes_of
from prefect._orchestration.telling import told_of_queue
from prefect._orchestration.work_pools import ensure_pool, pool_named
from prefect._store import flow_runs
from prefect._store import work_pools as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, ProtectedName

NewId = Callable[[], UUID]
Key = UUID | tuple[str, str]
"""A queue's id, or the names of its pool and of itself."""


class FoundQueue(NamedTuple):
    """A queue, the name of its pool, its status, and how many of its runs are under way."""

    queue: WorkQueue
    work_pool_name: str
    status: str
    active_slots: int


class Health(NamedTuple):
    """Whether a queue is looked after, and why not."""

    healthy: bool
    late_runs_count: int
    last_polled: datetime | None


def create(db: Database, pool_name: str, name: str, *, now: datetime, new_id: NewId, **fields: Any) -> FoundQueue:
    """A new queue of a pool; with a priority that is taken, the others move back.

    The default pool is made where it is not there. Raises `ObjectNotFound` for another one, `ObjectAlreadyExists` where
    the name is taken.
    """
    checked_name(name)
    id = new_id()
    with db.write() as conn:
        if pool_name == DEFAULT_POOL:
            ensure_pool(conn, pool_name, now=now, new_id=new_id)
        pool = pool_named(conn, pool_name)
        known = store.read_work_queue(conn, pool.id, name)
        if known is not None and known.id == id:
            return found_queue(conn, known, pool.name, now)
        if known is not None:
            raise ObjectAlreadyExists(ValueError(f"The work pool {pool_name!r} has a queue {name!r} already."))
        queues = store.list_work_queues(conn, pool.id)
        priority = fields.pop("priority", None) or max((queue.priority for queue in queues), default=0) + 1
        if any(queue.priority == priority for queue in queues):
            store.make_room(conn, pool.id, priority)
        queue = WorkQueue(id, pool.id, name, priority=priority, created=now, updated=now, **fields)
        store.insert_work_queue(conn, queue)
        told_of_queue(conn, "created", queue, now=now)
        return found_queue(conn, queue, pool.name, now)


def read(db: Database, pool_name: str, name: str, *, now: datetime) -> FoundQueue:
    """A queue of a pool. Raises `ObjectNotFound`."""
    with db.read() as conn:
        queue = queue_named(conn, pool_named(conn, pool_name), name)
        return found_queue(conn, queue, pool_name, now)


def read_by_id(db: Database, queue_id: UUID, *, now: datetime) -> FoundQueue:
    """The queue with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        queue = queue_with(conn, queue_id)
        pool = store.read_work_pool_by_id(conn, queue.work_pool_id)
        assert pool is not None
        return found_queue(conn, queue, pool.name, now)


def list_queues(
    db: Database,
    *,
    pool_name: str | None = None,
    filter: Filter = EVERYTHING,
    limit: int,
    offset: int = 0,
    now: datetime,
) -> list[FoundQueue]:
    """Queues in the order in which they are served: those of a pool, or of all. Raises `ObjectNotFound`."""
    with db.read() as conn:
        pool_id = pool_named(conn, pool_name).id if pool_name is not None else None
        listed = store.find_work_queues(conn, pool_id=pool_id, filter=filter, limit=limit, offset=offset)
        return [found_queue(conn, queue, name, now) for queue, name in listed]


def count(db: Database, pool_name: str) -> int:
    """How many queues a pool has. Raises `ObjectNotFound`."""
    with db.read() as conn:
        return len(store.list_work_queues(conn, pool_named(conn, pool_name).id))


def update(db: Database, key: Key, changes: dict[str, Any], *, now: datetime) -> None:
    """Change some fields of the queue with that id, or of that pool and name.

    Raises `ObjectNotFound`, and `ObjectAlreadyExists` for a name in use.
    """
    if changes.get("name") is not None:
        checked_name(changes["name"])
    with db.write() as conn:
        queue = _queue(conn, key)
        name = changes.get("name") or queue.name
        if name != queue.name and store.read_work_queue(conn, queue.work_pool_id, name) is not None:
            raise ObjectAlreadyExists(ValueError(f"Its work pool has a queue {name!r} already."))
        priority = changes.get("priority")
        others = [other for other in store.list_work_queues(conn, queue.work_pool_id) if other.id != queue.id]
        if priority is not None and any(other.priority == priority for other in others):
            store.make_room(conn, queue.work_pool_id, priority)
        store.update_work_queue(conn, queue.id, changes, now=now)
        changed = queue_with(conn, queue.id)
        payload = changes_of(queue, changed)
        if payload and payload["updated_fields"] != ["is_paused"]:
            told_of_queue(conn, "updated", changed, now=now, payload=payload)
        if "is_paused" in changes:
            write_status(conn, now=now)


def delete(db: Database, key: Key, *, now: datetime) -> None:
    """Remove the queue with that id, or of that pool and name; its deployments wait in none from then on.

    Raises `ObjectNotFound`, and `ProtectedName` for a pool's default queue.
    """
    with db.write() as conn:
        queue = _queue(conn, key)
        pool = store.read_work_pool_by_id(conn, queue.work_pool_id)
        if pool is not None and pool.default_queue_id == queue.id:
            raise ProtectedName(f"{queue.name!r} is the default queue of its work pool, which needs one.")
        told_of_queue(conn, "deleted", queue, now=now)
        store.delete_work_queue(conn, queue.id)


def health(db: Database, queue_id: UUID, *, now: datetime) -> Health:
    """Whether a queue is looked after: asked for its runs of late, and none of them late. Raises `ObjectNotFound`."""
    with db.read() as conn:
        queue = queue_with(conn, queue_id)
        late = store.late_in_queue(conn, queue.id)
        return Health(queue.status(now) == "READY" and late == 0, late, queue.last_polled)


def holders(db: Database, queue_id: UUID, *, limit: int, offset: int = 0) -> list[FlowRun]:
    """The runs of a queue that are under way, the longest first."""
    with db.read() as conn:
        ids = store.slot_holders(conn, queue_id, limit=limit, offset=offset)
        return [run for id in ids if (run := flow_runs.read_flow_run(conn, id)) is not None]


def _queue(conn: Connection, key: Key) -> WorkQueue:
    if isinstance(key, UUID):
        return queue_with(conn, key)
    return queue_named(conn, pool_named(conn, key[0]), key[1])


def queue_named(conn: Connection, pool: WorkPool, name: str) -> WorkQueue:
    """A queue of a pool. Raises `ObjectNotFound`."""
    queue = store.read_work_queue(conn, pool.id, name)
    if queue is None:
        raise ObjectNotFound(help_message=f"The work pool {pool.name!r} has no queue {name!r}.")
    return queue


def queue_with(conn: Connection, queue_id: UUID) -> WorkQueue:
    """The queue with that id. Raises `ObjectNotFound`."""
    queue = store.read_work_queue_by_id(conn, queue_id)
    if queue is None:
        raise ObjectNotFound(help_message=f"There is no work queue {queue_id}.")
    return queue


def found_queue(conn: Connection, queue: WorkQueue, pool_name: str, now: datetime) -> FoundQueue:
    """A queue with what is told of it."""
    used = store.slots_in_use(conn, queue.work_pool_id).get(queue.id, 0)
    return FoundQueue(queue, pool_name, queue.status(now), used)
