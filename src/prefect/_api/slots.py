"""`/slots`: what our own programs ask of a server in order to take slots and wait for them, and who holds them.

A process makes the id of a lease itself, so that it may ask again when an answer was lost. It listens with one request
for all of its threads that wait.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from prefect._api.dispatching import Refusal
from prefect._api.routing import Here, Routes
from prefect._domain.concurrency import TAG
from prefect._orchestration import concurrency_limits, taking_slots
from prefect._orchestration.taking_slots import SlotsRefused, Wish
from prefect._store.concurrency import LimitsWanted
from prefect._wire import concurrency as wire
from prefect.exceptions import ObjectNotFound

routes = Routes("/slots")


@routes.post("/take")
def take_slots(here: Here, body: wire.WantedSlots) -> wire.TakenSlots:
    """Take slots, or stand in line for them; 422 for what will never be had."""
    wish = Wish(
        body.lease_id,
        body.names,
        body.slots,
        body.mode,
        lease=body.lease,
        taker=body.taker,
        strict=body.strict,
    )
    try:
        taken = taking_slots.take(here.db, wish, waits=body.waits, now=here.now, new_id=here.new_id)
    except SlotsRefused as error:
        raise Refusal(422, str(error)) from error
    return wire.TakenSlots(
        is_granted=taken.is_granted,
        bounded=[limit.name for limit in taken.limits if limit.active],
        unknown=list(taken.unknown),
        wait_seconds=taken.wait_seconds,
    )


@routes.post("/{lease_id}/give")
def give_slots(here: Here, lease_id: UUID) -> bool:
    """Give back what was taken, or leave the line; whether there was anything."""
    return taking_slots.give(here.db, lease_id, now=here.now, new_id=here.new_id)


@routes.post("/{lease_id}/withdraw")
def withdraw(here: Here, lease_id: UUID) -> bool:
    """Leave the line, unless what was waited for has just been granted; whether that is so."""
    return taking_slots.withdraw(here.db, lease_id, now=here.now, new_id=here.new_id)


@routes.post("/renew")
def renew_leases_of_slots(here: Here, body: wire.RenewLeases) -> list[UUID]:
    """Lengthen leases; those that are over."""
    return taking_slots.renew(here.db, body.lease_ids, timedelta(seconds=body.lease_seconds), now=here.now)


@routes.post("/hear", waits=True, urgent=True)
def hear(here: Here, body: wire.Listening) -> list[wire.ToldWaiter] | None:
    """What there is to tell those of a process who wait; no content where nobody does any more."""
    heard = taking_slots.hear(here.db, body.process, set(body.heard), now=here.now, new_id=here.new_id)
    if heard.look_again is None:
        here.status = 204
        return []
    here.ask_again_at = heard.look_again
    return [wire.ToldWaiter(lease_id=one.lease_id, refusal=one.refusal) for one in heard.told]


@routes.get("/tags")
def read_limited_tags(here: Here) -> list[str]:
    """The tags that have a limit."""
    return [name.removeprefix(TAG) for name in concurrency_limits.names_beginning(here.db, TAG)]


@routes.post("/filter")
def read_slots(here: Here, body: wire.ReadSlots) -> wire.Occupation:
    """Who holds slots of limits, and who waits for them."""
    return wire.Occupation(
        holders=[wire.SlotHolder.of(one) for one in concurrency_limits.holders(here.db, body.names, now=here.now)],
        waiters=[wire.SlotWaiter.of(one) for one in concurrency_limits.waiting(here.db, body.names, now=here.now)],
    )


@routes.post("/limits/filter")
def read_shown_limits(here: Here, body: wire.ReadShownLimits) -> list[wire.ShownLimit]:
    """The limits of tags, or the others, by name, each with how many wait for it."""
    found = concurrency_limits.list_limits(
        here.db, _wanted(body), limit=here.limit(body.limit), offset=body.offset, now=here.now
    )
    waiting = concurrency_limits.count_waiting(here.db, [limit.id for limit in found], now=here.now)
    return [
        wire.ShownLimit(
            id=limit.id,
            created=limit.created,
            updated=limit.updated,
            active=limit.active,
            name=limit.name,
            limit=limit.limit,
            active_slots=limit.active_slots,
            slot_decay_per_second=limit.slot_decay_per_second,
            waiting=waiting.get(limit.id, 0),
        )
        for limit in found
    ]


@routes.post("/limits/count")
def count_shown_limits(here: Here, body: wire.CountLimits) -> int:
    return concurrency_limits.count(here.db, _wanted(body))


def _wanted(body: wire.CountLimits) -> LimitsWanted:
    if body.tags:
        return LimitsWanted(prefix=TAG, like=body.like)
    return LimitsWanted(without=TAG, like=body.like)


@routes.delete("/{lease_id}")
def end_slots(here: Here, lease_id: UUID) -> None:
    """Take slots away from who holds them, or somebody out of the line."""
    if not taking_slots.end(here.db, lease_id, now=here.now, new_id=here.new_id):
        raise ObjectNotFound(help_message=f"Nobody holds or waits for slots under the lease {lease_id}.")
