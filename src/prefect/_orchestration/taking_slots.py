"""Taking slots of limits, waiting for them in line, giving them back.

What is taken is a row with a lease; who finds too few slots free stands in line. Whoever ends a slot, or changes a
limit, serves the line in the same transaction: those who have what they want are told in their rows, and their
processes are woken by the commit. What ends by time alone is noticed by those who wait (`hear`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple
from uuid import UUID

from prefect._domain import limit_events
from prefect._domain.concurrency import (
    GRANTED,
    ConcurrencyLimit,
    Holder,
    Mode,
    SlotKind,
    Taker,
    Waiter,
    Wanted,
    end_of_decay,
    free_slots,
    occupancy,
    refusal,
    seconds_until_free,
    served,
)
from prefect._domain.events import Event
from prefect._orchestration.events import tell
from prefect._store import concurrency as store
from prefect._store import waiters
from prefect._store.concurrency import Slot
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.watching import announce

NewId = Callable[[], UUID]
PATIENCE = timedelta(seconds=15)
"""How long somebody is believed to wait without a word of its process."""
FORGOTTEN = timedelta(hours=1)
"""After how long without a word of its process a waiter is removed; before, it keeps its place should it go on."""
LOOK_AGAIN = timedelta(seconds=5)
"""How often those who wait look whether slots have ended that nobody told of."""


TAKEN_OUT = "Somebody took it out of the line of those who wait."


class SlotsRefused(ValueError):
    """What was asked for will never be had."""


class Wish(NamedTuple):
    """So many slots of each limit, under a lease whose id the asker has made.

    `kind` says how they end; what is asked for in order to keep to a pace ends by time.
    """

    lease_id: UUID
    names: Sequence[str]
    slots: int = 1
    mode: Mode = Mode.CONCURRENCY
    kind: SlotKind = SlotKind.LEASE
    lease: timedelta = timedelta(seconds=300)
    taker: Taker = Taker()
    strict: bool = False
    """Whether nothing is taken where a name is no limit's."""


class Taken(NamedTuple):
    """What became of a wish; where nothing was taken, in how many seconds it may be."""

    is_granted: bool
    limits: Sequence[ConcurrencyLimit] = ()
    unknown: Sequence[str] = ()
    wait_seconds: float = 0.0


class Told(NamedTuple):
    """What somebody who waited is told: None for what it wanted, or why it will never have it."""

    lease_id: UUID
    refusal: str | None


class Heard(NamedTuple):
    """What there is to tell, and when to look again though nothing is committed; None where nobody waits any more."""

    told: list[Told]
    look_again: datetime | None


def take(db: Database, wish: Wish, *, waits: bool, now: datetime, new_id: NewId) -> Taken:
    """Take slots, or stand in line for them if one `waits`. Asked again, it is answered as before.

    Names that are no limit's bound nothing. Raises `SlotsRefused` for what will never be had.
    """
    with db.write() as conn:
        store.lock_slots(conn)
        limits = store.read_limits_named(conn, wish.names, now=now)
        unknown = sorted(set(wish.names) - {limit.name for limit in limits})
        if wish.strict and unknown:
            return Taken(is_granted=False, unknown=unknown)
        reason = refusal(limits, wish.slots, wish.mode)
        if reason is not None:
            raise SlotsRefused(reason)
        known = _standing(conn, wish, now)
        if known is not None:
            return known._replace(limits=limits, unknown=unknown)
        return _taken(conn, wish, limits, waits, now, new_id)._replace(limits=limits, unknown=unknown)


def _standing(conn: Connection, wish: Wish, now: datetime) -> Taken | None:
    """What became of a wish that was asked for before; where that is granted, its lease begins.

    Raises `SlotsRefused` where it was refused meanwhile.
    """
    waiter = waiters.read_waiter(conn, wish.lease_id)
    if waiter is None:
        return Taken(is_granted=True) if store.read_lease(conn, wish.lease_id) else None
    if waiter.answer is None:
        return Taken(is_granted=False)
    _begin_leases(conn, [waiter], now)
    if waiter.answer != GRANTED:
        raise SlotsRefused(waiter.answer)
    return Taken(is_granted=True)


