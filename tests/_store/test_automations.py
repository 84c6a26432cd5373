"""Automations are read as they were written, and belong to what they name, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from prefect._domain import actions
from prefect._domain.automations import Automation
from prefect._domain.filters import read_filter
from prefect._domain.sorting import read_sort
from prefect._domain.states import StateType
from prefect._domain.triggers import CompoundTrigger, EventTrigger, Posture, SequenceTrigger
from prefect._orchestration import automations
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound
from tests._store.records import NOON, SECOND

WAITS = EventTrigger(
    posture=Posture.Proactive,
    expect=frozenset({"prefect.flow-run.Completed", "a.*"}),
    match={"prefect.resource.id": ["prefect.flow-run.*", "!x"]},
    match_related=[{"prefect.resource.role": "flow"}],
    for_each=frozenset({"prefect.resource.id"}),
    threshold=3,
    within=timedelta(seconds=90.5),
)
DEEP = CompoundTrigger(
    triggers=(WAITS, SequenceTrigger(triggers=(WAITS, WAITS), within=None)), within=timedelta(hours=1), require=2
)
EVERY_ACTION: list[actions.Action] = [
    actions.DoNothing(),
    actions.RunDeployment(deployment_id=uuid4(), parameters={"a": [1]}, schedule_after=timedelta(minutes=1)),
    actions.PauseDeployment(source="inferred"),
    actions.ResumeDeployment(deployment_id=uuid4()),
    actions.CancelFlowRun(),
    actions.DeleteFlowRun(),
    actions.SuspendFlowRun(),
    actions.ResumeFlowRun(),
    actions.ChangeFlowRunState(state=StateType.CRASHED, message="gone", force=True),
    actions.PauseWorkQueue(work_queue_id=uuid4()),
    actions.ResumeWorkQueue(source="inferred"),
    actions.PauseWorkPool(work_pool_id=uuid4()),
    actions.ResumeWorkPool(work_pool_id=uuid4()),
    actions.PauseAutomation(automation_id=uuid4()),
    actions.ResumeAutomation(automation_id=uuid4()),
    actions.SendNotification(block_document_id=uuid4(), body="{{ flow_run.name }}"),
    actions.CallWebhook(block_document_id=uuid4(), payload="数据"),
]


def made(db: Database, name: str = "a", owner: str | None = None, **fields: Any) -> Automation:
    wanted = Automation(**{"id": uuid4(), "name": name, "trigger": WAITS, "actions": [actions.DoNothing()], **fields})
    return automations.create(db, wanted, owner=owner, now=NOON, new_id=uuid4)


def test_an_automation_is_read_as_it_was_written(db: Database) -> None:
    written = made(
        db,
        "数据",
        trigger=DEEP,
        actions=EVERY_ACTION,
        actions_on_trigger=[actions.DoNothing()],
        actions_on_resolve=[actions.CancelFlowRun()],
        description="what",
        enabled=False,
        tags=["x", "y"],
    )

    assert {type(action) for action in EVERY_ACTION} == set(actions.KINDS.values())
    assert automations.read(db, written.id) == written


def test_an_automation_is_changed_and_keeps_its_age_and_its_owner(db: Database) -> None:
    first = made(db, owner="prefect.deployment.x")

    wanted = replace(first, name="b", trigger=DEEP, tags=["new"], enabled=False)
    automations.update(db, wanted, now=NOON + SECOND, new_id=uuid4)

    held = automations.read(db, first.id)
    assert (held.name, held.tags, held.enabled, held.created, held.updated) == (
        "b",
        ["new"],
        False,
        NOON,
        NOON + SECOND,
    )
    assert isinstance(held.trigger, CompoundTrigger)
    assert automations.delete_owned(db, "prefect.deployment.x", now=NOON, new_id=uuid4) == 1


def test_an_owner_removes_what_it_owns_and_nothing_that_only_names_it(db: Database) -> None:
    deployment = uuid4()
    resource = f"prefect.deployment.{deployment}"
    runs_it = [actions.RunDeployment(deployment_id=deployment)]
    made(db, "owned", owner=resource, actions=runs_it)
    named = made(db, "named", actions=runs_it)
    made(db, "other")

    assert [found.name for found in automations.related_to(db, resource)] == ["named", "owned"]
    assert automations.delete_owned(db, resource, now=NOON, new_id=uuid4) == 1
    assert automations.delete_owned(db, resource, now=NOON, new_id=uuid4) == 0
    assert [found.id for found in automations.related_to(db, resource)] == [named.id]
    assert automations.count(db) == 2


def test_what_is_not_there_is_said_so(db: Database) -> None:
    gone = made(db)
    automations.delete(db, gone.id, now=NOON, new_id=uuid4)

    for deed in (
        lambda: automations.read(db, gone.id),
        lambda: automations.delete(db, gone.id, now=NOON, new_id=uuid4),
        lambda: automations.update(db, gone, now=NOON, new_id=uuid4),
        lambda: automations.set_enabled(db, gone.id, True, now=NOON, new_id=uuid4),
    ):
        with pytest.raises(ObjectNotFound, match=str(gone.id)):
            deed()


def test_automations_are_found_by_name_tags_and_age(db: Database) -> None:
    made(db, "a", tags=["x", "y"])
    made(db, "b", tags=["x"])
    made(db, "c")

    def found(asked: dict[str, Any], sort: str = "NAME_ASC") -> list[str]:
        filter, order = read_filter("automation", asked), read_sort("automation", sort)
        return [held.name for held in automations.list_automations(db, limit=10, filter=filter, order=order)]

    assert found({"name": {"any_": ["a", "c"]}}, "NAME_DESC") == ["c", "a"]
    assert found({"tags": {"all_": ["x", "y"]}}) == ["a"]
    assert found({"tags": {"any_": ["x"]}}) == ["a", "b"]
    assert found({"tags": {"is_null_": True}}) == ["c"]
    assert found({"created": {"before_": NOON - SECOND}}) == []
    assert found({"created": {"before_": NOON}}) == ["a", "b", "c"]
