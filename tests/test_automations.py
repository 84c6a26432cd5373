"""`prefect.automations`: automations as programs write them, with and without a server, waiting and awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from prefect.automations import (
    Automation,
    CancelFlowRun,
    CompoundTrigger,
    DeploymentEventTrigger,
    EventTrigger,
    MetricTrigger,
    Posture,
    ResourceSpecification,
    RunDeployment,
    SequenceTrigger,
    UnknownAction,
)
from prefect.client.orchestration import SyncPrefectClient
from tests.client.conftest import client

__all__ = ["client"]

WHEN = EventTrigger(expect={"prefect.flow-run.Failed"}, match={"prefect.resource.id": "prefect.flow-run.*"})
LATE = {"name": "lateness", "operator": "<", "threshold": 1}


def an_automation(name: str = "a") -> Automation:
    return Automation(name=name, trigger=WHEN, actions=[CancelFlowRun()])


def test_an_automation_is_made_read_changed_turned_and_removed(client: SyncPrefectClient) -> None:
    made = an_automation().create()

    held = Automation.read(id=made.id)
    assert (held.name, held.actions) == ("a", [CancelFlowRun()])
    assert isinstance(held.trigger, EventTrigger)
    assert held.trigger.expect == {"prefect.flow-run.Failed"}
    held.name, held.tags = "b", ["t"]
    held.update()
    assert Automation.read(name="b").id == made.id
    assert held.disable()
    assert not Automation.read(name="b").enabled
    assert held.enable()
    assert Automation.read(id=str(made.id)).enabled
    assert held.delete()
    assert not held.delete()
    assert not held.enable()


def test_the_same_is_awaited_in_async_code(client: SyncPrefectClient) -> None:
    asyncio.run(_made_read_changed_turned_and_removed())


async def _made_read_changed_turned_and_removed() -> None:
    made = await an_automation().create()
    named = await an_automation("b").acreate()

    assert (await Automation.read(id=made.id)).id == made.id
    assert (await Automation.aread(name="b")).id == named.id
    named.description = "new"
    await named.aupdate()
    assert await named.adisable()
    assert await named.aenable()
    assert (await Automation.aread(id=named.id)).description == "new"
    assert await named.adelete()


def test_what_is_not_there_or_not_said_is_told(client: SyncPrefectClient) -> None:
    with pytest.raises(ValueError, match="not found"):
        Automation.read(name="nobody")
    with pytest.raises(ValueError, match="not found"):
        Automation.read(id=uuid4())
    with pytest.raises(ValueError, match="id or name"):
        Automation.read()
    with pytest.raises(ValueError, match="without an ID"):
        an_automation().delete()


def test_an_action_that_nobody_here_knows_keeps_all_that_was_said_of_it() -> None:
    read = Automation.model_validate(
        {"name": "a", "trigger": {"type": "event"}, "actions": [{"type": "fly", "height": 3}, {"type": "do-nothing"}]}
    )

    assert isinstance(read.actions[0], UnknownAction)
    assert read.model_dump(mode="json")["actions"] == [{"type": "fly", "height": 3}, {"type": "do-nothing"}]


def test_triggers_are_written_as_objects_or_mappings_and_react_unless_told_otherwise() -> None:
    parts: Any = [{"expect": ["a"]}, {"posture": "Proactive", "expect": ["b"]}]
    told: Any = {"require": "all", "within": 60, "triggers": [WHEN, SequenceTrigger(triggers=parts)]}

    trigger = CompoundTrigger(**told)

    inner = trigger.triggers[1]
    assert isinstance(inner, SequenceTrigger)
    assert [part.model_dump()["posture"] for part in inner.triggers] == [Posture.Reactive, Posture.Proactive]
    assert inner.triggers[1].model_dump()["within"] == 10
    assert trigger.model_dump()["within"] == 60


@pytest.mark.parametrize(
    "write",
    [
        lambda: EventTrigger(threshold=0),
        lambda: EventTrigger(posture=Posture.Proactive, within=timedelta(seconds=5)),
        lambda: CompoundTrigger(require=3, triggers=[WHEN]),
        lambda: SequenceTrigger(triggers=[]),
        lambda: RunDeployment(),
        lambda: RunDeployment(source="inferred", deployment_id=uuid4()),
        lambda: MetricTrigger.model_validate(
            {"metric": {"name": "lateness", "operator": "<", "threshold": 1, "range": 1}}
        ),
    ],
)
def test_what_could_never_fire_or_act_is_refused_where_it_is_written(write: Callable[[], object]) -> None:
    with pytest.raises(ValidationError):
        write()


def test_the_trigger_of_a_deployment_says_what_is_run() -> None:
    deployment_id = uuid4()
    trigger = DeploymentEventTrigger(expect={"x"}, parameters={"n": 1}, name="mine")
    trigger.set_deployment_id(deployment_id)

    automation = trigger.as_automation()

    assert (automation.name, automation.owner_resource) == ("mine", f"prefect.deployment.{deployment_id}")
    assert automation.actions == [RunDeployment(deployment_id=deployment_id, parameters={"n": 1})]
    assert automation.trigger.model_dump()["expect"] == ["x"]


def test_labels_are_written_as_mappings_or_as_specifications() -> None:
    told: Any = ResourceSpecification.model_validate({"prefect.resource.id": ["a", "b.*"]})

    trigger = EventTrigger(match=told, match_related=[told])

    assert trigger.match == {"prefect.resource.id": ["a", "b.*"]}
    assert trigger.match_related == [{"prefect.resource.id": ["a", "b.*"]}]
