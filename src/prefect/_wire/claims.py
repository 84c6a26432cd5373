"""What a runner and a server tell each other: claims, who is alive, and processes that ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WithJsonSchema

from prefect._domain.deployments import Assignment
from prefect._domain.leases import Lease
from prefect._domain.states import StateType
from prefect._orchestration.duties.leases import Ended
from prefect._wire.models import Answer, Body, Text

Holder = Annotated[Text, Field(min_length=1, max_length=500)]
LeaseSeconds = Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)]
MOST = 200
"""How many runs one request may claim."""
MOST_AT_WORK = 10_000
"""How many runs one runner may have."""


class Leased(Body):
    """Who speaks, and for how long it is believed without a further word."""

    holder: Holder
    lease_seconds: LeaseSeconds = 60.0

    @property
    def lease(self) -> Lease:
        return Lease(self.holder, timedelta(seconds=self.lease_seconds))


RunIds = Annotated[list[UUID], Field(max_length=MOST_AT_WORK)]


class Claiming(Leased):
    """`known` are the holder's claims that it has heard of, each a run and its epoch; it is given the others again."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = 1
    known: Annotated[list[tuple[UUID, int]], Field(max_length=MOST_AT_WORK)] | None = None


class ClaimFromPool(Claiming):
    """Whose runs are wanted: those of some of a pool's queues, or of all."""

    queue_names: Annotated[list[Text], Field(max_length=MOST)] = Field(default_factory=list)


class ClaimOfDeployments(Claiming):
    deployment_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)]


class ClaimedRun(Answer):
    """A run that is the asker's to start, with what its process is told; it proposes Running in this epoch."""

    flow_run_id: UUID
    epoch: int
    name: str
    job: dict[str, Any]
    code: str | None = None
    assignment: Annotated[Assignment | None, WithJsonSchema({"type": "object"})] = None
    """What the run's process would ask for first; between parts of ours, so that its form is not told."""


class TakeHooks(Body):
    """Whose hooks are wanted: of the runs of a pool, or of deployments."""

    pool: Text | None = None
    queue_names: Annotated[list[Text], Field(max_length=MOST)] = Field(default_factory=list)
    deployment_ids: RunIds = Field(default_factory=list)
    limit: Annotated[int, Field(ge=1, le=MOST)] = 1


class RunWithHooks(Answer):
    """A run whose hooks are the asker's to call, and what it became."""

    run: ClaimedRun
    became: StateType


class RenewClaims(Leased):
    """The runs that the holder is starting or carrying out."""

    flow_run_ids: RunIds


class AtWork(Body):
    """The runs that somebody is carrying out."""

    flow_run_ids: RunIds = Field(default_factory=list)


class News(AtWork):
    """Whose runs somebody starts, and what it was told the last time; it is told again when that has changed."""

    pool: Text | None = None
    queue_names: Annotated[list[Text], Field(max_length=MOST)] = Field(default_factory=list)
    deployment_ids: RunIds = Field(default_factory=list)
    seen: Text = ""


class ThereIs(Answer):
    """What there is for a runner to do: the runs to end, and whether any can be claimed; `seen` stands for it all."""

    seen: str
    has_due: bool
    cancelling: list[UUID]


class ProcessEnded(Body):
    """The end of a process: who had it started under which claim, how its own leases begin, and how it ended."""

    claimer: Holder
    epoch: int
    holder: Holder | None
    message: Text
    was_killed: bool = False
    has_failed: bool = False

    @property
    def process(self) -> Ended:
        return Ended(self.claimer, self.epoch, self.holder, self.was_killed, self.has_failed)
