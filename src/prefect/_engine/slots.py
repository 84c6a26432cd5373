"""The slots of concurrency limits that this process holds, and those that its threads wait for.

One `Slots` serves a process and a place: the database itself, or a server. One thread listens for all who wait, and one
renews all leases. Both end when there is nothing left to do, and begin again with the next.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar
from uuid import UUID

from prefect._clock import new_id
from prefect._domain.concurrency import Holder, Mode
from prefect._interrupting import interruptible, uninterrupted_methods
from prefect.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError
from prefect.settings import Settings, get_current_settings
from prefect.utilities.opened_once import OpenedOnce
from prefect.utilities.tallies import LIMITS

if TYPE_CHECKING:
    from prefect._orchestration.taking_slots import Told

ASK_AGAIN = 30.0
"""Seconds after which somebody who waits asks again, should its place in line be forgotten."""
LISTEN = 10.0
"""Seconds for which one listens at a time."""
PAUSE = 0.5
"""Seconds before one listens again after an error."""
PART_BEFORE_RENEWAL, PART_BEFORE_NEXT_TRY = 1 / 2, 1 / 6
"""The parts of a lease after which it is renewed, and between further tries: three of them before it is over."""
FRESH = 1.0
"""Seconds for which one believes to know the tags that have a limit."""
IDLE = 10.0
"""Seconds without a lease after which the thread ends that renews them."""
CLOSING = 5.0
"""Seconds that a thread has to end."""
AT_ONCE = 8
"""How many threads ask for what async code awaits; asking takes a moment."""
T = TypeVar("T")
logger = logging.getLogger("prefect.concurrency")


class Asked(NamedTuple):
    """Slots that somebody wants, under a lease whose id it has made."""

    lease_id: UUID
    names: tuple[str, ...]
    slots: int = 1
    mode: Mode = Mode.CONCURRENCY
    lease_seconds: float = 300.0
    holder: Holder | None = None
    strict: bool = False


class Answered(NamedTuple):
    """What became of it: whether one has the slots, the limits that bound it, and the names that are no limit's."""

    is_granted: bool
    bounded: Sequence[str]
    unknown: Sequence[str]
    wait_seconds: float


class Patience(NamedTuple):
    """How long one waits: so many seconds, or so many further tries; without either, for ever."""

    seconds: float | None = None
    tries: int | None = None

    def begins(self) -> bool:
        """Whether one waits at all."""
        return self.tries != 0 and (self.seconds is None or self.seconds > 0)

    def until(self, wait_seconds: float) -> float | None:
        """The monotonic time at which it ends, where a try would come after so many seconds."""
        ends = [] if self.seconds is None else [self.seconds]
        if self.tries is not None:
            ends.append(self.tries * max(wait_seconds, SHORTEST_TRY))
        return time.monotonic() + min(ends) if ends else None


SHORTEST_TRY = 0.1
"""Seconds that stand for one further try at least."""


class Place(Protocol):
    """Where slots are taken. Each call may be repeated without harm."""

    def take(self, process: str, asked: Asked, *, waits: bool) -> Answered:
        """Take slots, or stand in line. Raises `ConcurrencySlotAcquisitionError` for what will never be had."""

    def give(self, lease_id: UUID) -> None:
        """Give slots back, or leave the line."""

    def withdraw(self, lease_id: UUID) -> bool:
        """Leave the line, unless one has just been served; whether that is so."""

    def hear(self, process: str, heard_of: Sequence[UUID], seconds: float, changed: threading.Event) -> Sequence[Told]:
        """What there is to tell those of a process who wait: at once, or after something has happened, or nothing."""

    def hear_no_more(self) -> None:
        """Nobody listens for now."""

    def renew(self, lease_ids: Sequence[UUID], lease_seconds: float) -> Iterable[UUID]:
        """Lengthen leases; those that are over."""

    def limited_tags(self) -> frozenset[str]:
        """The tags that have a limit."""

    def close(self) -> None: ...


@dataclass(slots=True)
class Held:
    """A lease of this process; times are monotonic. `lost` is called when it is over before it was given back."""

    lease_id: UUID
    seconds: float
    lost: Callable[[str], None]
    ends: float = field(init=False)
    due: float = field(init=False)

    def __post_init__(self) -> None:
        self.renewed(time.monotonic())

    def renewed(self, at: float) -> None:
        self.ends, self.due = at + self.seconds, at + self.seconds * PART_BEFORE_RENEWAL

    def failed(self, at: float) -> None:
        self.due = min(at + self.seconds * PART_BEFORE_NEXT_TRY, max(self.ends, at))


