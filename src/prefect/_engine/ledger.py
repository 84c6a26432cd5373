"""Where the runs of this process are written: the same few operations on a database here, or on a server's.

`local.py` has the first, `remote.py` the second; a program loads the one that it uses when its first run begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

from prefect._domain.artifacts import Artifact
from prefect._domain.flow_runs import Declared, Flow, FlowRun
from prefect._domain.leases import Lease, Tenures
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._store.database import Database
from prefect._store.journal import Entry

if TYPE_CHECKING:
    from prefect._domain.deployments import Assignment
    from prefect._orchestration.flow_runs import Answer


class Taking(NamedTuple):
    """A task worker that asks for runs: which it can carry out, which it has, and how many more it takes."""

    worker_id: str
    task_keys: list[str]
    known: list[UUID]
    limit: int
    ttl: timedelta


class Ledger(Protocol):
    """What the engine asks of the place where runs are written. Each call may be repeated without harm."""

    @property
    def place(self) -> str:
        """The address of the place: a database's, or a server's."""

    @property
    def db(self) -> Database:
        """The database itself. Raises `ConfigurationError` where a server has it."""

    def begin(
        self, flow: Flow, run: FlowRun, state: State, tracked_by: TaskRun | None, lease: Lease | None
    ) -> FlowRun: ...
    def read(self, flow_run_id: UUID) -> FlowRun | None: ...
    def assignment(self, flow_run_id: UUID) -> Assignment | None:
        """A run with the deployment whose code it runs, if it has one; None where there is no such run."""

    def make_ready(self) -> None:
        """Connect, so that the first question is answered like every other. Raises what a place raises that is away."""

    def parent_of(self, run: FlowRun) -> UUID | None: ...
    def root_of(self, run: FlowRun) -> UUID: ...
    def flow_name(self, flow_id: UUID) -> str | None: ...
    def halted(self, flow_run_ids: Sequence[UUID]) -> list[FlowRun]:
        """Those of some runs that are paused or suspended."""

    def earlier_subflow(self, parent: UUID, tracking: TaskRun) -> FlowRun | None: ...
    def completed_tasks(self, flow_run_id: UUID) -> list[UUID]:
        """The task runs of a flow run that are recorded as completed."""

    def propose(
        self, run: FlowRun, state: State, lease: Lease | None, epoch: int | None, declared: Declared | None = None
    ) -> Answer: ...
    def rename(self, flow_run_id: UUID, name: str) -> None: ...
    def renew(self, lease: Lease, carried: Mapping[UUID, int]) -> bool: ...
    def write(self, batch: list[Entry], tenures: Tenures) -> None: ...
    def make_artifact(self, artifact: Artifact) -> None:
        """Record an artifact; where the server is away, it is kept, and delivered later."""

    def change_artifact(self, artifact_id: UUID, changes: dict[str, Any]) -> None:
        """Change an artifact's data, description or metadata; later where the server is away."""

    def take(self, taking: Taking, seconds: float) -> list[TaskRun]:
        """Background task runs for a worker, as soon as there are any; none after so many seconds."""

    def leave(self, worker_id: str) -> None:
        """A task worker goes."""

    def has_ended(self, task_run_id: UUID, seconds: float) -> bool:
        """Whether a task run has ended; the answer comes as soon as it has, or after so many seconds."""

    def close(self) -> None: ...
