from __future__ import annotations

from uuid import uuid4

import pytest

from prefect.automations import AutomationCore, DoNothing, RunDeployment
from prefect.client.orchestration import SyncPrefectClient
from prefect.events import EventTrigger, SequenceTrigger
from prefect.events.filters import AutomationFilter, AutomationFilterName
from prefect.exceptions import ObjectNotFound

WHEN = EventTrigger(expect={"x"})


def test_a_client_makes_reads_changes_and_removes_automations(client: SyncPrefectClient) -> None:
    made = client.create_automation(AutomationCore(name="a", trigger=WHEN, actions=[DoNothing()], tags=["t"]))
    held = client.read_automation(made)

    assert held is not None
    assert (held.name, held.enabled, held.trigger.model_dump()["expect"]) == ("a", True, ["x"])
    both = SequenceTrigger(triggers=[WHEN, WHEN])
    client.update_automation(made, AutomationCore(name="b", trigger=both, actions=[]))
    client.pause_automation(made)
    found = client.find_automation("b")
    assert found is not None
    assert found == client.find_automation(found.id)
    assert client.find_automation("c") is None
    [changed] = client.read_automations_by_name("b")
    assert (changed.enabled, changed.trigger.type, changed.tags) == (False, "sequence", [])
    client.resume_automation(made)
    assert client.read_automations()[0].enabled
    assert client.count_automations() == 1
    client.delete_automation(made)
    client.delete_automation(made)
    assert client.read_automation(made) is None
    with pytest.raises(ObjectNotFound):
        client.pause_automation(made)


def test_a_client_finds_and_removes_what_belongs_to_a_resource(client: SyncPrefectClient) -> None:
    resource = f"prefect.deployment.{(deployment := uuid4())}"
    runs = RunDeployment(deployment_id=deployment)
    client.create_automation(AutomationCore(name="names", trigger=WHEN, actions=[runs]))
    client.create_automation(AutomationCore(name="owned", trigger=WHEN, actions=[runs], owner_resource=resource))
    client.create_automation(AutomationCore(name="other", trigger=WHEN, actions=[]))

    assert [found.name for found in client.read_resource_related_automations(resource)] == ["names", "owned"]
    client.delete_resource_owned_automations(resource)
    asked = AutomationFilter(name=AutomationFilterName(any_=["names", "owned"]))
    assert [found.name for found in client.read_automations(automations=asked)] == ["names"]
