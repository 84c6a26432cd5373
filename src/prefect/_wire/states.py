"""States in JSON, and what becomes of those that are proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, PlainSerializer
from typing_extensions import assert_never

from prefect._domain import states as domain
from prefect._domain.states import StateType
from prefect._domain.transitions.verdicts import Abort, Accept, Reject, Verdict, Wait
from prefect._wire.models import Answer, Body, Json, Moment, Name, Query, Text


class StateDetails(Query):
    """What a state carries for orchestration."""

    model_config = ConfigDict(from_attributes=True)

    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
    child_flow_run_id: UUID | None = None
    scheduled_time: Moment | None = None
    cache_key: Text | None = None
    cache_expiration: Moment | None = None
    deferred: bool | None = False
    untrackable_result: bool = False
    pause_timeout: Moment | None = None
    pause_reschedule: bool = False
    pause_key: Text | None = None
    run_input_keyset: dict[Text, Text] | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    transition_id: UUID | None = None
    task_parameters_id: UUID | None = None
    traceparent: Text | None = None
    deployment_concurrency_lease_id: UUID | None = None

    def details(self) -> domain.StateDetails:
        """The details that this says."""
        return domain.StateDetails(**self.given())

    def given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class State(Answer):
    """A state in JSON."""

    id: UUID
    type: StateType
    name: str | None
    timestamp: datetime
    message: str | None
    data: Any | None
    state_details: StateDetails


def told(state: domain.State) -> State:
    """A state as others are told it: of a kept result where it is, of one that was not kept nothing."""
    data = None if domain.is_unkept(state.data) else getattr(state.data, "metadata", state.data)
    return State.of(replace(state, data=data))


ToldState = Annotated[domain.State[Any], PlainSerializer(told, return_type=State)]
"""A state of the domain, which is written as `State` is."""


class StateCreate(Body):
    """A state that is proposed to a run."""

    type: StateType
    name: Name | None = None
    message: Text | None = None
    data: Json | None = None
    state_details: StateDetails = Field(default_factory=StateDetails)

    def state(self, id: UUID, *, now: datetime) -> domain.State:
        """The state that is proposed; a scheduled one without a time is due now."""
        details = self.state_details.details()
        if self.type is StateType.SCHEDULED and details.scheduled_time is None:
            details.scheduled_time = now
        return domain.State(self.type, self.name or "", id, now, self.message, self.data, details)


class SetStateStatus(str, Enum):
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    ABORT = "ABORT"
    WAIT = "WAIT"


class StateAcceptDetails(Answer):
    type: Literal["accept_details"] = "accept_details"


class StateRejectDetails(Answer):
    type: Literal["reject_details"] = "reject_details"
    reason: str | None = None


class StateAbortDetails(Answer):
    type: Literal["abort_details"] = "abort_details"
    reason: str | None = None


class StateWaitDetails(Answer):
    type: Literal["wait_details"] = "wait_details"
    delay_seconds: int
    reason: str | None = None


Details = Annotated[
    StateAcceptDetails | StateWaitDetails | StateRejectDetails | StateAbortDetails, Field(discriminator="type")
]


class OrchestrationResult(Answer):
    """What became of a proposal: the state that the run is in where it was accepted or another one took its place."""

    state: ToldState | None
    status: SetStateStatus
    details: Details

    @classmethod
    def on(cls, verdict: Verdict, state: domain.State | None) -> OrchestrationResult:
        """What became of a proposal to a run that is in this state now."""
        match verdict:
            case Accept():
                return cls(state=state, status=SetStateStatus.ACCEPT, details=StateAcceptDetails())
            case Reject(reason=reason):
                return cls(state=state, status=SetStateStatus.REJECT, details=StateRejectDetails(reason=reason))
            case Wait(seconds=seconds, reason=reason):
                details = StateWaitDetails(delay_seconds=seconds, reason=reason)
                return cls(state=None, status=SetStateStatus.WAIT, details=details)
            case Abort(reason=reason):
                return cls(state=None, status=SetStateStatus.ABORT, details=StateAbortDetails(reason=reason))
            case unknown:
                assert_never(unknown)


class SetState(Query):
    state: StateCreate
    force: bool = False


class RunInput(Query):
    """Where a value that a run was given came from."""

    model_config = ConfigDict(frozen=True)


class FlowRunResult(RunInput):
    input_type: Literal["flow_run"] = "flow_run"
    id: UUID


class TaskRunResult(RunInput):
    input_type: Literal["task_run"] = "task_run"
    id: UUID


class Parameter(RunInput):
    input_type: Literal["parameter"] = "parameter"
    name: Text


class Constant(RunInput):
    input_type: Literal["constant"] = "constant"
    type: Text


Input = TaskRunResult | FlowRunResult | Parameter | Constant
"""Where a value that a task was given came from."""
