"""The worker that lives in the server: it starts the runs of the default pool, and tells of it as other workers do."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from prefect._clock import new_id, now
from prefect._domain.events import Event, Resource
from prefect._domain.leases import NO_TENURES
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._orchestration import deployments, journal, work_pools
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound
from prefect.runner.hosting import runs_carried_out
from prefect.runner.run_events import RunEvents, pool_around, worker_resource
from prefect.runner.source import EmbeddedSource

logger = logging.getLogger("prefect.events")


@contextmanager
def own_worker(db: Database) -> Iterator[None]:
    """Start the runs of the default pool inside the block, as soon as there is a deployment."""
    worker = worker_resource("process", f"Server {platform.node()}")
    events = RunEvents(worker, partial(_around, db), tell=partial(_record, db))
    source = EmbeddedSource(db, pool=DEFAULT_POOL)
    events.started()
    try:
        with runs_carried_out(source, is_needed=lambda: deployments.count(db, {}) > 0, events=events):
            yield
    finally:
        events.stopped()


def _around(db: Database) -> Sequence[Resource]:
    """The pool, once there is one and it can be read; an event is told without it."""
    try:
        return [pool_around(work_pools.read(db, DEFAULT_POOL, now=now()).pool)]
    except ObjectNotFound:
        return []
    except Exception as error:  # noqa: BLE001  # an event must not end the worker
        logger.warning("The work pool of the server's worker cannot be read: %s", error)
        return []


def _record(db: Database, event: Event) -> None:
    """Record an event in the server's own database, whatever its settings name; a run goes on without it."""
    try:
        journal.write(db, [event], NO_TENURES, now=now(), new_id=new_id)
    except Exception as error:  # noqa: BLE001  # an event must not end the worker
        logger.error("The event %s could not be recorded: %s", event.event, error)


__all__ = ["own_worker"]
