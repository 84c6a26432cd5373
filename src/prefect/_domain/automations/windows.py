"""Counting events in windows of time: the fold of a trigger of events.

There is a window for each set of labels that the trigger tells apart (`for_each`). It begins with an event and ends
`within` a time, at whose last moment it is over. What counts is when events occurred; one that occurred before the
window began, and comes late, does not count.

A reactive trigger fires as soon as enough events came, once in a window; one whose `within` is nothing counts without
end, and begins anew when it has fired. With `after`, events count only after one of those.

A proactive trigger fires when its window is over and too few came. Without `after` the next window begins at once, but
what is told apart by labels is given up when it has fallen silent, until it is heard of again. With `after`, a window
begins with one of those events, and is done with as soon as enough came; one that is awaited, too, begins it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.automations.firings import Firing, event_fields, firing_id, read_event
from prefect._domain.automations.matching import is_about, is_among, labels_of
from prefect._domain.events import Event
from prefect._domain.triggers import NO_TIME, EventTrigger, Posture

Key = tuple[str, ...]
FEW = 64
"""How many windows are held before those that are over are let go."""


@dataclass(slots=True)
class Window:
    """What came since a moment; `end` is None for no end.

    Of a proactive trigger, `heard` is the event after which it watches, or the last of what is told apart by labels.
    """

    start: datetime
    end: datetime | None
    count: int = 0
    has_fired: bool = False
    heard: Event | None = None

    def is_over(self, moment: datetime) -> bool:
        return self.end is not None and moment >= self.end


class EventFold:
    """What a trigger of events knows of what came; made of what was kept of it, and changed by what comes."""

    def __init__(self, trigger: EventTrigger, kept: Mapping[str, Any] | None, began: datetime) -> None:
        assert trigger.id is not None
        self._trigger = trigger
        self._id: UUID = trigger.id
        self._names = tuple(sorted(trigger.for_each))
        self._windows: dict[Key, Window] = {}
        self._room = FEW
        self._soonest: datetime | None = None  # no window is over before
        if kept is not None:
            self._windows = {tuple(key): _read(window) for key, *window in kept["windows"]}
            self._room = kept["room"]
            self._soonest = self._first_end()
        elif trigger.posture is Posture.Proactive and not trigger.after and not self._names:
            self._open((), began, None)

    @property
    def due(self) -> datetime | None:
        """When the first window is over whose end leads to something; None while there is none."""
        return self._first_end()

    def kept(self) -> dict[str, Any]:
        """What is kept of it, as JSON has it."""
        return {"windows": [[list(key), *_kept(window)] for key, window in self._windows.items()], "room": self._room}

    def see(self, event: Event) -> list[Firing]:
        """The firings to which an event leads."""
        trigger = self._trigger
        opens, counts = self._opens(event), self._counts(event)
        if not (opens or counts) or not is_about(trigger, event):
            return []
        key = tuple(labels_of(event, self._names).values())
        fold = self._react if trigger.posture is Posture.Reactive else self._await
        return fold(key, event, opens, counts)

    def count(self, number: int, first: datetime, last: datetime) -> bool:
        """Count so many events at once, the first and the last of which occurred then, where they lead to nothing.

        They are all awaited, by a trigger that tells nothing apart (`matching.counted_together`). False where one has
        to see them one by one.
        """
        window = self._windows.get(())
        if window is None or not (self._is_within(window, first) and self._is_within(window, last)):
            return False
        if not window.has_fired and window.count + number >= self._trigger.threshold:
            return False
        window.count += number
        return True

    def _opens(self, event: Event) -> bool:
        return bool(self._trigger.after) and is_among(event, self._trigger.after)

    def _counts(self, event: Event) -> bool:
        return not self._trigger.expect or is_among(event, self._trigger.expect)

    def _react(self, key: Key, event: Event, opens: bool, counts: bool) -> list[Firing]:
        window, occurred = self._windows.get(key), event.occurred
        if counts and window is not None and self._is_within(window, occurred):
            return self._counted(key, window, event)
        if window is not None and not window.is_over(occurred):
            return []
        if self._trigger.after:
            self._windows.pop(key, None)
            if opens:
                self._open(key, occurred, event)
            return []
        return self._counted(key, self._open(key, occurred, None), event) if counts else []

    def _is_within(self, window: Window, moment: datetime) -> bool:
        if window.end is None and not self._trigger.after:
            return True
        return moment >= window.start and not window.is_over(moment)

    def _counted(self, key: Key, window: Window, event: Event) -> list[Firing]:
        window.count += 1
        if window.has_fired or window.count < self._trigger.threshold:
            return []
        if window.end is None or self._trigger.after:
            del self._windows[key]
        window.has_fired = True
        return [self._firing(key, event.occurred, event, event.id)]

    def _await(self, key: Key, event: Event, opens: bool, counts: bool) -> list[Firing]:
        fired = self.pass_time(event.occurred, only=key)
        window = self._windows.get(key)
        if window is not None and event.occurred < window.start:
            return fired
        if opens and (window is None or counts):
            self._open(key, event.occurred, event)
        elif window is not None and counts:
            self._expected(key, window, event)
        elif window is None and counts and not self._trigger.after:
            self._open(key, event.occurred, event).count = 1
        return fired

    def _expected(self, key: Key, window: Window, event: Event) -> None:
        window.count += 1
        if self._trigger.after:
            if window.count >= self._trigger.threshold:
                del self._windows[key]
        elif self._names:
            window.heard = event

    def pass_time(self, moment: datetime, *, only: Key | None = None) -> list[Firing]:
        """The firings to which it leads that a moment has come."""
        if self._soonest is None or moment < self._soonest:
            return []
        over = [
            (window.end, key, window)
            for key, window in self._windows.items()
            if window.end is not None and window.is_over(moment) and (only is None or key == only)
        ]
        in_order = sorted(over, key=lambda each: each[:2])
        fired = [firing for end, key, window in in_order for firing in self._end(key, window, end, moment)]
        self._soonest = self._first_end()
        return fired

    def _end(self, key: Key, window: Window, end: datetime, moment: datetime) -> list[Firing]:
        missed = self._first_missed(window, end, moment)
        if self._trigger.after or (self._names and missed is not None):
            del self._windows[key]
        else:
            self._windows[key] = self._next(window, end, moment)
        return [self._firing(key, missed, window.heard, missed.isoformat())] if missed is not None else []

    def _first_missed(self, window: Window, end: datetime, moment: datetime) -> datetime | None:
        """The end of the first window in which too little came: this one, or one that has gone by since."""
        if window.count < self._trigger.threshold:
            return end
        following = end + self._trigger.within
        return following if moment >= following and not self._trigger.after else None

    def _next(self, window: Window, end: datetime, moment: datetime) -> Window:
        """The window that has begun by a moment; those that went by while nobody looked count as one that is missed."""
        within = self._trigger.within
        start = end + (moment - end) // within * within
        return Window(start, start + within, heard=window.heard)

    def _open(self, key: Key, start: datetime, heard: Event | None) -> Window:
        trigger = self._trigger
        end = None if trigger.posture is Posture.Reactive and trigger.within == NO_TIME else start + trigger.within
        self._make_room(start)
        window = self._windows[key] = Window(start, end, heard=heard if trigger.posture is Posture.Proactive else None)
        if end is not None and trigger.posture is Posture.Proactive:
            self._soonest = min(self._soonest or end, end)
        return window

    def _make_room(self, moment: datetime) -> None:
        """Let go of what is over, where nobody else ends it, whenever twice as many windows are held as then."""
        if self._trigger.posture is Posture.Proactive or len(self._windows) < self._room:
            return
        self._windows = {key: window for key, window in self._windows.items() if not window.is_over(moment)}
        self._room = max(FEW, 2 * len(self._windows))

    def _first_end(self) -> datetime | None:
        if self._trigger.posture is not Posture.Proactive:
            return None
        return min((window.end for window in self._windows.values() if window.end is not None), default=None)

    def _firing(self, key: Key, moment: datetime, event: Event | None, cause: object) -> Firing:
        return Firing(
            id=firing_id(self._id, *key, cause),
            trigger_id=self._id,
            moment=moment,
            event=event,
            labels=dict(zip(self._names, key, strict=True)),
        )


def _kept(window: Window) -> list[Any]:
    end = window.end.isoformat() if window.end is not None else None
    return [window.start.isoformat(), end, window.count, window.has_fired, event_fields(window.heard)]


def _read(kept: list[Any]) -> Window:
    start, end, count, has_fired, heard = kept
    ends = datetime.fromisoformat(end) if end is not None else None
    return Window(datetime.fromisoformat(start), ends, count, has_fired, read_event(heard))
