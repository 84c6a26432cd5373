"""Automations: what is to be done when something happens, or does not.

    Automation(
        name="tell me",
        trigger=EventTrigger(expect={"prefect.flow-run.Failed"}),
        actions=[RunDeployment(deployment_id=...)],
    ).create()

A server carries them out; without one a worker does, a program that serves flows, or `prefect automation run`.
"""

from __future__ import annotations

from uuid import UUID

from prefect._domain.triggers import MetricTriggerOperator, Posture, PrefectMetric
from prefect._wire.events import ResourceSpecification
from prefect._wire.triggers import MetricTriggerQuery
from prefect._wire.written_actions import (
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
from prefect._wire.written_automations import AutomationCore, CompositeTrigger, ResourceTrigger, Trigger
from prefect.client.orchestration import get_client
from prefect.events.triggers import (
    CompoundTrigger,
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    DeploymentSequenceTrigger,
    EventTrigger,
    MetricTrigger,
    SequenceTrigger,
)
from prefect.utilities.asyncutils import dispatched, in_thread


def _checked_id(id: UUID | str) -> UUID:
    try:
        return UUID(str(id))
    except ValueError:
        raise ValueError(
            f"{id!r} is no id of an automation. By its name it is read with Automation.read(name={id!r})."
        ) from None


class Automation(AutomationCore):
    """An automation as a program writes it, or has read it; `id` is that of the recorded one."""

    id: UUID | None = None

    @dispatched
    def create(self) -> Automation:
        """Record it; it listens from now on."""
        with get_client(sync_client=True) as client:
            self.id = client.create_automation(self)
        return self

    @dispatched
    def update(self) -> None:
        """Give the recorded automation these values. Raises `ValueError` for one that is not recorded."""
        with get_client(sync_client=True) as client:
            client.update_automation(self._recorded(), self)

    @classmethod
    @dispatched
    def read(cls, id: UUID | str | None = None, name: str | None = None) -> Automation:
        """The automation with that id, or else of that name. Raises `ValueError` where there is none."""
        if (id is None) == (name is None):
            raise ValueError("One of id or name must be provided")
        with get_client(sync_client=True) as client:
            if id is not None:
                found = client.read_automation(_checked_id(id))
            else:
                found = next(iter(client.read_automations_by_name(str(name))), None)
        if found is None:
            raise ValueError(f"Automation with {'ID' if id is not None else 'name'} {id or name!r} not found")
        return cls.model_validate(found.model_dump())

    @dispatched
    def delete(self) -> bool:
        """Remove the recorded automation; whether there was one. Raises `ValueError` for one that is not recorded."""
        recorded = self._recorded()
        with get_client(sync_client=True) as client:
            was_there = client.read_automation(recorded) is not None
            client.delete_automation(recorded)
        return was_there

    @dispatched
    def enable(self) -> bool:
        """Turn it on; whether there is one. Raises `ValueError` for one that is not recorded."""
        return self._turned(True)

    @dispatched
    def disable(self) -> bool:
        """Turn it off; whether there is one. Raises `ValueError` for one that is not recorded."""
        return self._turned(False)

    def _turned(self, enabled: bool) -> bool:
        recorded = self._recorded()
        with get_client(sync_client=True) as client:
            if client.read_automation(recorded) is None:
                return False
            turn = client.resume_automation if enabled else client.pause_automation
            turn(recorded)
        self.enabled = enabled
        return True

    def _recorded(self) -> UUID:
        if self.id is None:
            raise ValueError("Can't do this with an automation without an ID: create() it, or read() it.")
        return self.id

    async def acreate(self) -> Automation:
        return await in_thread(Automation.create, self, _sync=True)

    async def aupdate(self) -> None:
        await in_thread(Automation.update, self, _sync=True)

    @classmethod
    async def aread(cls, id: UUID | str | None = None, name: str | None = None) -> Automation:
        return await in_thread(cls.read, id, name, _sync=True)

    async def adelete(self) -> bool:
        return await in_thread(Automation.delete, self, _sync=True)

    async def aenable(self) -> bool:
        return await in_thread(Automation.enable, self, _sync=True)

    async def adisable(self) -> bool:
        return await in_thread(Automation.disable, self, _sync=True)


__all__ = [
    "Automation",
    "AutomationCore",
    "CallWebhook",
    "CancelFlowRun",
    "ChangeFlowRunState",
    "CompositeTrigger",
    "CompoundTrigger",
    "DeclareIncident",
    "DeleteFlowRun",
    "DeploymentCompoundTrigger",
    "DeploymentEventTrigger",
    "DeploymentMetricTrigger",
    "DeploymentSequenceTrigger",
    "DoNothing",
    "EventTrigger",
    "MetricTrigger",
    "MetricTriggerOperator",
    "MetricTriggerQuery",
    "PrefectMetric",
    "PauseAutomation",
    "PauseDeployment",
    "PauseWorkPool",
    "PauseWorkQueue",
    "Posture",
    "ResourceSpecification",
    "ResourceTrigger",
    "ResumeAutomation",
    "ResumeDeployment",
    "ResumeFlowRun",
    "ResumeWorkPool",
    "ResumeWorkQueue",
    "RunDeployment",
    "SendNotification",
    "SequenceTrigger",
    "SuspendFlowRun",
    "Trigger",
    "UnknownAction",
]
