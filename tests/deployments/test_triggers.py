"""The triggers of deployments are recorded as automations that the deployments own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect import flow
from prefect._clock import now
from prefect._domain.actions import RunDeployment
from prefect._domain.automations import Automation
from prefect._domain.triggers import CompoundTrigger, EventTrigger
from prefect._engine.recorders import recorder
from prefect._orchestration import automations, deployments
from prefect.automations import MetricTriggerOperator, PrefectMetric
from prefect.deployments import Deployment
from prefect.events import (
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    MetricTriggerQuery,
    Posture,
)
from prefect.events import EventTrigger as WrittenEvent
from prefect.exceptions import ObjectNotFound
from tests.serving import served

FAILED: dict[str, Any] = {"expect": ["prefect.flow-run.Failed"], "parameters": {"name": "{{ event }}"}}


@flow
def greet(name: str = "you") -> None: ...


@pytest.fixture(params=["embedded", "http"], autouse=True)
def place(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Deployments are recorded by this process, or by a server."""
    if request.param == "embedded":
        yield
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield


def owned(deployment_id: UUID) -> list[Automation]:
    return automations.related_to(the_database(), f"prefect.deployment.{deployment_id}")


def the_database() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PREFECT_API_URL", raising=False)
        return recorder().db


def test_a_trigger_is_an_automation_that_runs_its_deployment() -> None:
    written = DeploymentEventTrigger(
        name="mine",
        description="why",
        enabled=False,
        expect={"a", "b"},
        within=timedelta(minutes=1),
        job_variables={"x": 1},
        schedule_after=timedelta(hours=1),
    )
    made: UUID = greet.to_deployment("d", triggers=[written, FAILED]).apply()

    second, first = owned(made)
    assert (first.name, first.description, first.enabled, second.name) == ("mine", "why", False, "d__automation_2")
    assert isinstance(first.trigger, EventTrigger)
    assert (first.trigger.posture, first.trigger.expect) == (Posture.Reactive, frozenset("ab"))
    assert first.trigger.within == timedelta(minutes=1)
    assert first.actions == [
        RunDeployment(deployment_id=made, job_variables={"x": 1}, schedule_after=timedelta(hours=1))
    ]
    assert second.actions == [RunDeployment(deployment_id=made, parameters={"name": "{{ event }}"})]


def test_applied_again_a_deployment_has_the_triggers_that_are_said_then() -> None:
    made: UUID = greet.to_deployment("d", triggers=[FAILED, FAILED]).apply()
    assert [one.name for one in owned(made)] == ["d__automation_1", "d__automation_2"]

    compound = DeploymentCompoundTrigger(triggers=[WrittenEvent(expect={"a"}), WrittenEvent()], require="any")
    greet.to_deployment("d", triggers=[compound]).apply()
    [automation] = owned(made)
    assert isinstance(automation.trigger, CompoundTrigger)

    greet.to_deployment("d").apply()
    assert owned(made) == []


def test_a_deployment_takes_its_triggers_along_when_it_is_removed() -> None:
    made: UUID = greet.to_deployment("d", triggers=[FAILED]).apply()
    [automation] = owned(made)

    deployments.delete(the_database(), made, now=now(), new_id=uuid4)

    with pytest.raises(ObjectNotFound):
        automations.read(the_database(), automation.id)


def test_the_older_spelling_and_its_files_have_triggers() -> None:
    made = Deployment.build_from_flow(greet, "old", triggers=[FAILED], output="old.yaml")

    kept: UUID = Deployment.load_from_yaml("old.yaml").apply()

    assert [one.expect for one in made.triggers] == [{"prefect.flow-run.Failed"}]
    assert [one.name for one in owned(kept)] == ["old__automation_1"]


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        ({"threshold": 0}, r"triggers\[0\] .*event: .*threshold"),
        ({"posture": "Lazy"}, r"event.posture"),
        ({"type": "compound", "triggers": [{}], "require": 2}, r"compound: .*require"),
        ({"type": "compound", "triggers": [{"within": "soon"}], "require": 1}, r"compound.triggers.0.event.within"),
        ({"schedule_after": -1}, r"event.schedule_after"),
        ({"type": "weather"}, r"'weather'"),
        ("{}", r"triggers\[0\]"),
    ],
)
def test_a_bad_trigger_is_refused_by_the_name_of_its_field_and_nothing_is_recorded(trigger: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        greet.to_deployment("d", triggers=[trigger])

    assert deployments.list_deployments(the_database(), limit=1) == []


def test_a_metric_trigger_is_written_and_not_recorded() -> None:
    late = MetricTriggerQuery(name=PrefectMetric.lateness, operator=MetricTriggerOperator.GT, threshold=60)
    metric = DeploymentMetricTrigger(metric=late)

    with pytest.raises(ValueError, match=r"triggers\[0\].type: .*metric"):
        greet.to_deployment("d", triggers=[metric])
