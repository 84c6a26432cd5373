"""What becomes of a deployment's schedules when a client sends some."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.deployments import DeploymentSchedule
from prefect._domain.schedule_changes import WantedSchedule, changed_by_slug, replaced
from prefect._domain.schedules import CronSchedule

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
MORNING, EVENING = CronSchedule("0 8 * * *"), CronSchedule("0 20 * * *")


def held(slug: str | None = None, schedule: CronSchedule = MORNING, **fields: Any) -> DeploymentSchedule:
    return DeploymentSchedule(uuid4(), UUID(int=2), schedule, slug=slug, planned_until=NOON + HOUR, **fields)


def wanted(slug: str | None = None, *, replaces: str | None = None, **fields: Any) -> WantedSchedule:
    given = {"slug": slug} if slug is not None else {}
    return WantedSchedule({**given, **fields}, replaces)


def told(schedules: list[DeploymentSchedule]) -> list[tuple[str | None, CronSchedule]]:
    return [(schedule.slug, schedule.schedule) for schedule in schedules]  # type: ignore[misc]


def test_a_list_takes_the_place_of_what_was_there_and_keeps_what_says_the_same() -> None:
    morning, evening = held(), held(schedule=EVENING)

    after = replaced([morning, evening], [wanted(schedule=MORNING)], NOON, uuid4)

    assert [schedule.id for schedule in after] == [morning.id]
    assert replaced([morning, evening], [], NOON, uuid4) == []


def test_by_slug_known_ones_are_changed_new_ones_added_and_others_stay() -> None:
    a, b = held("a"), held("b")

    after = changed_by_slug([a, b], [wanted("b", schedule=EVENING), wanted("c", schedule=MORNING)], NOON, uuid4)

    assert told(after) == [("a", MORNING), ("b", EVENING), ("c", MORNING)]
    assert [schedule.id for schedule in after[:2]] == [a.id, b.id]


def test_a_slug_takes_the_place_of_another() -> None:
    a = held("a")
    sent = [wanted("b", replaces="a", schedule=EVENING)]

    after = changed_by_slug([a], sent, NOON, uuid4)
    again = changed_by_slug(after, sent, NOON, uuid4)

    assert told(after) == told(again) == [("b", EVENING)]
    assert after[0].id == again[0].id == a.id


@pytest.mark.parametrize(
    "sent",
    [
        [wanted("c", schedule=MORNING), wanted("c", schedule=EVENING)],
        [wanted("b", replaces="a")],
        [wanted("c", replaces="a"), wanted("d", replaces="a")],
        [wanted(schedule=EVENING)],
        [wanted("c")],
    ],
    ids=["twice", "in use", "the same one twice", "no slug", "no times"],
)
def test_what_cannot_be_told_apart_is_refused(sent: list[WantedSchedule]) -> None:
    with pytest.raises(ValueError, match=r"slug|same one|needs its times"):
        changed_by_slug([held("a"), held("b")], sent, NOON, uuid4)


def test_fields_that_are_not_named_stay() -> None:
    a = held("a", parameters={"x": 1}, active=False, max_scheduled_runs=3)

    [after] = changed_by_slug([a], [wanted("a", max_scheduled_runs=None)], NOON, uuid4)

    assert (after.parameters, after.active, after.max_scheduled_runs) == ({"x": 1}, False, None)


def test_other_times_and_a_new_beginning_are_planned_from_now_on() -> None:
    missed = NOON - 5 * HOUR
    a = held("a")
    a.planned_until = missed

    [same] = changed_by_slug([a], [wanted("a", schedule=MORNING)], NOON, uuid4)
    [other] = changed_by_slug([a], [wanted("a", schedule=EVENING)], NOON, uuid4)
    a.active = False
    [active] = changed_by_slug([a], [wanted("a", active=True)], NOON, uuid4)

    assert (same.planned_until, other.planned_until, active.planned_until) == (missed, NOON, NOON)