def _taken(
    conn: Connection, wish: Wish, limits: Sequence[ConcurrencyLimit], waits: bool, now: datetime, new_id: NewId
) -> Taken:
    wants = tuple(Wanted(limit.id, wish.slots) for limit in limits if limit.active)
    asker = Waiter(wish.lease_id, wish.mode, wish.lease.total_seconds(), wish.taker, now, now + PATIENCE, wants=wants)
    if asker in _serve(conn, [wanted.limit_id for wanted in wants], now, new_id, last=asker, kind=wish.kind):
        return Taken(is_granted=True)
    if waits:
        waiters.delete_dead_waiters(conn, now=now - FORGOTTEN)
        waiters.insert_waiter(conn, asker)
    wait = max(seconds_until_free(limit, wish.slots, now=now) for limit in limits)
    return Taken(is_granted=False, wait_seconds=wait)


def give(db: Database, lease_id: UUID, *, now: datetime, new_id: NewId) -> bool:
    """Give back what was taken under a lease, or leave the line; whether there was anything."""
    with db.write() as conn:
        store.lock_slots(conn)
        return _give(conn, lease_id, now, new_id)


def _give(conn: Connection, lease_id: UUID, now: datetime, new_id: NewId) -> bool:
    wanted = _leave_line(conn, lease_id)
    ended = store.end_lease(conn, lease_id)
    _learn(conn, ended, now, new_id)
    serve(conn, {*wanted, *(slot.limit_id for slot in ended)}, now=now, new_id=new_id)
    return bool(ended or wanted)


def give_back_of_process(conn: Connection, beginning: str, *, now: datetime, new_id: NewId) -> None:
    """Give back what processes held that are known to be gone, and take them out of the line.

    Their names, `host:pid:id`, begin in that way.
    """
    leases = {*store.leases_of_process(conn, beginning), *waiters.waiters_of(conn, beginning)}
    if leases:
        store.lock_slots(conn)
    for lease_id in leases:
        _give(conn, lease_id, now, new_id)


def withdraw(db: Database, lease_id: UUID, *, now: datetime, new_id: NewId) -> bool:
    """Leave the line, unless one has just been served; whether that is so."""
    with db.write() as conn:
        store.lock_slots(conn)
        waiter = waiters.read_waiter(conn, lease_id)
        wanted = _leave_line(conn, lease_id)
        if waiter is not None and waiter.answer == GRANTED:
            store.renew_lease(conn, lease_id, now=now, ttl=timedelta(seconds=waiter.lease_seconds))
            return True
        serve(conn, wanted, now=now, new_id=new_id)
        return bool(store.read_lease(conn, lease_id))


def _leave_line(conn: Connection, lease_id: UUID) -> set[UUID]:
    """Take somebody out of the line; the limits that it waited for."""
    waiter = waiters.read_waiter(conn, lease_id)
    if waiter is None:
        return set()
    waiters.delete_waiter(conn, lease_id)
    return {wanted.limit_id for wanted in waiter.wants}


def give_back(
    db: Database, names: Sequence[str], slots: int, *, seconds: float | None = None, now: datetime, new_id: NewId
) -> list[ConcurrencyLimit]:
    """Give back slots that were taken without a lease, the oldest first; the limits of these names.

    `seconds` is how long they were held, where one knows it better than the database.
    """
    with db.write() as conn:
        store.lock_slots(conn)
        limits = store.read_limits_named(conn, names, now=now)
        for limit in limits:
            _end_oldest(conn, limit, slots, SlotKind.RETURN, now)
            if seconds is not None:
                store.write_occupancy(conn, limit.id, occupancy(limit.avg_slot_occupancy_seconds, seconds))
        serve(conn, [limit.id for limit in limits], now=now, new_id=new_id)
        return limits


def _end_oldest(conn: Connection, limit: ConcurrencyLimit, slots: int, kind: SlotKind, now: datetime) -> int:
    """End so many slots of a kind, the oldest first; how many there were too few."""
    left = slots
    for held in store.held_slots(conn, [limit.id], now=now):
        if held.kind is not kind or left == 0:
            continue
        if held.slots > left:
            store.resize_slot(conn, held.id, held.slots - left)
            return 0
        store.delete_slot(conn, held.id)
        left -= held.slots
    return left


def give_back_of(
    db: Database, names: Sequence[str], holder: Holder, *, now: datetime, new_id: NewId
) -> list[ConcurrencyLimit]:
    """Give back the slots that a run holds of the limits of these names; those limits."""
    with db.write() as conn:
        store.lock_slots(conn)
        limits = store.read_limits_named(conn, names, now=now)
        if limits:
            _learn(conn, store.end_slots_of_holder(conn, [limit.id for limit in limits], holder), now, new_id)
        serve(conn, [limit.id for limit in limits], now=now, new_id=new_id)
        return limits


