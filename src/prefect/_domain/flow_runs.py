"""A flow, a run of it, and who made the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from prefect._domain.as_models import AsModel
from prefect._domain.states import State, StateType


@dataclass(slots=True)
class Flow:
    """A flow as recorded: its name is unique in a database."""

    id: UUID
    name: str
    tags: list[str] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)
    created: datetime | None = None
    updated: datetime | None = None


STALLED_AT_ONCE = 3
"""How often in a row a run goes on at once though it gets no further."""
LONGEST_RESUME_DELAY = timedelta(minutes=5)


@dataclass(slots=True)
class FlowRunPolicy:
    """What a run carries for the rules that decide its retries, pauses and resumes; delays are in seconds.

    With `max_resumes` its flow is durable: that often it goes on after a crash, of which `resumes` are used up. At its
    last crash `tasks_done` of its task runs had completed; it is `stalled` so many times in a row without one more.
    """

    retries: int | None = None
    retry_delay: float | None = None
    pause_keys: set[str] = field(default_factory=set)
    resuming: bool | None = False
    retry_type: str | None = None
    max_resumes: int | None = None
    resumes: int = 0
    tasks_done: int = 0
    stalled: int = 0

    @property
    def is_durable(self) -> bool:
        return self.max_resumes is not None

    @property
    def may_resume(self) -> bool:
        """Whether a run goes on once more after a crash."""
        return self.max_resumes is not None and self.resumes < self.max_resumes

    def resumed(self, tasks_done: int) -> FlowRunPolicy:
        """The policy of a run that goes on after a crash, at which so many of its task runs had completed."""
        stalled = 0 if tasks_done > self.tasks_done else self.stalled + 1
        return replace(self, resumes=self.resumes + 1, tasks_done=tasks_done, stalled=stalled, resuming=True)

    @property
    def resume_delay(self) -> timedelta:
        """How long a run waits that goes on: not at all where it gets further, else ever longer."""
        over = self.stalled - STALLED_AT_ONCE
        return min(timedelta(seconds=2 ** min(over - 1, 20)), LONGEST_RESUME_DELAY) if over > 0 else timedelta()


@dataclass(slots=True)
class CreatedBy:
    """Who or what made a run: a user, a deployment, a schedule or an automation."""

    id: UUID | None = None
    type: str | None = None
    display_value: str | None = None


@dataclass(slots=True)
class FlowRun(AsModel):
    """One run of a flow."""

    _told: ClassVar[tuple[str, ...]] = ("state_id", "state_type", "state_name")

    id: UUID
    flow_id: UUID
    name: str
    state: State | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    empirical_policy: FlowRunPolicy = field(default_factory=FlowRunPolicy)
    flow_version: str | None = None
    deployment_id: UUID | None = None
    deployment_version: str | None = None
    work_queue_id: UUID | None = None
    work_queue_name: str | None = None
    idempotency_key: str | None = None
    parent_task_run_id: UUID | None = None
    run_count: int = 0
    expected_start_time: datetime | None = None
    next_scheduled_start_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    total_run_time: timedelta = timedelta()
    auto_scheduled: bool = False
    infrastructure_document_id: UUID | None = None
    infrastructure_pid: str | None = None
    created_by: CreatedBy | None = None
    job_variables: dict[str, Any] = field(default_factory=dict)
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


def differences(known: FlowRun, wanted: FlowRun) -> list[str]:
    """What is said otherwise of two runs that somebody takes for one, since they have the same idempotency key."""
    if known.id == wanted.id:
        return []
    plain = [name for name in ("deployment_id", "parameters", "job_variables") if _differ(known, wanted, name)]
    return plain + (["tags"] if set(known.tags) != set(wanted.tags) else [])


def _differ(known: FlowRun, wanted: FlowRun, name: str) -> bool:
    return bool(getattr(known, name) != getattr(wanted, name))


@dataclass(slots=True)
class Declared:
    """What a flow says of its runs, for one that was recorded before anybody had loaded the flow."""

    flow_version: str | None = None
    retries: int | None = None
    retry_delay: float | None = None
    max_resumes: int | None = None


def completed(run: FlowRun, declared: Declared) -> FlowRun:
    """A recorded run with what its flow says of it; what was said when it was made stays."""
    policy = run.empirical_policy
    if policy.retries is not None or run.flow_version is not None:
        return run
    delay = policy.retry_delay or declared.retry_delay
    resumes = policy.max_resumes if policy.max_resumes is not None else declared.max_resumes
    policy = replace(policy, retries=declared.retries, retry_delay=delay, max_resumes=resumes)
    return replace(run, empirical_policy=policy, flow_version=declared.flow_version)


@dataclass(slots=True)
class FlowRunInput:
    """A text that is sent to a flow run under a key; `sender` is the run that sent it, as `prefect.flow-run.<id>`."""

    id: UUID
    flow_run_id: UUID
    key: str
    value: str
    sender: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
