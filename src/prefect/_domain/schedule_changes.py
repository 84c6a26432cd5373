"""What becomes of a deployment's schedules when a client sends a list of schedules.

Where every schedule has a slug, known ones are changed, new ones added, and those that the list does not name stay, so
that an empty list changes nothing. Otherwise the list takes the place of all that was there. A schedule that says the
same as before stays the same one, so that its times are not planned a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.deployments import DeploymentSchedule

NOBODY = UUID(int=0)
"""The deployment of a schedule that has not been given to one yet."""
NULLABLE = frozenset({"max_scheduled_runs", "slug"})
"""The fields that a client may take away."""


class WantedSchedule(NamedTuple):
    """A schedule as a client wants it: the fields that it named, and the slug of one that it takes the place of."""

    fields: Mapping[str, Any]
    replaces: str | None = None

    @property
    def slug(self) -> str | None:
        return self.fields.get("slug")


def replaced(
    held: Sequence[DeploymentSchedule], wanted: Sequence[WantedSchedule], now: datetime, new_id: Callable[[], UUID]
) -> list[DeploymentSchedule]:
    """The schedules that a deployment has after a list took the place of all of them. Raises `ValueError`."""
    _require_distinct(wanted)
    left, kept = list(held), []
    for each in wanted:
        same = _same(left, each)
        if same is not None:
            left.remove(same)
            kept.append(changed(same, each, now))
        else:
            kept.append(made(each, now, new_id))
    return kept


def changed_by_slug(
    held: Sequence[DeploymentSchedule], wanted: Sequence[WantedSchedule], now: datetime, new_id: Callable[[], UUID]
) -> list[DeploymentSchedule]:
    """The schedules that a deployment has after a client sent some to change. Raises `ValueError`."""
    _require_distinct(wanted)
    if not held or not all(schedule.slug for schedule in held):
        return replaced(held, wanted, now, new_id)
    by_slug = {schedule.slug: schedule for schedule in held}
    result = {schedule.id: schedule for schedule in held}
    touched: set[UUID] = set()
    for each in wanted:
        if each.slug is None:
            raise ValueError(
                "The deployment's schedules have slugs, so each schedule sent needs one; "
                f"known slugs: {', '.join(str(slug) for slug in by_slug)}."
            )
        target = by_slug.get(each.replaces) or by_slug.get(each.slug)
        if target is not None and target.id in touched:
            raise ValueError(f"Two of the schedules change the same one, {target.slug!r}.")
        after = made(each, now, new_id) if target is None else changed(target, each, now)
        touched.add(after.id)
        result[after.id] = after
    _require_distinct(result.values())
    return list(result.values())


def made(wanted: WantedSchedule, now: datetime, new_id: Callable[[], UUID]) -> DeploymentSchedule:
    """A new schedule. Raises `ValueError` where it says no times."""
    if wanted.fields.get("schedule") is None:
        raise ValueError("A new schedule needs its times: a cron expression, an interval or a recurrence rule.")
    given = {name: value for name, value in wanted.fields.items() if value is not None}
    return DeploymentSchedule(id=new_id(), deployment_id=NOBODY, **given, created=now, updated=now, planned_until=now)


def changed(held: DeploymentSchedule, wanted: WantedSchedule, now: datetime) -> DeploymentSchedule:
    """A schedule with the fields that a client named; other times, and a new beginning, are planned from now on."""
    given = {name: value for name, value in wanted.fields.items() if value is not None or name in NULLABLE}
    after = replace(held, **given, updated=now)
    begins_anew = after.schedule != held.schedule or (after.active and not held.active)
    after.planned_until = now if begins_anew or held.planned_until is None else min(held.planned_until, now)
    return after


def _same(held: Sequence[DeploymentSchedule], wanted: WantedSchedule) -> DeploymentSchedule | None:
    """The one of the same slug; where neither has one, the one of the same times."""
    for schedule in held:
        if wanted.slug is not None and schedule.slug in (wanted.slug, wanted.replaces):
            return schedule
        if wanted.slug is None and schedule.slug is None and schedule.schedule == wanted.fields.get("schedule"):
            return schedule
    return None


def _require_distinct(schedules: Iterable[WantedSchedule | DeploymentSchedule]) -> None:
    slugs = [each.slug for each in schedules if each.slug is not None]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    if twice:
        raise ValueError(f"Each schedule of a deployment has a slug of its own; twice: {', '.join(twice)}.")
