"""What the rules may know of a transition; whoever asks for a decision gathers it beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from prefect._domain.concurrency import SLOT_WAIT, CollisionStrategy
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType
from prefect._domain.task_runs import TaskRun

AnyRun = TypeVar("AnyRun", FlowRun, TaskRun)


class DeploymentFacts(NamedTuple):
    """The slots of the run's deployment as they are now; `limit` None means that there is no limit."""

    limit: int | None = None
    slot_is_free: bool = True
    slot_is_held: bool = False
    collision_strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    slot_wait: timedelta = timedelta(seconds=SLOT_WAIT)


class TagSlots(NamedTuple):
    """The slots of a task run's tags: the smallest limit, and seconds to wait for a slot (None: there is one)."""

    limit: int | None = None
    wait_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Facts(Generic[AnyRun]):
    """One proposed transition of one run.

    `spare_id` names the state that a rule makes in place of the proposed one. `jitter` is a random number from 0 to 1.
    `by_its_process` says that the proposal comes from the process that carries the run out; `process_died`, that it
    comes from whoever knows that this process is gone. `outermost` is the state of the run that a subflow is a part of,
    however deep. `tasks_done` says of a run that crashes how many task runs of it, and of its subflows, had completed.
    """

    run: AnyRun
    proposed: State
    now: datetime
    spare_id: UUID
    by_its_process: bool = False
    process_died: bool = False
    deployment: DeploymentFacts | None = None
    outermost: State | None = None
    tasks_done: int = 0
    flow_run_state: State | None = None
    flow_run_is_known: bool = True
    flow_was_retried: bool = False
    tag_slots: TagSlots | None = None
    cached: State | None = None
    max_cache_key_length: int = 2000
    jitter: float = 0.0

    @property
    def current(self) -> State | None:
        return self.run.state

    def state(self, type: StateType, name: str, *, message: str | None = None) -> State:
        """A state made by a rule, now."""
        return State(type=type, name=name, id=self.spare_id, timestamp=self.now, message=message)
