"""Slots of a database that this process uses itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.concurrency import TAG, Taker
from prefect._engine.slots import Answered, Asked
from prefect._orchestration import concurrency_limits, taking_slots
from prefect._orchestration.taking_slots import SlotsRefused, Told, Wish
from prefect._store.database import Database
from prefect._store.watching import SHORTEST_PAUSE, Watch
from prefect.exceptions import ConcurrencySlotAcquisitionError


class SlotsHere:
    """Takes slots in a database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watch: Watch | None = None

    def take(self, process: str, asked: Asked, *, waits: bool) -> Answered:
        wish = Wish(
            asked.lease_id,
            asked.names,
            asked.slots,
            asked.mode,
            lease=timedelta(seconds=asked.lease_seconds),
            taker=Taker(process, asked.holder),
            strict=asked.strict,
        )
        try:
            taken = taking_slots.take(self._db, wish, waits=waits, now=now(), new_id=new_id)
        except SlotsRefused as error:
            told = f"Unable to acquire concurrency slots on {list(asked.names)}: {error}"
            raise ConcurrencySlotAcquisitionError(told) from error
        bounded = [limit.name for limit in taken.limits if limit.active]
        return Answered(taken.is_granted, bounded, taken.unknown, taken.wait_seconds)

    def give(self, lease_id: UUID) -> None:
        taking_slots.give(self._db, lease_id, now=now(), new_id=new_id)

    def withdraw(self, lease_id: UUID) -> bool:
        return taking_slots.withdraw(self._db, lease_id, now=now(), new_id=new_id)

    def hear(self, process: str, heard_of: Sequence[UUID], seconds: float, changed: threading.Event) -> Sequence[Told]:
        if self._watch is None:
            self._watch = Watch(self._db, longest_pause=SHORTEST_PAUSE)
        changed.clear()
        heard = taking_slots.hear(self._db, process, set(heard_of), now=now(), new_id=new_id)
        if heard.look_again is None:
            changed.wait(SHORTEST_PAUSE)
        elif not heard.told:
            _wait(self._watch, changed, min((heard.look_again - now()).total_seconds(), seconds))
        return heard.told

    def hear_no_more(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def renew(self, lease_ids: Sequence[UUID], lease_seconds: float) -> Sequence[UUID]:
        return taking_slots.renew(self._db, lease_ids, timedelta(seconds=lease_seconds), now=now())

    def limited_tags(self) -> frozenset[str]:
        return frozenset(name.removeprefix(TAG) for name in concurrency_limits.names_beginning(self._db, TAG))

    def close(self) -> None:
        """The database belongs to whoever opened it."""


def _wait(watch: Watch, changed: threading.Event, seconds: float) -> None:
    """Return when this process has given slots back, somebody has committed something, or the time is over."""
    deadline = time.monotonic() + seconds
    while not watch.wait(0) and (left := deadline - time.monotonic()) > 0:
        if changed.wait(min(left, SHORTEST_PAUSE)):
            return
