"""A run of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from prefect._domain.as_models import AsModel
from prefect._domain.states import State, StateType


@dataclass(slots=True)
class TaskRunPolicy:
    """What a run carries for the rules that decide its retries; delays are in seconds."""

    retries: int | None = None
    retry_delay: float | list[float] | None = None
    retry_jitter_factor: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.retry_delay, int):
            self.retry_delay = float(self.retry_delay)


@dataclass(slots=True)
class TaskRun(AsModel):
    """One run of a task, inside a flow run or on its own.

    `task_inputs` names, for each parameter, the runs that its value came from: a list of
    `{"input_type": "task_run", "id": "<uuid>"}` (or "flow_run", "parameter", "constant").
    """

    _told: ClassVar[tuple[str, ...]] = ("state_id", "state_type", "state_name")

    id: UUID
    name: str
    task_key: str
    dynamic_key: str
    flow_run_id: UUID | None = None
    state: State | None = None
    tags: list[str] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)
    empirical_policy: TaskRunPolicy = field(default_factory=TaskRunPolicy)
    task_inputs: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    cache_key: str | None = None
    cache_expiration: datetime | None = None
    task_version: str | None = None
    run_count: int = 0
    flow_run_run_count: int = 0
    expected_start_time: datetime | None = None
    next_scheduled_start_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: timedelta = timedelta()
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def state_type(self) -> StateType | None:
        return self.state.type if self.state else None

    @property
    def state_name(self) -> str | None:
        return self.state.name if self.state else None

    @property
    def state_id(self) -> UUID | None:
        return self.state.id if self.state else None
