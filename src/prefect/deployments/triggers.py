"""The triggers of deployments: each is recorded as an automation that runs the deployment and that it owns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from prefect._domain.actions import RunDeployment
from prefect._domain.automations import deployment_resource
from prefect._wire.automations import AutomationCreate
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.triggers import DeploymentMetricTrigger, DeploymentTriggerTypes, reacting


def triggers_of(given: Sequence[Any] | None) -> list[DeploymentTriggerTypes]:
    """The triggers that somebody wrote, as objects or mappings. Raises `ValueError` that names the field."""
    return [_trigger(one, f"triggers[{place}]") for place, one in enumerate(given or ())]


def _trigger(given: Any, place: str) -> DeploymentTriggerTypes:
    told = given.model_dump() if isinstance(given, BaseModel) else given
    try:
        made = _adapter().validate_python(reacting(told))
    except ValidationError as error:
        raise ValueError(f"{place} does not fit. {_complaints(error)}") from error
    if isinstance(made, DeploymentMetricTrigger):
        raise ValueError(f"{place}.type: nobody measures here; expected event, compound or sequence, not metric.")
    return made


def _complaints(error: ValidationError) -> str:
    found = {".".join(str(part) for part in one["loc"]): one["msg"] for one in error.errors()}
    return "; ".join(f"{place}: {message}" for place, message in list(found.items())[:5])


@lru_cache
def _adapter() -> TypeAdapter[DeploymentTriggerTypes]:
    return TypeAdapter(DeploymentTriggerTypes)


def replace_triggers(
    client: SyncPrefectClient, deployment_id: UUID, name: str, triggers: Sequence[DeploymentTriggerTypes]
) -> None:
    """Give a deployment these triggers and no other."""
    client.delete_resource_owned_automations(deployment_resource(deployment_id))
    for number, trigger in enumerate(triggers, start=1):
        client.create_automation(automation_of(trigger, deployment_id, f"{name}__automation_{number}"))


def automation_of(trigger: DeploymentTriggerTypes, deployment_id: UUID, name: str) -> AutomationCreate:
    """The automation that runs a deployment when a trigger fires; `name` counts where the trigger has none."""
    runs = RunDeployment(
        deployment_id=deployment_id,
        parameters=trigger.parameters,
        job_variables=trigger.job_variables,
        schedule_after=trigger.schedule_after,
    )
    return AutomationCreate.model_validate(
        {
            "name": trigger.name or name,
            "description": trigger.description,
            "enabled": trigger.enabled,
            "trigger": trigger.model_dump(),
            "actions": [runs],
            "owner_resource": deployment_resource(deployment_id),
        }
    )
