"""Triggers as folds over the order of events: what was kept of one, and what has come since, give its firings.

How events are cut into portions makes no difference, nor does it that what is kept was written down and read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from prefect._domain.automations.composed import fold_of
from prefect._domain.automations.firings import Firing
from prefect._domain.automations.windows import EventFold
from prefect._domain.events import Event
from prefect._domain.triggers import EventTrigger, Trigger

GRACE = timedelta(seconds=0.2)
"""How long after the end of a window one waits for events of its last moments, which are recorded in batches."""


class Progress(NamedTuple):
    """How far a trigger is: what is kept of it as JSON has it, and when it is due though nothing comes."""

    kept: Mapping[str, Any] | None
    due: datetime | None = None


class Advanced(NamedTuple):
    """Where a trigger is after what came, and its firings."""

    progress: Progress
    firings: list[Firing]


def begun(trigger: Trigger, *, now: datetime) -> Progress:
    """How far a trigger is that watches from now on."""
    return advance(trigger, None, (), now=now).progress


def count(
    trigger: EventTrigger, kept: Mapping[str, Any] | None, number: int, first: datetime, last: datetime
) -> Progress | None:
    """Let a trigger count events without seeing them, as `EventFold.count`; None where it has to see them."""
    fold = EventFold(trigger, kept, first)
    return Progress(fold.kept()) if fold.count(number, first, last) else None


def advance(trigger: Trigger, kept: Mapping[str, Any] | None, events: Iterable[Event], *, now: datetime) -> Advanced:
    """Let a trigger see events that came by now, and that it is now; a trigger of which nothing is kept begins now."""
    fold = fold_of(trigger, kept, now)
    firings: list[Firing] = []
    for event in events:
        firings += fold.pass_time(min(event.received or event.occurred, now) - GRACE)
        firings += fold.see(event)
    firings += fold.pass_time(now - GRACE)
    due = fold.due
    return Advanced(Progress(fold.kept(), due + GRACE if due is not None else None), firings)
