"""Events, which live in `prefect._wire.events`, telling of them, and triggers.

What follows events is loaded when it is used: a program that tells of one does not pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect._domain.triggers import MetricTriggerOperator
from prefect._wire.events import Event, ReceivedEvent, RelatedResource, Resource, ResourceSpecification
from prefect._wire.written_automations import (
    Automation,
    AutomationCore,
    CompositeTrigger,
    ResourceTrigger,
    Trigger,
    TriggerTypes,
)
from prefect.events.actions import (
    CallWebhook,
    CancelFlowRun,
    ChangeFlowRunState,
    DeclareIncident,
    DeleteFlowRun,
    DoNothing,
    PauseAutomation,
    PauseDeployment,
    PauseWorkPool,
    PauseWorkQueue,
    ResumeAutomation,
    ResumeDeployment,
    ResumeFlowRun,
    ResumeWorkPool,
    ResumeWorkQueue,
    RunDeployment,
    SendNotification,
    SuspendFlowRun,
    UnknownAction,
)
from prefect.events.emitting import emit_event
from prefect.events.triggers import (
    CompoundTrigger,
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    DeploymentSequenceTrigger,
    DeploymentTriggerTypes,
    EventTrigger,
    MetricTrigger,
    MetricTriggerQuery,
    Posture,
    SequenceTrigger,
)
from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from prefect.events.clients import get_events_client, get_events_subscriber
    from prefect.events.subscribers import FlowRunSubscriber

HOMES = {
    "FlowRunSubscriber": "prefect.events.subscribers",
    "get_events_client": "prefect.events.clients",
    "get_events_subscriber": "prefect.events.clients",
}
"""Where those names live that are loaded when they are used."""
__getattr__ = lazy_names(__name__, HOMES)


__all__ = [
    "Automation",
    "AutomationCore",
    "CompositeTrigger",
    "MetricTriggerOperator",
    "ResourceTrigger",
    "Trigger",
    "TriggerTypes",
    "CallWebhook",
    "CancelFlowRun",
    "ChangeFlowRunState",
    "DeclareIncident",
    "DeleteFlowRun",
    "DoNothing",
    "PauseAutomation",
    "PauseDeployment",
    "PauseWorkPool",
    "PauseWorkQueue",
    "ResumeAutomation",
    "ResumeDeployment",
    "ResumeFlowRun",
    "ResumeWorkPool",
    "ResumeWorkQueue",
    "RunDeployment",
    "SendNotification",
    "SuspendFlowRun",
    "UnknownAction",
    "CompoundTrigger",
    "DeploymentCompoundTrigger",
    "DeploymentEventTrigger",
    "DeploymentMetricTrigger",
    "DeploymentSequenceTrigger",
    "DeploymentTriggerTypes",
    "Event",
    "EventTrigger",
    "FlowRunSubscriber",
    "MetricTrigger",
    "MetricTriggerQuery",
    "Posture",
    "ReceivedEvent",
    "RelatedResource",
    "Resource",
    "ResourceSpecification",
    "SequenceTrigger",
    "emit_event",
    "get_events_client",
    "get_events_subscriber",
]
