"""Actions as programs write and read them: `prefect.events.actions` has these classes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from prefect._domain.actions import KINDS, require_chosen
from prefect._domain.states import StateType
from prefect._wire.models import Seconds, Text


class Action(BaseModel):
    """Something that an automation does when its trigger has fired."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    type: str

    def describe_for_cli(self) -> str:
        """What it does, for a person."""
        return self.type.replace("-", " ").capitalize()


class DoNothing(Action):
    """Do nothing, which is still told of."""

    type: Literal["do-nothing"] = "do-nothing"


class _OnOne(Action):
    source: Literal["selected", "inferred"] = "selected"

    @model_validator(mode="after")
    def _is_chosen(self) -> Self:
        name = next(name for name in type(self).model_fields if name.endswith("_id"))
        require_chosen(self.source, name, getattr(self, name))
        return self

    def describe_for_cli(self) -> str:
        chosen = next(str(value) for name, value in self if name.endswith("_id"))
        return f"{super().describe_for_cli()} {'of the event' if self.source == 'inferred' else chosen}"


class DeploymentAction(_OnOne):
    """An action on a deployment: the one that is named, or that the event is about."""

    deployment_id: UUID | None = None


class RunDeployment(DeploymentAction):
    """Make a run of a deployment, due at once or some time later."""

    type: Literal["run-deployment"] = "run-deployment"
    parameters: dict[str, Any] | None = None
    job_variables: dict[str, Any] | None = None
    schedule_after: Annotated[Seconds, Field(ge=timedelta(0))] = timedelta(0)


class PauseDeployment(DeploymentAction):
    """Pause the schedules of a deployment."""

    type: Literal["pause-deployment"] = "pause-deployment"


class ResumeDeployment(DeploymentAction):
    """Have the schedules of a deployment go on."""

    type: Literal["resume-deployment"] = "resume-deployment"


class CancelFlowRun(Action):
    """Cancel the run that the event is about."""

    type: Literal["cancel-flow-run"] = "cancel-flow-run"


class DeleteFlowRun(Action):
    """Remove the run that the event is about."""

    type: Literal["delete-flow-run"] = "delete-flow-run"


class SuspendFlowRun(Action):
    """Suspend the run that the event is about."""

    type: Literal["suspend-flow-run"] = "suspend-flow-run"


class ResumeFlowRun(Action):
    """Resume the run that the event is about."""

    type: Literal["resume-flow-run"] = "resume-flow-run"


class ChangeFlowRunState(Action):
    """Put the run that the event is about into a state; by `force` also where no law allows it."""

    type: Literal["change-flow-run-state"] = "change-flow-run-state"
    name: Text | None = None
    state: StateType
    message: Text | None = None
    force: bool = False


class CallWebhook(Action):
    """Call a webhook by a block that is saved; the payload is a template."""

    type: Literal["call-webhook"] = "call-webhook"
    block_document_id: UUID
    payload: Text = ""


class SendNotification(Action):
    """Send a message by a block that is saved; subject and body are templates."""

    type: Literal["send-notification"] = "send-notification"
    block_document_id: UUID
    subject: Text = "Prefect automated notification"
    body: Text


class WorkPoolAction(_OnOne):
    """An action on a work pool: the one that is named, or that the event is about."""

    work_pool_id: UUID | None = None


class PauseWorkPool(WorkPoolAction):
    """Have no run of a work pool started."""

    type: Literal["pause-work-pool"] = "pause-work-pool"


class ResumeWorkPool(WorkPoolAction):
    """Have the runs of a work pool started again."""

    type: Literal["resume-work-pool"] = "resume-work-pool"


class WorkQueueAction(_OnOne):
    """An action on a work queue: the one that is named, or that the event is about."""

    work_queue_id: UUID | None = None


class PauseWorkQueue(WorkQueueAction):
    """Have no run of a queue started."""

    type: Literal["pause-work-queue"] = "pause-work-queue"


class ResumeWorkQueue(WorkQueueAction):
    """Have the runs of a queue started again."""

    type: Literal["resume-work-queue"] = "resume-work-queue"


class AutomationAction(_OnOne):
    """An action on an automation: the one that is named, or that the event is about."""

    automation_id: UUID | None = None


class PauseAutomation(AutomationAction):
    """Turn an automation off."""

    type: Literal["pause-automation"] = "pause-automation"


class ResumeAutomation(AutomationAction):
    """Turn an automation on."""

    type: Literal["resume-automation"] = "resume-automation"


class DeclareIncident(Action):
    """Declare an incident, which upstream's cloud knows; no server of ours takes it."""

    type: Literal["declare-incident"] = "declare-incident"


class UnknownAction(Action):
    """An action of a type that is not known here: it keeps all that was said of it, and is sent back unchanged."""

    model_config = ConfigDict(extra="allow", defer_build=True)


KNOWN: tuple[type[Action], ...] = (
    DoNothing,
    RunDeployment,
    PauseDeployment,
    ResumeDeployment,
    ResumeFlowRun,
    CancelFlowRun,
    DeleteFlowRun,
    ChangeFlowRunState,
    PauseWorkQueue,
    ResumeWorkQueue,
    SendNotification,
    CallWebhook,
    PauseAutomation,
    ResumeAutomation,
    SuspendFlowRun,
    PauseWorkPool,
    ResumeWorkPool,
    DeclareIncident,
)
TYPES = {*KINDS, "declare-incident"}


def _type_of(given: Any) -> str:
    told = given.get("type") if isinstance(given, dict) else getattr(given, "type", None)
    return told if told in TYPES else "unknown"


if TYPE_CHECKING:  # the checker knows no tags
    ActionTypes = Action
else:
    from functools import reduce
    from operator import or_

    _tagged = [Annotated[kind, Tag(kind.model_fields["type"].default)] for kind in KNOWN]
    ActionTypes = Annotated[reduce(or_, [*_tagged, Annotated[UnknownAction, Tag("unknown")]]), Discriminator(_type_of)]
