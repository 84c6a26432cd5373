"""Where runs wait for somebody who starts them: a work pool, its queues, and the workers that look after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

DEFAULT_POOL = "default-agent-pool"
"""The pool of deployments that name none; the server's own worker looks after it."""
DEFAULT_QUEUE = "default"
WORKER_STATUSES = ("ONLINE", "OFFLINE")


@dataclass(slots=True)
class WorkPool:
    """Queues of runs for one kind of worker; a paused pool starts nothing."""

    id: UUID
    name: str
    type: str = "process"
    description: str | None = None
    base_job_template: dict[str, Any] = field(default_factory=dict)
    is_paused: bool = False
    concurrency_limit: int | None = None
    default_queue_id: UUID | None = None
    status: str = "NOT_READY"
    storage_configuration: dict[str, Any] = field(default_factory=dict)
    created: datetime | None = None
    updated: datetime | None = None


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
    status: str = "NOT_READY"
    last_polled: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None
