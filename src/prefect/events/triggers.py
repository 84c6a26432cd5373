"""Triggers as programs write them; one of events reacts to them unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from prefect._domain.triggers import Posture
from prefect._wire import triggers as wire
from prefect._wire.models import Seconds, Text
from prefect._wire.triggers import AnyTrigger, MetricTrigger, MetricTriggerQuery, type_of


def reacting(given: Any) -> Any:
    """What was written of a trigger, in which every trigger of events has a posture."""
    if not isinstance(given, Mapping):
        return given
    parts = given.get("triggers")
    inner = {"triggers": [reacting(part) for part in parts]} if isinstance(parts, (list, tuple)) else {}
    posture = {"posture": Posture.Reactive.value} if type_of(given) == "event" else {}
    return {**posture, **given, **inner}


class EventTrigger(wire.EventTrigger):
    """Fires when `threshold` events that match came `within` a time; a proactive one when they did not come."""

    posture: Literal["Reactive", "Proactive"] = "Reactive"


class CompoundTrigger(wire.CompoundTrigger):
    """Fires when `require` of its triggers have fired `within` a time."""

    triggers: list[AnyTrigger]
    within: Seconds | None = None

    @model_validator(mode="before")
    @classmethod
    def _react(cls, given: Any) -> Any:
        return reacting(given)


class SequenceTrigger(wire.SequenceTrigger):
    """Fires when its triggers have fired one after the other, `within` a time."""

    triggers: list[AnyTrigger]
    within: Seconds | None = None

    @model_validator(mode="before")
    @classmethod
    def _react(cls, given: Any) -> Any:
        return reacting(given)


class _OfDeployment(BaseModel):
    """What can be said of the automation that a deployment's trigger makes, and of the runs that it makes."""

    name: Text | None = None
    description: Text = ""
    enabled: bool = True
    parameters: dict[str, Any] | None = None
    job_variables: dict[str, Any] | None = None
    schedule_after: Annotated[Seconds, Field(ge=timedelta(0))] = timedelta(0)


class DeploymentEventTrigger(_OfDeployment, EventTrigger): ...


class DeploymentCompoundTrigger(_OfDeployment, CompoundTrigger): ...


class DeploymentSequenceTrigger(_OfDeployment, SequenceTrigger): ...


class DeploymentMetricTrigger(_OfDeployment, MetricTrigger): ...


if TYPE_CHECKING:  # the checker knows no tags
    DeploymentTriggerTypes = (
        DeploymentEventTrigger | DeploymentCompoundTrigger | DeploymentSequenceTrigger | DeploymentMetricTrigger
    )
else:
    DeploymentTriggerTypes = Annotated[
        Annotated[DeploymentEventTrigger, Tag("event")]
        | Annotated[DeploymentCompoundTrigger, Tag("compound")]
        | Annotated[DeploymentSequenceTrigger, Tag("sequence")]
        | Annotated[DeploymentMetricTrigger, Tag("metric")],
        Discriminator(type_of),
    ]

__all__ = [
    "CompoundTrigger",
    "DeploymentCompoundTrigger",
    "DeploymentEventTrigger",
    "DeploymentMetricTrigger",
    "DeploymentSequenceTrigger",
    "DeploymentTriggerTypes",
    "EventTrigger",
    "MetricTrigger",
    "MetricTriggerQuery",
    "Posture",
    "SequenceTrigger",
]
