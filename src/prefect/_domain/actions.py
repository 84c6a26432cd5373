"""Actions: what an automation does when its trigger has fired.

An action on something is told which one (`source` is "selected"), or takes the one of the event ("inferred").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from prefect._domain.states import StateType

Source = Literal["selected", "inferred"]


class _Action:
    """What all actions share: who reads one that somebody sent lets fields go that are not known."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "ignore"}


@dataclass(frozen=True, kw_only=True)
class DoNothing(_Action):
    type: Literal["do-nothing"] = "do-nothing"


@dataclass(frozen=True, kw_only=True)
class CancelFlowRun(_Action):
    type: Literal["cancel-flow-run"] = "cancel-flow-run"


@dataclass(frozen=True, kw_only=True)
class DeleteFlowRun(_Action):
    type: Literal["delete-flow-run"] = "delete-flow-run"


@dataclass(frozen=True, kw_only=True)
class SuspendFlowRun(_Action):
    type: Literal["suspend-flow-run"] = "suspend-flow-run"


@dataclass(frozen=True, kw_only=True)
class ResumeFlowRun(_Action):
    type: Literal["resume-flow-run"] = "resume-flow-run"


@dataclass(frozen=True, kw_only=True)
class ChangeFlowRunState(_Action):
    """Put the run of the event into a state; by `force` also where no law allows it."""

    type: Literal["change-flow-run-state"] = "change-flow-run-state"
    state: StateType
    name: str | None = None
    message: str | None = None
    force: bool = False


@dataclass(frozen=True, kw_only=True)
class SendNotification(_Action):
    """Send a message by a block; subject and body are templates."""

    type: Literal["send-notification"] = "send-notification"
    block_document_id: UUID
    subject: str = "Prefect automated notification"
    body: str


@dataclass(frozen=True, kw_only=True)
class CallWebhook(_Action):
    """Call an address by a block; the payload is a template."""

    type: Literal["call-webhook"] = "call-webhook"
    block_document_id: UUID
    payload: str = ""


@dataclass(frozen=True, kw_only=True)
class _OnOne(_Action):
    """On something that is named in the field `acts_on`, or taken from the event."""

    acts_on: ClassVar[str]
    source: Source = "selected"

    def __post_init__(self) -> None:
        require_chosen(self.source, self.acts_on, getattr(self, self.acts_on))


@dataclass(frozen=True, kw_only=True)
class _OnDeployment(_OnOne):
    acts_on = "deployment_id"
    deployment_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RunDeployment(_OnDeployment):
    """Make a run of a deployment, due at once or some time later."""

    type: Literal["run-deployment"] = "run-deployment"
    parameters: dict[str, Any] | None = None
    job_variables: dict[str, Any] | None = None
    schedule_after: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.schedule_after < timedelta(0):
            raise ValueError(f"schedule_after: a run is due later, not {self.schedule_after.total_seconds()} s after")


@dataclass(frozen=True, kw_only=True)
class PauseDeployment(_OnDeployment):
    type: Literal["pause-deployment"] = "pause-deployment"


@dataclass(frozen=True, kw_only=True)
class ResumeDeployment(_OnDeployment):
    type: Literal["resume-deployment"] = "resume-deployment"


@dataclass(frozen=True, kw_only=True)
class _OnWorkPool(_OnOne):
    acts_on = "work_pool_id"
    work_pool_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PauseWorkPool(_OnWorkPool):
    type: Literal["pause-work-pool"] = "pause-work-pool"


@dataclass(frozen=True, kw_only=True)
class ResumeWorkPool(_OnWorkPool):
    type: Literal["resume-work-pool"] = "resume-work-pool"


@dataclass(frozen=True, kw_only=True)
class _OnWorkQueue(_OnOne):
    acts_on = "work_queue_id"
    work_queue_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PauseWorkQueue(_OnWorkQueue):
    type: Literal["pause-work-queue"] = "pause-work-queue"


@dataclass(frozen=True, kw_only=True)
class ResumeWorkQueue(_OnWorkQueue):
    type: Literal["resume-work-queue"] = "resume-work-queue"


@dataclass(frozen=True, kw_only=True)
class _OnAutomation(_OnOne):
    acts_on = "automation_id"
    automation_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PauseAutomation(_OnAutomation):
    type: Literal["pause-automation"] = "pause-automation"


@dataclass(frozen=True, kw_only=True)
class ResumeAutomation(_OnAutomation):
    type: Literal["resume-automation"] = "resume-automation"


Action = (
    DoNothing
    | RunDeployment
    | PauseDeployment
    | ResumeDeployment
    | CancelFlowRun
    | DeleteFlowRun
    | ChangeFlowRunState
    | PauseWorkQueue
    | ResumeWorkQueue
    | SendNotification
    | CallWebhook
    | PauseAutomation
    | ResumeAutomation
    | SuspendFlowRun
    | ResumeFlowRun
    | PauseWorkPool
    | ResumeWorkPool
)
KINDS: dict[str, Any] = {kind.type: kind for kind in Action.__args__}
RESOURCES = {
    "deployment_id": "prefect.deployment",
    "work_pool_id": "prefect.work-pool",
    "work_queue_id": "prefect.work-queue",
    "automation_id": "prefect.automation",
    "block_document_id": "prefect.block-document",
}
"""The kinds of resources to which fields of actions refer."""


def require_chosen(source: Source, name: str, chosen: UUID | None) -> None:
    """Raises `ValueError` where an action is not told on what it acts, or is told though it takes it from the event."""
    if source == "selected" and chosen is None:
        raise ValueError(f"{name}: an action on what is selected names it")
    if source == "inferred" and chosen is not None:
        raise ValueError(f"{name}: an action on what is inferred from the event names nothing")


def resource_of(action: Action) -> str | None:
    """The resource to which an action refers, such as `prefect.deployment.<id>`, or None."""
    for name, kind in RESOURCES.items():
        chosen = getattr(action, name, None)
        if chosen is not None:
            return f"{kind}.{chosen}"
    return None


def read_action(kept: Mapping[str, Any]) -> Action:
    """The action of which these fields were kept."""
    kind = KINDS[kept["type"]]
    known = {field.name for field in fields(kind)}
    action: Action = kind(**{name: _read(name, value) for name, value in kept.items() if name in known})
    return action


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in RESOURCES:
        return UUID(value)
    if name == "schedule_after":
        return timedelta(seconds=value)
    return StateType(value) if name == "state" else value
