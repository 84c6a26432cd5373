"""Where runs wait for somebody who starts them: a work pool, its queues, and the workers that look after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect._domain.names import BANNED

DEFAULT_POOL = "default-agent-pool"
"""The pool of deployments that name none; the server's own worker looks after it."""
DEFAULT_QUEUE = "default"
WORKER_STATUSES = ("ONLINE", "OFFLINE")
RESERVED = "prefect"
"""The beginning of names that no user gives to a pool."""
POLLED_WITHIN = 60.0
"""Seconds after which a queue that nobody asked for runs counts as not looked after."""
HEARTBEAT = 30.0
"""Seconds between the heartbeats of a worker that does not say how often it sends them."""
MISSED_BEATS = 3
"""After so many a worker counts as gone."""


@dataclass(slots=True)
class WorkPool:
    """Queues of runs for one kind of worker; a paused pool starts nothing.

    Somebody looks after it until `alive_until`, as far as its workers and runners have said.
    """

    id: UUID
    name: str
    type: str = "process"
    description: str | None = None
    base_job_template: dict[str, Any] = field(default_factory=dict)
    is_paused: bool = False
    concurrency_limit: int | None = None
    default_queue_id: UUID | None = None
    storage_configuration: dict[str, Any] = field(default_factory=dict)
    alive_until: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None

    def status(self, now: datetime) -> str:
        """PAUSED, READY while somebody looks after it, or NOT_READY."""
        if self.is_paused:
            return "PAUSED"
        return "READY" if self.alive_until is not None and self.alive_until >= now else "NOT_READY"


@dataclass(slots=True)
class WorkQueue:
    """One line of a pool; of two queues the one with the smaller priority is served first."""

    id: UUID
    work_pool_id: UUID
    name: str = DEFAULT_QUEUE
    description: str = ""
    is_paused: bool = False
    concurrency_limit: int | None = None
    priority: int = 1
    filter: dict[str, Any] | None = None
    last_polled: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None

    def status(self, now: datetime) -> str:
        """PAUSED, READY while somebody asks for its runs, or NOT_READY."""
        if self.is_paused:
            return "PAUSED"
        return "READY" if is_fresh(self.last_polled, now, timedelta(seconds=POLLED_WITHIN)) else "NOT_READY"


@dataclass(slots=True)
class Worker:
    """A process that starts the runs of a pool, as far as its heartbeats tell."""

    id: UUID
    work_pool_id: UUID
    name: str
    last_heartbeat_time: datetime | None = None
    heartbeat_interval_seconds: float | None = None
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def patience(self) -> timedelta:
        """How long it counts as there after a heartbeat."""
        return patience_with(self.heartbeat_interval_seconds)

    def status(self, now: datetime) -> str:
        """ONLINE, or OFFLINE once three heartbeats have been missed."""
        return "ONLINE" if is_fresh(self.last_heartbeat_time, now, self.patience) else "OFFLINE"


def patience_with(interval_seconds: float | None) -> timedelta:
    """How long a worker that sends heartbeats so often counts as there after one."""
    return timedelta(seconds=(interval_seconds or HEARTBEAT) * MISSED_BEATS)


def is_fresh(sign: datetime | None, now: datetime, patience: timedelta) -> bool:
    """Whether a sign of life is young enough to believe in."""
    return sign is not None and now - sign <= patience


def checked_name(name: str) -> str:
    """The name, if it may name a pool, a queue or a worker. Raises `ValueError`."""
    if not name.strip() or any(character in BANNED for character in name):
        raise ValueError(f"A name is not empty and holds none of {' '.join(BANNED)}; {name!r} does not fit.")
    return name
