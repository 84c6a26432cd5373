"""Automations as programs write and read them: `prefect.automations` and `prefect.events` have these classes.

A server is told the same, but takes no trigger of a metric, and no action that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    RootModel,
    Tag,
    model_validator,
)
from typing_extensions import Self

from prefect._domain import triggers as domain
from prefect._domain.automations import deployment_resource
from prefect._domain.triggers import Posture
from prefect._wire import triggers as wire
from prefect._wire.models import Seconds, Text
from prefect._wire.triggers import Labels, MetricTriggerQuery, ResourceSpecification, type_of
from prefect._wire.written_actions import ActionTypes, RunDeployment


def reacting(given: Any) -> Any:
    """What was written of a trigger, in which every trigger of events has a posture."""
    if not isinstance(given, Mapping):
        return given
    parts = given.get("triggers")
    inner = {"triggers": [reacting(part) for part in parts]} if isinstance(parts, (list, tuple)) else {}
    posture = {"posture": Posture.Reactive.value} if type_of(given) == "event" else {}
    return {**posture, **given, **inner}


def _plain(given: Any) -> Any:
    """Labels that somebody wrote as a `ResourceSpecification`, as a mapping."""
    return given.root if isinstance(given, RootModel) else given


Specification = Annotated[ResourceSpecification, BeforeValidator(_plain)]


class Trigger(BaseModel):
    """What has to happen before an automation acts."""

    model_config = ConfigDict(extra="ignore", from_attributes=True, defer_build=True)

    type: str
    id: UUID | None = None

    _deployment_id: UUID | None = PrivateAttr(default=None)

    def set_deployment_id(self, deployment_id: UUID) -> None:
        """Say of which deployment it is the trigger."""
        self._deployment_id = deployment_id

    def owner_resource(self) -> str | None:
        """The resource that owns the automation: the deployment, if it is the trigger of one."""
        return deployment_resource(self._deployment_id) if self._deployment_id is not None else None

    def actions(self) -> list[ActionTypes]:
        """What is done when it fires: its deployment is run."""
        said = {name: value for name, value in self if name in ("parameters", "job_variables", "schedule_after")}
        return [RunDeployment.model_validate({"deployment_id": self._deployment_id, **said})]

    def as_automation(self) -> AutomationCore:
        """The automation that acts when it fires."""
        said = {name: value for name, value in self if name in ("name", "description", "enabled") and value is not None}
        return AutomationCore.model_validate(
            {
                "name": f"Automation for deployment {self._deployment_id}",
                **said,
                "trigger": self.model_dump(),
                "actions": self.actions(),
                "owner_resource": self.owner_resource(),
            }
        )

    def describe_for_cli(self, indent: int = 0) -> str:
        """What it waits for, for a person."""
        return f"{' ' * indent}{self.type}"


class ResourceTrigger(Trigger):
    """A trigger about resources that have certain labels."""

    match: Specification = Field(default_factory=dict)
    match_related: Specification | list[Specification] = Field(default_factory=dict)


class EventTrigger(ResourceTrigger):
    """Fires when `threshold` events that match came `within` a time; a proactive one when they did not come."""

    type: Literal["event"] = "event"
    after: Labels = Field(default_factory=set)
    expect: Labels = Field(default_factory=set)
    for_each: Labels = Field(default_factory=set)
    posture: Literal[Posture.Reactive, Posture.Proactive] = Posture.Reactive
    threshold: Annotated[int, Field(le=2**31)] = 1
    within: Seconds = timedelta(0)

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        self.within = wire.EventTrigger.model_validate(self.model_dump()).trigger().within
        return self

    def describe_for_cli(self, indent: int = 0) -> str:
        names = ", ".join(sorted(self.expect)) or "any event"
        how = f"{self.threshold} of " if self.threshold > 1 else ""
        within = f" within {self.within.total_seconds():g} s" if self.within else ""
        told = f"{how}{names}{within}" if self.posture is Posture.Reactive else f"no {how}{names}{within}"
        return " " * indent + told


class MetricTrigger(ResourceTrigger):
    """Fires when a figure is beyond a threshold; no server of ours takes it."""

    type: Literal["metric"] = "metric"
    posture: Literal[Posture.Metric] = Posture.Metric
    metric: MetricTriggerQuery

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        domain.MetricTrigger(**dict(self.metric))
        return self


class CompositeTrigger(Trigger):
    """A trigger that is made of others."""

    triggers: list[TriggerTypes]
    within: Seconds | None = None

    @model_validator(mode="before")
    @classmethod
    def _react(cls, given: Any) -> Any:
        return reacting(given)

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        domain.require_parts(self.triggers)
        domain.require_time("within", self.within)
        return self

    def describe_for_cli(self, indent: int = 0) -> str:
        parts = [part.describe_for_cli(indent + 2) for part in self.triggers]
        return "\n".join([f"{' ' * indent}{self.type}:", *parts])


class CompoundTrigger(CompositeTrigger):
    """Fires when `require` of its triggers have fired `within` a time."""

    type: Literal["compound"] = "compound"
    require: int | Literal["any", "all"]

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        domain.require_number(self.require, len(self.triggers))
        return self


class SequenceTrigger(CompositeTrigger):
    """Fires when its triggers have fired one after the other, `within` a time."""

    type: Literal["sequence"] = "sequence"


if TYPE_CHECKING:  # the checker knows no tags
    TriggerTypes = EventTrigger | CompoundTrigger | SequenceTrigger | MetricTrigger
else:
    TriggerTypes = Annotated[
        Annotated[EventTrigger, Tag("event")]
        | Annotated[CompoundTrigger, Tag("compound")]
        | Annotated[SequenceTrigger, Tag("sequence")]
        | Annotated[MetricTrigger, Tag("metric")],
        Discriminator(type_of),
    ]


class AutomationCore(BaseModel):
    """An automation: what has to happen, and what is done then."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    name: Text
    description: Text = ""
    enabled: bool = True
    tags: list[Text] = Field(default_factory=list)
    trigger: TriggerTypes
    actions: list[ActionTypes]
    actions_on_trigger: list[ActionTypes] = Field(default_factory=list)
    actions_on_resolve: list[ActionTypes] = Field(default_factory=list)
    owner_resource: Text | None = None


class Automation(AutomationCore):
    """An automation that is recorded."""

    id: UUID
