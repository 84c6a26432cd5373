"""What our own engine and a server tell each other: whole values, as JSON.

These bodies are between programs of one version; others use the routes of the nouns.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import assert_never

from prefect._domain.artifacts import Artifact
from prefect._domain.events import Event
from prefect._domain.flow_runs import Declared, Flow, FlowRun
from prefect._domain.leases import Lease, Tenure
from prefect._domain.logs import Log
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.verdicts import Abort, Accept, Reject, Verdict, Wait
from prefect._orchestration.flow_runs import Answer as Decided
from prefect._wire.models import Answer, Body

MOST_ENTRIES = 5_000
"""How many task runs, log lines and events one request may bring."""
MOST_CARRIED = 10_000
"""How many flow runs one process may carry out at once."""


class Leased(Body):
    """What may come with a lease that is asked for."""

    holder: str | None = None
    lease_seconds: float | None = None

    @property
    def lease(self) -> Lease | None:
        """The lease that is asked for."""
        if self.holder is None or self.lease_seconds is None:
            return None
        return Lease(self.holder, timedelta(seconds=self.lease_seconds))


class Beginning(Leased):
    """A new flow run in its first state, and the task run that stands for it in the flow that called it."""

    flow: Flow
    run: FlowRun
    state: State[Any]
    tracked_by: TaskRun | None = None


class Proposal(Leased):
    """A state that is proposed to a flow run. `spare_id` names the state that the laws may make instead."""

    state: State[Any]
    spare_id: UUID
    epoch: int | None = None
    declared: Declared | None = None


class Decision(Answer):
    """What became of a proposal, and the run as it is now."""

    status: Literal["ACCEPT", "REJECT", "WAIT", "ABORT"]
    reason: str = ""
    seconds: int = 0
    run: FlowRun
    epoch: int

    @classmethod
    def on(cls, decided: Decided) -> Decision:
        """The decision as it is told."""
        run, epoch = decided.run, decided.epoch
        match decided.verdict:
            case Accept():
                return cls(status="ACCEPT", run=run, epoch=epoch)
            case Reject(reason=reason):
                return cls(status="REJECT", reason=reason, run=run, epoch=epoch)
            case Wait(seconds=seconds, reason=reason):
                return cls(status="WAIT", reason=reason, seconds=seconds, run=run, epoch=epoch)
            case Abort(reason=reason):
                return cls(status="ABORT", reason=reason, run=run, epoch=epoch)
            case unknown:
                assert_never(unknown)

    def decided(self) -> Decided:
        """The decision as whoever proposed understands it."""
        return Decided(self._verdict(), self.run, self.epoch)

    def _verdict(self) -> Verdict:
        assert self.run.state is not None
        if self.status == "ACCEPT":
            return Accept(self.run.state)
        if self.status == "REJECT":
            return Reject(self.run.state, self.reason)
        return Wait(self.seconds, self.reason) if self.status == "WAIT" else Abort(self.reason)


class Place(Body):
    """A subflow's place in the flow that calls it."""

    tracking: TaskRun


class NewName(Body):
    name: str


class NewArtifact(Body):
    artifact: Artifact


class Entries(Body):
    """Task runs as they were when they entered their states, log lines and events, in the order in which it happened.

    `tenures` has for each of their flow runs by what right their process, the `holder`, writes of it.
    """

    task_runs: list[TaskRun] = Field(default_factory=list, max_length=MOST_ENTRIES)
    logs: list[Log] = Field(default_factory=list, max_length=MOST_ENTRIES)
    events: list[Event] = Field(default_factory=list, max_length=MOST_ENTRIES)
    holder: str = ""
    tenures: dict[UUID, Tenure] = Field(default_factory=dict, max_length=MOST_ENTRIES)


class FlowNamed(Body):
    """A flow whose runs are asked about."""

    flow_name: str


class Dead(Body):
    """Runs whose processes are known to be dead, each with who held it."""

    holders: dict[UUID, str] = Field(max_length=MOST_CARRIED)


class Renewal(Body):
    """A process that is alive, for how many seconds it is to be believed, and the epochs of what it carries out."""

    holder: str
    lease_seconds: float
    carried: dict[UUID, int] = Field(max_length=MOST_CARRIED)
