"""A log line that a run left."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Log(NamedTuple):
    """One log line; `level` is the number that `logging` gives it (20 is INFO)."""

    id: UUID
    name: str
    level: int
    message: str
    timestamp: datetime
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
