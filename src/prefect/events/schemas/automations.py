"""Door: automations and their triggers, which live in `prefect._wire.written_automations`."""

from prefect._domain.triggers import MetricTriggerOperator, Posture, PrefectMetric
from prefect._wire.events import ResourceSpecification
from prefect._wire.triggers import MetricTriggerQuery
from prefect._wire.triggers import type_of as trigger_discriminator
from prefect._wire.written_automations import (
    Automation,
    AutomationCore,
    CompositeTrigger,
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    ResourceTrigger,
    SequenceTrigger,
    Trigger,
    TriggerTypes,
)

__all__ = [
    "Automation",
    "AutomationCore",
    "CompositeTrigger",
    "CompoundTrigger",
    "EventTrigger",
    "MetricTrigger",
    "MetricTriggerOperator",
    "MetricTriggerQuery",
    "Posture",
    "PrefectMetric",
    "ResourceSpecification",
    "ResourceTrigger",
    "SequenceTrigger",
    "Trigger",
    "TriggerTypes",
    "trigger_discriminator",
]