def renew(db: Database, lease_ids: Sequence[UUID], ttl: timedelta, *, now: datetime) -> list[UUID]:
    """Lengthen leases; those that are over."""
    with db.write() as conn:
        return [id for id in lease_ids if not store.renew_lease(conn, id, now=now, ttl=ttl)]


def hear(db: Database, process: str, heard: Collection[UUID], *, now: datetime, new_id: NewId) -> Heard:
    """What there is to tell those of a process who wait. What was `heard` is not told again: its lease begins."""
    with db.read() as conn:
        answered = waiters.answered(conn, process)
    if any(waiter.lease_id in heard for waiter in answered):
        with db.write() as conn:
            _begin_leases(conn, [waiter for waiter in answered if waiter.lease_id in heard], now)
    told = [Told(one.lease_id, _refusal(one)) for one in answered if one.lease_id not in heard]
    if told:
        return Heard(told, now)
    with db.read() as conn:
        expires_at = waiters.first_end_of_waiting(conn, process)
        if expires_at is None:
            return Heard([], None)
        look_again = _next_look(conn, process, now)
    if look_again <= now or expires_at - now < PATIENCE - LOOK_AGAIN:
        look_again = _looked(db, process, now, new_id)
    return Heard([], look_again)


def _refusal(waiter: Waiter) -> str | None:
    return None if waiter.answer == GRANTED else waiter.answer


def _looked(db: Database, process: str, now: datetime, new_id: NewId) -> datetime:
    """Serve those who wait for what somebody of a process waits for, who is alive; when to look again."""
    with db.write() as conn:
        store.lock_slots(conn)
        waiters.renew_waiters(conn, process, now=now, ttl=PATIENCE)
        serve(conn, waiters.awaited_limits(conn, process), now=now, new_id=new_id)
        return max(_next_look(conn, process, now), now)


def _begin_leases(conn: Connection, heard: Iterable[Waiter], now: datetime) -> None:
    for waiter in heard:
        if waiters.delete_waiter(conn, waiter.lease_id):
            store.renew_lease(conn, waiter.lease_id, now=now, ttl=timedelta(seconds=waiter.lease_seconds))


def _next_look(conn: Connection, process: str, now: datetime) -> datetime:
    """When a slot ends, or has decayed, that somebody of the process waits for."""
    wanted = waiters.awaited_limits(conn, process)
    limits = store.read_limits(conn, wanted, now=now).values()
    decays = [
        now + timedelta(seconds=seconds_until_free(limit, wanted[limit.id], now=now))
        for limit in limits
        if limit.decays_until is not None
    ]
    ends = waiters.next_end(conn, process) if wanted else None
    return min([now + LOOK_AGAIN, *decays, *([ends] if ends is not None else [])])


def serve(conn: Connection, limit_ids: Collection[UUID], *, now: datetime, new_id: NewId) -> None:
    """Give those who wait for some limits what they want, as far as it is free, in order of arrival."""
    if limit_ids and waiters.has_waiters(conn):
        _serve(conn, list(limit_ids), now, new_id)


def _serve(
    conn: Connection,
    limit_ids: Sequence[UUID],
    now: datetime,
    new_id: NewId,
    *,
    last: Waiter | None = None,
    kind: SlotKind = SlotKind.LEASE,
) -> list[Waiter]:
    """Serve the line for some limits, with somebody at its end who stands in no row yet; those who were served."""
    if not limit_ids:
        return [last] if last is not None else []
    line, limits = _line(conn, limit_ids, now=now)
    asking = [*line, last] if last is not None else line
    lucky = served(asking, {id: free_slots(limit) for id, limit in limits.items()})
    for waiter in lucky:
        until = now + timedelta(seconds=waiter.lease_seconds) if waiter is last else waiter.expires_at
        _grant(conn, waiter, limits, kind if waiter is last else SlotKind.LEASE, until, now, new_id)
        if waiter is not last:
            waiters.answer_waiter(conn, waiter.lease_id, GRANTED)
    if any(waiter is not last for waiter in lucky):
        announce(conn)
    return lucky


def _line(
    conn: Connection, limit_ids: Sequence[UUID], *, now: datetime, whole: bool = False
) -> tuple[list[Waiter], dict[UUID, ConcurrencyLimit]]:
    """Those who wait for some limits, or for others that these wait for, and all those limits as they are.

    Of those who wait for one limit alone, no more than may be served, and one, unless the `whole` line is asked for.
    """
    store.end_expired_slots(conn, limit_ids, now=now)
    limits = store.read_limits(conn, limit_ids, now=now)
    if len(limits) == 1 and not whole and not waiters.some_want_more(conn, limit_ids[0]):
        free = free_slots(limits[limit_ids[0]])
        most = int(max(free, 0)) + 1 if free != inf else None
        return waiters.line_for(conn, limit_ids, now=now, most=most), limits
    while limits:
        line = waiters.line_for(conn, list(limits), now=now)
        more = {each.limit_id for waiter in line for each in waiter.wants} - limits.keys()
        if not more:
            return line, limits
        store.end_expired_slots(conn, list(more), now=now)
        limits |= store.read_limits(conn, more, now=now)
    return [], {}


