"""What each action does, to what is named and to what the event is about, and what templates see."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from prefect._domain import actions
from prefect._domain.automations import Automation
from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import StateType
from prefect._orchestration import automations, block_documents, block_types, deployments, flow_runs, work_pools
from prefect._orchestration.built_in_blocks import install
from prefect._store.database import Database
from tests._orchestration.automated import KEY, Someone, an_automation, firings_of, happens, reacts
from tests._orchestration.deployed import NOON, SECOND, a_deployment, a_run, moved, reread, runs_of

LATER = NOON + SECOND


def a_failed_run(db: Database, deployment: Deployment, **options: Any) -> FlowRun:
    """A run that has failed, which is what automations here react to."""
    run = a_run(db, deployment.id, tags=["blue"], **options)
    moved(db, run, "RUNNING", forced=True)
    moved(db, run, "FAILED", forced=True, at=LATER)
    return run


def acted(db: Database, *wanted: actions.Action, ui: str | None = None) -> tuple[Automation, FlowRun, Someone]:
    """What was done when a run of a deployment failed: the automation, the run, and who acted."""
    deployment = a_deployment(db)
    automation = an_automation(db, reacts("prefect.flow-run.Failed"), *wanted)
    run = a_failed_run(db, deployment)
    someone = Someone(db, ui=ui)
    someone.looks(LATER)
    return automation, run, someone


def reasons(db: Database, automation: Automation) -> list[str | None]:
    return [act.reason for one in firings_of(db, automation) for act in one.acts]


def test_the_deployment_of_a_run_is_paused_and_resumed(db: Database) -> None:
    automation, run, _ = acted(db, actions.PauseDeployment(source="inferred"))

    assert run.deployment_id is not None
    found = deployments.read(db, run.deployment_id)
    assert found is not None
    assert found.deployment.paused
    assert reasons(db, automation) == [None]


def test_a_run_of_the_same_deployment_is_made_with_what_the_event_tells(db: Database) -> None:
    template = (
        "{{ flow_run.name }} {{ event.resource.name }} {{ flow_run.tags|join }} {{ labels['prefect.state-type'] }}"
    )
    parameters = {"said": {"__prefect_kind": "jinja", "template": template}, "plain": [1]}
    _, run, _ = acted(db, actions.RunDeployment(source="inferred", parameters=parameters))

    assert run.deployment_id is not None
    (made,) = [one for one in runs_of(db, run.deployment_id) if one.id != run.id]
    assert made.parameters == {"said": f"{run.name} {run.name} blue FAILED", "plain": [1]}


def test_the_state_of_a_run_is_changed_by_force_where_it_has_to_be(db: Database) -> None:
    retries = actions.ChangeFlowRunState(state=StateType.SCHEDULED, name="AwaitingRetry", force=True)
    _, run, _ = acted(db, retries)

    state = reread(db, run).state
    assert state is not None
    assert (state.type, state.name) == (StateType.SCHEDULED, "AwaitingRetry")
    assert state.state_details.scheduled_time == LATER


def test_a_change_of_state_that_no_law_allows_is_told(db: Database) -> None:
    automation, run, _ = acted(db, actions.SuspendFlowRun(), actions.ResumeFlowRun())

    assert reread(db, run).state_type is StateType.FAILED
    assert all(reason is not None and "Failed" in reason for reason in reasons(db, automation))


def test_a_run_that_goes_on_too_long_is_cancelled(db: Database) -> None:
    deployment = a_deployment(db)
    an_automation(db, reacts("prefect.flow-run.Scheduled"), actions.CancelFlowRun())
    run = a_run(db, deployment.id)

    Someone(db).looks(LATER)

    assert reread(db, run).state_type is StateType.CANCELLED


def test_a_run_is_removed(db: Database) -> None:
    _, run, _ = acted(db, actions.DeleteFlowRun())

    assert flow_runs.read(db, run.id) is None


def test_the_pool_and_the_queue_of_a_run_are_paused_and_resumed(db: Database) -> None:
    both = (actions.PauseWorkPool(source="inferred"), actions.PauseWorkQueue(source="inferred"))
    automation, _, _ = acted(db, *both)

    assert reasons(db, automation) == [None, None]
    assert work_pools.read(db, "p", now=LATER).pool.is_paused


def test_an_automation_turns_another_off_and_on(db: Database) -> None:
    other = an_automation(db, reacts("x"), name="other")

    acted(db, actions.PauseAutomation(automation_id=other.id))

    assert not automations.read(db, other.id).enabled


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (actions.CancelFlowRun(), "No flow run could be inferred from the event."),
        (actions.PauseWorkPool(source="inferred"), "No work pool could be inferred from the event."),
        (actions.ResumeWorkQueue(work_queue_id=uuid4()), "There is no work queue"),
        (actions.ResumeWorkPool(work_pool_id=uuid4()), "There is no work pool"),
        (actions.PauseAutomation(automation_id=uuid4()), "There is no automation"),
        (actions.PauseDeployment(deployment_id=uuid4()), "There is no deployment"),
        (actions.SendNotification(block_document_id=uuid4(), body="x"), "There is no block document"),
    ],
)
def test_what_cannot_be_done_is_told(db: Database, action: actions.Action, reason: str) -> None:
    automation = an_automation(db, reacts("thing"), action)
    happens(db, "thing")

    Someone(db).looks(LATER)

    (told,) = reasons(db, automation)
    assert told is not None
    assert told.startswith(reason)


def test_messages_and_payloads_are_templates(db: Database) -> None:
    document = a_secret(db)
    body = "{{ flow.name }}/{{ flow_run.name }} is {{ flow_run.state.name }}: {{ flow_run|ui_url }} {{ metric }}"
    sent = actions.SendNotification(block_document_id=document, subject="{{ automation.name }} fired", body=body)
    called = actions.CallWebhook(block_document_id=document, payload='{"id": "{{ event.id }}", "n": 1}')
    text = actions.CallWebhook(block_document_id=document, payload="{{ deployment.name }} {{ work_pool.name }}")

    automation, run, someone = acted(db, sent, called, text, ui="http://here")

    (recorded,) = firings_of(db, automation)
    assert reasons(db, automation) == [None, None, None]
    assert recorded.firing.event is not None
    assert someone.sent.messages == [
        ("token", "a fired", f"f/{run.name} is Failed: http://here/runs/flow-run/{run.id} None"),
        ("token", {"id": str(recorded.firing.event.id), "n": 1}),
        ("token", "d p"),
    ]


def test_a_template_that_does_not_work_is_told_and_nothing_is_sent(db: Database) -> None:
    document = a_secret(db)
    automation, _, someone = acted(db, actions.SendNotification(block_document_id=document, body="{{ broken"))

    (reason,) = reasons(db, automation)
    assert reason is not None
    assert "template" in reason
    assert someone.sent.messages == []


def a_secret(db: Database) -> Any:
    """The id of a document of a block."""
    install(db, now=NOON, new_id=uuid4)
    kind = block_types.read_type_by_slug(db, "secret")
    (schema,) = [one for one in block_types.list_schemas(db, limit=200) if one.block_type_id == kind.id]
    made = block_documents.create(db, schema.id, "token", {"value": "x"}, keys=(KEY,), now=NOON, new_id=uuid4)
    return made.id