@uninterrupted_methods
class Slots:
    """The slots of this process at one place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.process = f"{platform.node()}:{os.getpid()}:{new_id()}"
        self.tags = LimitedTags(place)
        self._waiting: dict[UUID, Future[str | None]] = {}
        self._held: dict[UUID, Held] = {}
        self._changing = threading.Condition()
        self._listens = self._renews = self._is_closed = False
        self._begun: list[threading.Thread] = []
        self._looks_at = 0.0
        self._given = threading.Event()
        self._threads: ThreadPoolExecutor | None = None

    def take(self, asked: Asked, patience: Patience) -> Answered:
        """Take slots, waiting for them in line.

        Raises `AcquireConcurrencySlotTimeoutError`, and `ConcurrencySlotAcquisitionError` where the tries are used up
        or the slots will never be had.
        """
        future = self._expecting(asked)
        try:
            answer = self._asked(asked, patience)
            until = patience.until(answer.wait_seconds)
            while not answer.is_granted:
                answer = self._awaited(asked, answer, future, until, patience)
            return answer
        except (AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError):
            raise
        except BaseException:
            self.give(asked.lease_id)
            raise
        finally:
            self._waiting.pop(asked.lease_id, None)

    @interruptible
    def _awaited(
        self, asked: Asked, answer: Answered, future: Future[str | None], until: float | None, patience: Patience
    ) -> Answered:
        """What is heard in line, or answered when one asks again."""
        try:
            return _heard(asked, answer, future.result(_next_wait(until)))
        except TooLate:
            return self._asked_again(asked, answer, until, patience)

    async def atake(self, asked: Asked, patience: Patience) -> Answered:
        """The same for async code: the event loop goes on, and no thread is held while one waits."""
        import asyncio

        future = self._expecting(asked)
        try:
            answer = await self.in_thread(self._asked, asked, patience)
            until = patience.until(answer.wait_seconds)
            while not answer.is_granted:
                try:
                    heard = asyncio.shield(asyncio.wrap_future(future))
                    answer = _heard(asked, answer, await asyncio.wait_for(heard, _next_wait(until)))
                except asyncio.TimeoutError:
                    answer = await self.in_thread(self._asked_again, asked, answer, until, patience)
            return answer
        except (AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError):
            raise
        except BaseException:
            await self.in_thread(self.give, asked.lease_id)
            raise
        finally:
            self._waiting.pop(asked.lease_id, None)

    async def in_thread(self, call: Callable[..., T], *args: object) -> T:
        """The result of a short call, made in a thread of our own; it is carried out though one is cancelled."""
        import asyncio

        working = asyncio.get_running_loop().run_in_executor(self._own_threads(), call, *args)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait({working})
            raise

    def _own_threads(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prefect-slots")
        return self._threads

    def _expecting(self, asked: Asked) -> Future[str | None]:
        future: Future[str | None] = Future()
        self._waiting[asked.lease_id] = future
        return future

    def _asked(self, asked: Asked, patience: Patience) -> Answered:
        answer = self.place.take(self.process, asked, waits=patience.begins())
        if asked.strict and answer.unknown:
            raise ConcurrencySlotAcquisitionError(
                f"Concurrency limits {list(answer.unknown)} must be created before acquiring slots: "
                f"prefect gcl create {answer.unknown[0]!r} --limit 1"
            )
        if not answer.is_granted:
            if not patience.begins():
                raise _too_late(asked, patience)
            self._listen()
        return answer

    def _asked_again(self, asked: Asked, answer: Answered, until: float | None, patience: Patience) -> Answered:
        """What is answered when one asks again; when the time is over, one leaves the line."""
        if until is None or time.monotonic() < until:
            return self._asked(asked, patience)
        if self.place.withdraw(asked.lease_id):
            return answer._replace(is_granted=True)
        raise _too_late(asked, patience)

    def give(self, lease_id: UUID) -> None:
        """Give slots back. Where that cannot be done, they end with their lease."""
        with self._changing:
            self._held.pop(lease_id, None)
        try:
            self.place.give(lease_id)
        except Exception as error:  # noqa: BLE001  # what was done with the slots counts, not this
            logger.warning("Slots could not be given back, and end with their lease: %s", error)
        self._given.set()

    def hold(self, held: Held) -> None:
        """Renew a lease until its slots are given back."""
        with self._changing:
            self._held[held.lease_id] = held
            if not self._renews:
                self._renews, self._looks_at = True, held.due
                self._begin(self._renew, "prefect-slots-renewing")
            elif held.due < self._looks_at:
                self._changing.notify_all()

    def leases(self) -> list[UUID]:
        """The leases that are held now."""
        with self._changing:
            return list(self._held)

    def close(self) -> None:
        """End the threads; what is held ends with its lease."""
        with self._changing:
            self._is_closed = True
            self._changing.notify_all()
        self._given.set()
        self.place.close()
        for thread in self._begun:
            thread.join(CLOSING)

    def _begin(self, work: Callable[[], None], name: str) -> None:
        self._begun = [thread for thread in self._begun if thread.is_alive()]
        self._begun.append(threading.Thread(target=work, name=name, daemon=True))
        self._begun[-1].start()

    def _listen(self) -> None:
        with self._changing:
            if not self._listens:
                self._listens = True
                self._begin(self._hear, "prefect-slots-listening")

    def _hear(self) -> None:
        """Listen for those who wait, as long as there are any."""
        heard: list[UUID] = []
        while self._has_to_hear(heard):
            try:
                told = self.place.hear(self.process, heard, LISTEN if self._waiting else 0.0, self._given)
            except Exception as error:  # noqa: BLE001  # it may go better the next time
                if not self._is_closed:
                    logger.warning("One cannot hear whether slots are free, and tries again: %s", error)
                    time.sleep(PAUSE)
                continue
            heard = [one.lease_id for one in told]
            for one in told:
                future = self._waiting.pop(one.lease_id, None)
                if future is not None:
                    future.set_result(one.refusal)

    def _has_to_hear(self, heard: Sequence[UUID]) -> bool:
        with self._changing:
            self._listens = bool(self._waiting or heard) and not self._is_closed
            if not self._listens:
                self.place.hear_no_more()
            return self._listens

    def _renew(self) -> None:
        """Renew what is due, as long as anything is held."""
        while (due := self._due()) is not None:
            for seconds in {held.seconds for held in due}:
                self._renew_those([held for held in due if held.seconds == seconds], seconds)

    def _due(self) -> list[Held] | None:
        """The leases that are due to be renewed, as soon as there are any; None when nothing is held for a while."""
        with self._changing:
            idle_since = None
            while not self._is_closed and (idle_since is None or time.monotonic() - idle_since < IDLE):
                now = time.monotonic()
                due = [held for held in self._held.values() if held.due <= now]
                if due:
                    return due
                idle_since = (idle_since or now) if not self._held else None
                self._looks_at = min((held.due for held in self._held.values()), default=now + IDLE)
                self._changing.wait(self._looks_at - now)
            self._renews = False
            return None

    def _renew_those(self, due: Sequence[Held], seconds: float) -> None:
        began = time.monotonic()
        try:
            over = set(self.place.renew([held.lease_id for held in due], seconds))
        except Exception as error:  # noqa: BLE001  # it may go better the next time, as long as the lease lasts
            logger.warning("Leases of slots could not be renewed: %s", error)
            self._fail(due, str(error))
            return
        for held in due:
            if held.lease_id in over:
                self._lose(held, "it was over, or taken away")
            else:
                held.renewed(began)

    def _fail(self, due: Iterable[Held], why: str) -> None:
        now = time.monotonic()
        for held in due:
            if now >= held.ends:
                self._lose(held, why)
            else:
                held.failed(now)

    def _lose(self, held: Held, why: str) -> None:
        with self._changing:
            if self._held.pop(held.lease_id, None) is None:
                return
        held.lost(why)


def _heard(asked: Asked, answer: Answered, refusal: str | None) -> Answered:
    if refusal is not None:
        raise ConcurrencySlotAcquisitionError(f"Unable to acquire concurrency slots on {list(asked.names)}: {refusal}")
    return answer._replace(is_granted=True)


def _next_wait(until: float | None) -> float:
    return ASK_AGAIN if until is None else min(max(until - time.monotonic(), 0.0), ASK_AGAIN)


def _too_late(asked: Asked, patience: Patience) -> Exception:
    if patience.tries is not None:
        return ConcurrencySlotAcquisitionError(
            f"Unable to acquire concurrency slots on {list(asked.names)}: all are taken (423 Locked), and the "
            f"{patience.tries} further tries are used up."
        )
    return AcquireConcurrencySlotTimeoutError(
        f"Attempt to acquire concurrency slots timed out after {patience.seconds} second(s)"
    )


class LimitedTags:
    """The tags that have a limit, as they were a moment ago."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._tags: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._changes = LIMITS.count

    def is_known(self) -> bool:
        """Whether one has looked a moment ago, and this process has changed no limit since."""
        return self._changes == LIMITS.count and time.monotonic() - self._read_at < FRESH

    def forget(self) -> None:
        """Look again before the next answer."""
        self._read_at = float("-inf")

    def look(self) -> None:
        """See which tags have a limit; where that cannot be seen, they are believed to be the same."""
        changes = LIMITS.count
        try:
            self._tags = self._place.limited_tags()
        except Exception as error:  # noqa: BLE001  # a run goes on
            logger.debug("The limits of tags cannot be read: %s", error)
        self._read_at, self._changes = time.monotonic(), changes

    def among(self, tags: Iterable[str]) -> frozenset[str]:
        """Those of some tags that have a limit."""
        return self._tags.intersection(tags)


_slots: OpenedOnce[Slots] = OpenedOnce()


def slots_of_this_process() -> Slots:
    """The slots of this process at the server, or in the database, that the settings name."""
    settings = get_current_settings()
    return _slots.get(place_of(settings), lambda: Slots(_place(settings)))


def leases_of_this_process() -> list[UUID]:
    """The leases of slots that this process holds now, wherever it took them."""
    return [lease_id for slots in _slots.opened() for lease_id in slots.leases()]


def place_of(settings: Settings) -> str:
    """The address of the server that settings name, or else of the database."""
    return str(settings.api.url or settings.server.database.connection_url)


def close_slots() -> None:
    """Let go of all places; who asks next begins anew."""
    _slots.close()


def _place(settings: Settings) -> Place:
    if settings.api.url:
        from prefect._engine.slots_there import SlotsThere

        return SlotsThere(settings)
    from prefect._engine.slots_here import SlotsHere
    from prefect._store.opened import database_of

    return SlotsHere(database_of(settings.server.database))