def _grant(
    conn: Connection,
    waiter: Waiter,
    limits: dict[UUID, ConcurrencyLimit],
    kind: SlotKind,
    until: datetime,
    now: datetime,
    new_id: NewId,
) -> None:
    """Take for somebody what it wants, which is free; what keeps to a pace ends behind what was taken before."""
    slots = []
    for limit_id, count in waiter.wants:
        limit = limits[limit_id]
        if not limit.active:
            continue
        end, ends_by = (until if kind is SlotKind.LEASE else store.UNTIL_RETURNED), kind
        if waiter.mode is Mode.RATE_LIMIT:
            end, ends_by = end_of_decay(limit.decays_until, count, limit.slot_decay_per_second, now=now), SlotKind.DECAY
            limit.decays_until = end
        slots.append(Slot(new_id(), now, limit_id, waiter.lease_id, count, ends_by, waiter.taker, end))
    store.insert_slots(conn, slots)
    if waiter.taker.process is not None:
        tell(conn, *_takings(slots, limits, now))


def _takings(slots: Sequence[Slot], limits: Mapping[UUID, ConcurrencyLimit], now: datetime) -> list[Event]:
    """What is told of slots that were taken together; each event has the id of its slot."""
    return [
        limit_events.acquired(
            limits[slot.limit_id],
            slot.slots,
            [limits[other.limit_id] for other in slots if other is not slot],
            slot.taker.holder,
            id=slot.id,
            now=now,
        )
        for slot in slots
    ]


def refuse_the_impossible(conn: Connection, limit_id: UUID, *, now: datetime) -> None:
    """Tell those who want more of a limit than it has by now."""
    line, limits = _line(conn, [limit_id], now=now, whole=True)
    for waiter in line:
        reasons = [refusal([limits[want.limit_id]], want.slots, waiter.mode) for want in waiter.wants]
        reason = next(filter(None, reasons), None)
        if reason is not None:
            waiters.answer_waiter(conn, waiter.lease_id, reason)
            announce(conn)


def end(db: Database, lease_id: UUID, *, now: datetime, new_id: NewId) -> bool:
    """Take slots away from who holds them, or somebody out of the line; whether there was anybody."""
    with db.write() as conn:
        store.lock_slots(conn)
        waiter = waiters.read_waiter(conn, lease_id)
        if waiter is not None and waiter.answer is None:
            waiters.answer_waiter(conn, lease_id, TAKEN_OUT)
            announce(conn)
        ended = store.end_lease(conn, lease_id)
        _learn(conn, ended, now, new_id)
        limit_ids = {*(slot.limit_id for slot in ended), *(want.limit_id for want in (waiter.wants if waiter else ()))}
        serve(conn, limit_ids, now=now, new_id=new_id)
        return bool(ended or waiter)


def _learn(conn: Connection, ended: Sequence[Slot], now: datetime, new_id: NewId) -> None:
    """Learn from slots that were given back how long they are held on average, and tell of those that a process had."""
    given = [slot for slot in ended if slot.kind is not SlotKind.DECAY]
    limits = store.read_limits(conn, {slot.limit_id for slot in given}, now=now)
    for slot in given:
        limit = limits[slot.limit_id]
        seconds = (now - slot.created).total_seconds()
        store.write_occupancy(conn, limit.id, occupancy(limit.avg_slot_occupancy_seconds, seconds))
    tell(
        conn,
        *(
            limit_events.released(
                limits[slot.limit_id],
                slot.slots,
                [limits[other.limit_id] for other in given if other is not slot],
                slot.taker.holder,
                id=new_id(),
                taking=slot.id,
                taken=slot.created,
                now=now,
            )
            for slot in given
            if slot.taker.process is not None
        ),
    )


__all__ = [
    "Heard",
    "SlotsRefused",
    "Taken",
    "Told",
    "Wish",
    "end",
    "give",
    "give_back",
    "give_back_of",
    "give_back_of_process",
    "hear",
    "refuse_the_impossible",
    "renew",
    "serve",
    "take",
    "withdraw",
]
