"""Laws of triggers and actions: what could never fire or act is not made, and what is kept is read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.actions import DoNothing, PauseWorkPool, RunDeployment, SendNotification, resource_of
from prefect._domain.automations import Automation, related_resources
from prefect._domain.triggers import (
    CompoundTrigger,
    EventTrigger,
    MetricTrigger,
    Posture,
    SequenceTrigger,
    named,
    read_trigger,
    trigger_fields,
)

SECOND = timedelta(seconds=1)
DEPLOYMENT, POOL = uuid4(), uuid4()


def an_event(**fields: Any) -> EventTrigger:
    return EventTrigger(**{"posture": Posture.Reactive, **fields})


def both(**fields: Any) -> CompoundTrigger:
    return CompoundTrigger(**{"triggers": (an_event(), an_event()), "within": None, "require": "all", **fields})


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: an_event(threshold=0), "threshold"),
        (lambda: an_event(within=-SECOND), "within"),
        (lambda: an_event(posture=Posture.Metric), "posture"),
        (lambda: an_event(posture=Posture.Proactive, within=9 * SECOND), "within"),
        (lambda: both(triggers=()), "triggers"),
        (lambda: both(require=0), "require"),
        (lambda: both(require=3), "require"),
        (lambda: both(within=-SECOND), "within"),
        (lambda: SequenceTrigger(triggers=(), within=None), "triggers"),
        (lambda: MetricTrigger(name="duration", operator="<", threshold=1, range=SECOND), "range"),
        (lambda: MetricTrigger(name="duration", operator="<", threshold=1, firing_for=SECOND), "firing_for"),
        (lambda: RunDeployment(), "deployment_id"),
        (lambda: RunDeployment(source="inferred", deployment_id=DEPLOYMENT), "deployment_id"),
        (lambda: RunDeployment(deployment_id=DEPLOYMENT, schedule_after=-SECOND), "schedule_after"),
        (lambda: PauseWorkPool(), "work_pool_id"),
    ],
)
def test_what_could_never_fire_or_act_is_refused_by_the_name_of_its_field(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        make()


def test_a_proactive_trigger_watches_ten_seconds_unless_told_otherwise() -> None:
    assert an_event(posture=Posture.Proactive).within == 10 * SECOND
    assert an_event(posture=Posture.Proactive, within=60 * SECOND).within == 60 * SECOND
    assert an_event().within == 0 * SECOND


def test_a_trigger_is_read_as_it_was_kept_however_deep() -> None:
    waits = an_event(expect=frozenset({"b", "a"}), match={"prefect.resource.id": ["x", "y"]}, within=1.5 * SECOND)
    trigger = SequenceTrigger(triggers=(waits, both(require=1, within=SECOND)), within=None)

    kept = named(trigger, uuid4)

    assert read_trigger({**trigger_fields(kept), "id": str(kept.id), "triggers": _with_text_ids(kept)}) == kept


def _with_text_ids(trigger: Any) -> list[dict[str, Any]]:
    """The parts as a database gives them."""
    told = []
    for part in trigger.triggers:
        inner = {"triggers": _with_text_ids(part)} if not isinstance(part, EventTrigger) else {}
        told.append({**trigger_fields(part), "id": str(part.id), **inner})
    return told


def test_all_parts_of_a_trigger_get_ids_and_keep_those_they_have() -> None:
    known = UUID(int=7)

    first, second = named(both(triggers=(an_event(id=known), an_event())), uuid4).triggers  # type: ignore[union-attr]  # it is made of two

    assert first.id == known
    assert second.id is not None


def test_an_automation_is_related_to_what_it_acts_on_and_to_what_it_waits_for() -> None:
    trigger = both(
        triggers=(
            an_event(match={"prefect.resource.id": ["prefect.flow-run.*", "!prefect.flow.a", "prefect.flow.b"]}),
            an_event(match_related=[{"prefect.resource.id": "prefect.work-queue.c"}, {"other": "d"}]),
        )
    )
    automation = Automation(
        id=uuid4(),
        name="x",
        trigger=trigger,
        actions=[RunDeployment(deployment_id=DEPLOYMENT), DoNothing(), RunDeployment(source="inferred")],
        actions_on_trigger=[PauseWorkPool(work_pool_id=POOL)],
    )

    assert related_resources(automation) == {
        f"prefect.deployment.{DEPLOYMENT}",
        f"prefect.work-pool.{POOL}",
        "prefect.flow.b",
        "prefect.work-queue.c",
    }


def test_a_notification_is_related_to_its_block() -> None:
    block = uuid4()

    assert resource_of(SendNotification(block_document_id=block, body="hi")) == f"prefect.block-document.{block}"
