"""Automations to try, who looks for them, and what they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from prefect._domain.actions import Action, DoNothing
from prefect._domain.automations import Automation
from prefect._domain.blocks import BlockDocument
from prefect._domain.events import Event
from prefect._domain.triggers import EventTrigger, Posture, Trigger
from prefect._orchestration import automations, events
from prefect._orchestration.acting import World, carry_out
from prefect._orchestration.duties.automations import Lookout, taken_over
from prefect._store.database import Database
from prefect._store.firings import Recorded
from tests._orchestration.deployed import NOON, SECOND

_numbers = count()


class Sent:
    """A sender that remembers what it sent."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, ...]] = []

    def send_notification(self, document: BlockDocument, subject: str, body: str) -> None:
        self.messages.append((str(document.name), subject, body))

    def call_webhook(self, document: BlockDocument, payload: Any) -> None:
        self.messages.append((str(document.name), payload))


class Someone:
    """Somebody who looks, and acts at once on what has fired."""

    def __init__(self, db: Database, *, ui: str | None = None) -> None:
        self.db = db
        self.lookout = Lookout(db)
        self.sent = Sent()
        self.now = NOON
        self.world = World(
            db=db,
            clock=lambda: self.now,
            new_id=uuid4,
            new_name=lambda: f"started-{next(_numbers)}",
            keys=lambda: (KEY,),
            sender=self.sent,
            ui=ui,
        )

    def looks(self, at: datetime, *, acts: bool = True) -> int:
        """Look until there is nothing to see; how often automations fired."""
        self.now, number = at, 0
        while True:
            looked = self.lookout.look(now=at)
            number += len(looked.fired)
            for fired in looked.fired if acts else ():
                for act in fired.acts:
                    carry_out(self.world, fired, act)
            if not looked.is_more:
                return number

    def takes_over(self, at: datetime) -> int:
        """Act on what somebody else has left; on how many firings."""
        self.now = at
        left = taken_over(self.db, now=at)
        for fired in left:
            for act in fired.acts:
                carry_out(self.world, fired, act)
        return len(left)


KEY = "NHD9-gd0x1R1Fk5F2pzWnAcYIuQ2gF-yrT0HlCs8Tj0="


def reacts(*expect: str, **fields: Any) -> EventTrigger:
    return EventTrigger(posture=Posture.Reactive, expect=frozenset(expect), **fields)


def awaits(*expect: str, seconds: float = 10, after: str | None = None) -> EventTrigger:
    return EventTrigger(
        posture=Posture.Proactive,
        expect=frozenset(expect),
        after=frozenset({after} if after else ()),
        within=timedelta(seconds=seconds),
    )


def an_automation(
    db: Database, trigger: Trigger, *actions: Action, at: datetime = NOON, owner: str | None = None, **fields: Any
) -> Automation:
    """An automation that is listening."""
    wanted = Automation(
        id=uuid4(), name=fields.pop("name", "a"), trigger=trigger, actions=actions or [DoNothing()], **fields
    )
    return automations.create(db, wanted, owner=owner, now=at, new_id=uuid4)


def happens(db: Database, event: str, *, at: datetime = NOON, resource: str = "r", **more: Any) -> Event:
    """An event, as it is recorded when it happens."""
    told = Event(id=uuid4(), occurred=at, event=event, resource={"prefect.resource.id": resource}, received=at, **more)
    events.record(db, [told])
    return told


def firings_of(db: Database, automation: Automation) -> list[Recorded]:
    return automations.list_firings(db, automation.id, limit=100)


def told(db: Database, automation_id: UUID) -> list[Event]:
    """What an automation told of itself, in the order in which it was recorded."""
    feed = events.read_feed(db, events.Position(0, NOON - SECOND, UUID(int=0)), limit=10_000)
    return [event for _, event in feed if event.resource_id == f"prefect.automation.{automation_id}"]
