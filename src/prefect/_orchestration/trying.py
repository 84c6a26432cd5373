"""What an automation would have done: its trigger sees what has happened; nothing is recorded, nor acted on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._domain.automations.firings import Firing
from prefect._domain.automations.folding import advance, begun
from prefect._domain.automations.matching import beginnings_of_names, may_lead_to_something
from prefect._domain.event_filters import NameFilter
from prefect._domain.events import Position
from prefect._domain.triggers import Trigger, named
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.events import feed_of
from prefect._store.turns import first_turn_since

PORTION = 1_000
MOST_EVENTS = 20_000
"""How many events a trigger is tried on at most."""


class Tried(NamedTuple):
    """How many events a trigger saw, how many concerned it, how it would have fired, and until when it saw all."""

    events: int
    concerning: int
    firings: list[Firing]
    until: datetime


def tried(db: Database, trigger: Trigger, *, since: datetime, now: datetime, trigger_id: UUID) -> Tried:
    """What a trigger makes of the events since a moment, as if it had listened then; at most `MOST_EVENTS` of them."""
    whole = named(trigger, lambda: trigger_id)
    kept = begun(whole, now=since).kept
    seen = concerning = 0
    firings: list[Firing] = []
    until = now
    with db.read() as conn:
        after = _before(conn, since)
        beginnings = beginnings_of_names(whole)
        names = NameFilter(prefixes=tuple(sorted(beginnings)) if beginnings is not None else None)
        while seen < MOST_EVENTS:
            portion, after = feed_of(conn, after, PORTION, names)
            events = [event for _, event in portion if event.occurred >= since]
            about = [event for event in events if may_lead_to_something(whole, event)]
            is_all = len(portion) < PORTION
            until = now if is_all else portion[-1][1].occurred
            (kept, _), found = advance(whole, kept, about, now=until)
            seen, concerning, firings = seen + len(events), concerning + len(about), firings + found
            if is_all:
                break
    return Tried(seen, concerning, firings, until)


def _before(conn: Connection, moment: datetime) -> Position:
    """A position before everything that was recorded since a moment."""
    return Position.at_end_of(first_turn_since(conn, moment) - 1)
