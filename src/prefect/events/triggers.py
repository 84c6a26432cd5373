"""Triggers as programs write them, and those of deployments, which say what is run, too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag

from prefect._domain.triggers import Posture
from prefect._wire.models import Seconds, Text
from prefect._wire.triggers import MetricTriggerQuery, type_of
from prefect._wire.written_automations import (
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    SequenceTrigger,
    TriggerTypes,
    reacting,
)


class BaseDeploymentTrigger(BaseModel):
    """What can be said of the automation that a deployment's trigger makes, and of the runs that it makes."""

    name: Text | None = None
    description: Text = ""
    enabled: bool = True
    parameters: dict[str, Any] | None = None
    job_variables: dict[str, Any] | None = None
    schedule_after: Annotated[Seconds, Field(ge=timedelta(0))] = timedelta(0)


class DeploymentEventTrigger(BaseDeploymentTrigger, EventTrigger): ...


class DeploymentCompoundTrigger(BaseDeploymentTrigger, CompoundTrigger): ...


class DeploymentSequenceTrigger(BaseDeploymentTrigger, SequenceTrigger): ...


class DeploymentMetricTrigger(BaseDeploymentTrigger, MetricTrigger): ...


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
    "BaseDeploymentTrigger",
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
    "TriggerTypes",
    "reacting",
]
