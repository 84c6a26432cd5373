"""Automations in JSON, with what they do. Their triggers have a file of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, PlainSerializer

from prefect._domain import actions as domain
from prefect._domain import automations
from prefect._domain.names import storable
from prefect._wire.filters import AutomationFilter, OrderOf
from prefect._wire.models import Answer, Body, Listed, Name, Query, Recorded, Seconds, Text
from prefect._wire.triggers import AnyTrigger


class ToldRunDeployment(Answer):
    type: Literal["run-deployment"]
    source: domain.Source
    deployment_id: UUID | None
    parameters: dict[str, Any] | None
    job_variables: dict[str, Any] | None
    schedule_after: Seconds


OtherAction = (
    domain.DoNothing
    | domain.PauseDeployment
    | domain.ResumeDeployment
    | domain.CancelFlowRun
    | domain.DeleteFlowRun
    | domain.ChangeFlowRunState
    | domain.PauseWorkQueue
    | domain.ResumeWorkQueue
    | domain.SendNotification
    | domain.CallWebhook
    | domain.PauseAutomation
    | domain.ResumeAutomation
    | domain.SuspendFlowRun
    | domain.ResumeFlowRun
    | domain.PauseWorkPool
    | domain.ResumeWorkPool
)


def require_storable(action: domain.Action) -> domain.Action:
    """The action, if every database takes its texts. Raises `ValueError`."""
    storable(vars(action))
    return action


def told(action: domain.Action) -> ToldRunDeployment | OtherAction:
    """An action as others are told it."""
    return ToldRunDeployment.of(action) if isinstance(action, domain.RunDeployment) else action


GivenAction = Annotated[
    Annotated[domain.RunDeployment | OtherAction, Field(discriminator="type")], AfterValidator(require_storable)
]
ToldAction = Annotated[domain.Action, PlainSerializer(told, return_type=ToldRunDeployment | OtherAction)]


class AutomationUpdate(Body):
    name: Name
    description: Text = ""
    enabled: bool = True
    tags: list[Text] = Field(default_factory=list)
    trigger: AnyTrigger
    actions: list[GivenAction]
    actions_on_trigger: list[GivenAction] = Field(default_factory=list)
    actions_on_resolve: list[GivenAction] = Field(default_factory=list)

    def automation(self, id: UUID) -> automations.Automation:
        """The automation that this says, under an id."""
        return automations.Automation(
            id=id,
            name=self.name,
            description=self.description,
            enabled=self.enabled,
            tags=self.tags,
            trigger=self.trigger.trigger(),
            actions=self.actions,
            actions_on_trigger=self.actions_on_trigger,
            actions_on_resolve=self.actions_on_resolve,
        )


class AutomationCreate(AutomationUpdate):
    owner_resource: Text | None = None


class AutomationPartialUpdate(Body):
    enabled: bool = True


class Automation(Recorded):
    name: str
    description: str
    enabled: bool
    tags: list[str]
    trigger: AnyTrigger
    actions: list[ToldAction]
    actions_on_trigger: list[ToldAction]
    actions_on_resolve: list[ToldAction]
    created: datetime | None
    updated: datetime | None


class CountAutomations(Query):
    automations: AutomationFilter | None = None


class ReadAutomations(Listed, CountAutomations):
    sort: Annotated[str, OrderOf("automation")] = "NAME_ASC"
